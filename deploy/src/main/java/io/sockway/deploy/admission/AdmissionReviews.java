package io.sockway.deploy.admission;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import io.sockway.deploy.inject.Edit;
import io.sockway.deploy.inject.Outcome;
import io.sockway.deploy.inject.PodInjector;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * Answers {@code admission.k8s.io/v1} reviews of pods. Keeps nothing and changes nothing, so that a dry run gets the answer that a real
 * one would get. Thread-safe.
 */
public final class AdmissionReviews {
    private static final String VERSION = "admission.k8s.io/v1";
    private static final String KIND = "AdmissionReview";
    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().serializeNulls().create();
    /** Kubernetes cuts warnings at 256 characters, and all of a response at 4096. */
    private static final int MAX_WARNING = 256;

    private final PodInjector injector;
    private final boolean denyRefused;

    /**
     * Uses an injector for each pod.
     *
     * @param denyRefused whether a pod with wrong annotations is denied; otherwise it starts without Sockway, with a warning. One that says
     *     {@code sockway.io/required} is denied in any case
     */
    public AdmissionReviews(PodInjector injector, boolean denyRefused) {
        this.injector = injector;
        this.denyRefused = denyRefused;
    }

    /** Why a review is asked for, as the path tells. */
    public enum Scope {
        /** The namespace is labelled: pods are injected unless they say no. */
        NAMESPACE,
        /** Only pods that say so are injected. */
        POD,
        /** The namespace's PodSecurity would refuse an injected pod: nothing is injected, and pods that ask for it get a warning. */
        FORBIDDEN,
        /** The same in a namespace that is labelled: pods get the warning unless they say no. */
        FORBIDDEN_NAMESPACE
    }

    /** What became of a review. */
    public enum Decision {
        /** The pod gets Sockway. */
        INJECTED,
        /** It is allowed as it is. */
        LEFT,
        /** It is not allowed. */
        DENIED
    }

    /**
     * An answer.
     *
     * @param body the review to send back, JSON in UTF-8
     * @param summary what was decided and why, on one line, for the log
     */
    public record Answer(byte[] body, Decision decision, String summary) {
    }

    /**
     * Answers one review.
     *
     * @throws MalformedReviewException when it is none
     */
    public Answer answer(byte[] body, Scope scope) {
        JsonObject review = parse(body);
        if (!VERSION.equals(string(review, "apiVersion")) || !KIND.equals(string(review, "kind"))) {
            throw new MalformedReviewException("this is no %s of %s: apiVersion is '%s', kind is '%s'".formatted(KIND, VERSION,
                    string(review, "apiVersion"), string(review, "kind")));
        }
        if (!(review.get("request") instanceof JsonObject request)) {
            throw new MalformedReviewException("the review has no request");
        }
        String uid = string(request, "uid");
        if (uid.isEmpty()) {
            throw new MalformedReviewException("the request has no uid");
        }
        JsonObject response = new JsonObject();
        response.addProperty("uid", uid);
        response.addProperty("allowed", true);
        String summary = decide(request, scope, response);
        JsonObject answer = new JsonObject();
        answer.addProperty("apiVersion", VERSION);
        answer.addProperty("kind", KIND);
        answer.add("response", response);
        Decision decision = response.has("patch") ? Decision.INJECTED
                : response.get("allowed").getAsBoolean() ? Decision.LEFT : Decision.DENIED;
        return new Answer(GSON.toJson(answer).getBytes(StandardCharsets.UTF_8), decision, OneLine.of(summary));
    }

