package io.sockway.deploy.annotation;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * What a pod's annotations say, checked; immutable.
 *
 * @param inject whether the pod wants to be injected, where it says so
 * @param includePorts as {@code 80,8000-8100}; empty for all
 * @param excludePorts in the same form; empty for none
 * @param telemetryProfile empty for the plugin's own
 * @param overrides annotations for images and resources that are set
 */
public record PodSettings(Optional<Boolean> inject, Acceleration acceleration, boolean sameNode, String includePorts, String excludePorts,
        boolean telemetry, String telemetryProfile, boolean required, Map<PodAnnotation, String> overrides) {

    /** With less the sidecar does not start, and with it the pod. */
    private static final String LEAST_MEMORY = "64Mi";
    private static final Pattern IMAGE = Pattern.compile("[a-z0-9][A-Za-z0-9._:/@-]*");

    /** What who asks for it should know, a line each. */
    public List<String> notices() {
        return sameNode ? List.of(PodAnnotation.SAME_NODE.key() + ": bytes between this pod and those of its node that have it on too skip "
                + "the veth, and with it policy, counters and capture once a connection is established") : List.of();
    }

    /** Whether a pod says that it must not start without Sockway, which holds also where other annotations are wrong. */
    public static boolean required(Map<String, String> annotations) {
        return "true".equals(annotations.get(PodAnnotation.REQUIRED.key()));
    }

    /** What is wrong with the names of a pod's annotations, which may be why it does not say what it means to; one line. */
    public static Optional<String> unknown(Map<String, String> annotations) {
        List<String> problems = annotations.keySet().stream().filter(key -> key.startsWith(PodAnnotation.PREFIX))
                .filter(key -> PodAnnotation.of(key).isEmpty()).map(PodSettings::unknown).toList();
        return problems.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", problems));
    }

    private static String unknown(String key) {
        return "unknown annotation " + key + PodAnnotation.hint(key);
    }

    /**
     * Reads annotations; those of others are passed over.
     *
     * @param annotations all annotations of a pod
     * @param portRule throws IllegalArgumentException, with what is wrong, for text that is no set of ports
     * @throws InvalidAnnotationsException naming every annotation that is wrong, and what was probably meant
     */
    public static PodSettings parse(Map<String, String> annotations, Consumer<String> portRule) {
        Map<PodAnnotation, String> known = new EnumMap<>(PodAnnotation.class);
        List<String> problems = new ArrayList<>();
        annotations.forEach((key, value) -> {
            if (!key.startsWith(PodAnnotation.PREFIX)) {
                return;
            }
            PodAnnotation annotation = PodAnnotation.of(key).orElse(null);
            if (annotation == null) {
                problems.add(unknown(key));
                return;
            }
            problem(annotation, value, portRule).ifPresent(problem -> problems.add(key + ": " + problem));
            known.put(annotation, value);
        });
        aboveLimit(known, PodAnnotation.CPU, PodAnnotation.CPU_LIMIT, problems);
        aboveLimit(known, PodAnnotation.MEMORY, PodAnnotation.MEMORY_LIMIT, problems);
        if (!problems.isEmpty()) {
            throw new InvalidAnnotationsException(problems);
        }
        Map<PodAnnotation, String> overrides = new EnumMap<>(PodAnnotation.class);
        for (PodAnnotation each : List.of(PodAnnotation.IMAGE, PodAnnotation.ATTACH_IMAGE, PodAnnotation.CPU, PodAnnotation.CPU_LIMIT,
                PodAnnotation.MEMORY, PodAnnotation.MEMORY_LIMIT)) {
            if (known.containsKey(each)) {
                overrides.put(each, known.get(each));
            }
        }
        return new PodSettings(Optional.ofNullable(known.get(PodAnnotation.INJECT)).map(Boolean::valueOf),
                Acceleration.valueOf(known.getOrDefault(PodAnnotation.ACCELERATION, "on").toUpperCase(Locale.ROOT)),
                known.getOrDefault(PodAnnotation.SAME_NODE, "off").equals("on"),
                known.getOrDefault(PodAnnotation.INCLUDE_PORTS, "").strip(), known.getOrDefault(PodAnnotation.EXCLUDE_PORTS, "").strip(),
                known.getOrDefault(PodAnnotation.TELEMETRY, "off").equals("on"),
                known.getOrDefault(PodAnnotation.TELEMETRY_PROFILE, ""),
                required(annotations), Map.copyOf(overrides));
    }

    private static Optional<String> problem(PodAnnotation annotation, String value, Consumer<String> portRule) {
        if (!annotation.choices().isEmpty()) {
            return annotation.choices().contains(value) ? Optional.empty() : Optional.of("'" + value + "' is not one of "
                    + String.join(", ", annotation.choices()) + NearMiss.hint(value, annotation.choices()));
        }
        return switch (annotation) {
            case INCLUDE_PORTS, EXCLUDE_PORTS -> ports(value, portRule);
            case CPU, CPU_LIMIT, MEMORY, MEMORY_LIMIT -> quantity(annotation, value);
            case IMAGE, ATTACH_IMAGE -> match(IMAGE, value, "an image like registry.example/sockway:1.0");
            default -> Optional.empty();
        };
    }

    private static Optional<String> ports(String value, Consumer<String> portRule) {
        try {
            if (!value.isBlank()) {
                portRule.accept(value.strip());
            }
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of(e.getMessage());
        }
    }

    private static Optional<String> quantity(PodAnnotation annotation, String value) {
        if (!Quantity.isOne(value)) {
            return Optional.of("'" + value + "' is not a quantity like 50m or 64Mi");
        }
        return annotation == PodAnnotation.MEMORY_LIMIT && Quantity.exceeds(LEAST_MEMORY, value)
                ? Optional.of(value + " is less than the " + LEAST_MEMORY + " that the sidecar needs") : Optional.empty();
    }

    /** Kubernetes takes no container that asks for more than it may have. */
    private static void aboveLimit(Map<PodAnnotation, String> known, PodAnnotation request, PodAnnotation limit, List<String> problems) {
        String asked = known.get(request);
        String most = known.get(limit);
        if (asked != null && most != null && Quantity.isOne(asked) && Quantity.isOne(most) && Quantity.exceeds(asked, most)) {
            problems.add(request.key() + ": " + asked + " is more than " + limit.key() + ", " + most);
        }
    }

    private static Optional<String> match(Pattern pattern, String value, String what) {
        return pattern.matcher(value).matches() ? Optional.empty() : Optional.of("'" + value + "' is not " + what);
    }
}