    private String decide(JsonObject request, Scope scope, JsonObject response) {
        String operation = string(request, "operation");
        JsonObject kind = request.get("kind") instanceof JsonObject object ? object : new JsonObject();
        String subResource = string(request, "subResource");
        if (!operation.equals("CREATE") || !string(kind, "kind").equals("Pod") || !string(kind, "group").isEmpty()
                || !subResource.isEmpty()) {
            return "%s %s%s: not the creation of a pod, left as it is".formatted(operation, string(kind, "kind"),
                    subResource.isEmpty() ? "" : "/" + subResource);
        }
        if (!(request.get("object") instanceof JsonObject pod)) {
            throw new MalformedReviewException("the request to create a pod has no object");
        }
        String label = name(request, pod);
        if (scope == Scope.FORBIDDEN || scope == Scope.FORBIDDEN_NAMESPACE) {
            return forbidden(pod, scope == Scope.FORBIDDEN_NAMESPACE, response, label);
        }
        return switch (injector.inject(pod, scope == Scope.NAMESPACE)) {
            case Outcome.Injected(List<Edit> edits, boolean _, List<String> warnings) -> {
                warnings.forEach(warning -> warn(response, warning));
                JsonArray patch = new JsonArray();
                edits.forEach(edit -> patch.add(edit.operation()));
                response.addProperty("patchType", "JSONPatch");
                response.addProperty("patch", Base64.getEncoder().encodeToString(GSON.toJson(patch).getBytes(StandardCharsets.UTF_8)));
                yield label + ": injected";
            }
            case Outcome.Skipped(String reason) -> label + ": left as it is: " + reason;
            case Outcome.Refused(String problem, boolean required) -> refuse(response, label, problem, required);
        };
    }

    private String refuse(JsonObject response, String label, String problem, boolean required) {
        if (required || denyRefused) {
            deny(response, "Sockway: " + problem);
            return label + ": denied: " + problem;
        }
        warn(response, "Sockway is not injected: " + problem);
        return label + ": left as it is: " + problem;
    }

    private String forbidden(JsonObject pod, boolean unlessSaid, JsonObject response, String label) {
        boolean required;
        switch (injector.inject(pod, unlessSaid)) {
            case Outcome.Injected(List<Edit> _, boolean must, List<String> _) -> required = must;
            case Outcome.Refused(String _, boolean must) -> required = must;
            case Outcome.Skipped(String reason) -> {
                return label + ": left as it is: " + reason;
            }
        }
        String problem = "the namespace enforces a PodSecurity level that forbids host paths and capabilities; it needs 'privileged'";
        if (required) {
            deny(response, "Sockway: " + problem);
            return label + ": denied: " + problem;
        }
        warn(response, "Sockway is not injected: " + problem);
        return label + ": left as it is: " + problem;
    }

    private static void deny(JsonObject response, String message) {
        response.addProperty("allowed", false);
        JsonObject status = new JsonObject();
        status.addProperty("code", 422);
        status.addProperty("reason", "Invalid");
        status.addProperty("message", OneLine.of(message));
        response.add("status", status);
    }

    private static void warn(JsonObject response, String message) {
        JsonArray warnings = new JsonArray();
        String line = OneLine.of(message);
        warnings.add(line.length() <= MAX_WARNING ? line : line.substring(0, MAX_WARNING - 3) + "...");
        response.add("warnings", warnings);
    }

    private static String name(JsonObject request, JsonObject pod) {
        JsonObject metadata = pod.get("metadata") instanceof JsonObject object ? object : new JsonObject();
        String name = Optional.of(string(metadata, "name")).filter(text -> !text.isEmpty()).orElse(string(metadata, "generateName") + "*");
        String dryRun = request.get("dryRun") instanceof JsonPrimitive value && value.isBoolean() && value.getAsBoolean() ? " (dry run)"
                : "";
        return "pod " + string(request, "namespace") + "/" + name + dryRun;
    }

    private static JsonObject parse(byte[] body) {
        try (JsonReader reader = new CountingReader(new InputStreamReader(new ByteArrayInputStream(body),
                StandardCharsets.UTF_8.newDecoder()))) {
            reader.setStrictness(Strictness.STRICT);
            JsonElement element = GSON.getAdapter(JsonElement.class).read(reader);
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw new MalformedReviewException("something follows the review");
            }
            if (element instanceof JsonObject object) {
                return object;
            }
            throw new MalformedReviewException("the body is no JSON object");
        } catch (CharacterCodingException e) {
            throw new MalformedReviewException("the body is not UTF-8");
        } catch (EOFException e) {
            throw new MalformedReviewException("the body is empty or ends too early");
        } catch (MalformedJsonException | JsonParseException | NumberFormatException e) {
            throw new MalformedReviewException("the body is not JSON: " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
        } catch (IOException e) {
            throw new MalformedReviewException("the body cannot be read: " + e.getMessage());
        }
    }

    private static String string(JsonObject parent, String name) {
        return parent.get(name) instanceof JsonPrimitive value && value.isString() ? value.getAsString() : "";
    }
}
