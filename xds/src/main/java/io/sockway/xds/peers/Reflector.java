package io.sockway.xds.peers;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.sockway.xds.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;

/**
 * Keeps up with all objects of one kind: lists them page by page, then watches. A watch that ends is taken up where it ended; one that
 * has fallen too far behind (410 Gone) begins with a new list. Only what {@code parser} makes of an object is kept. Runs on one thread.
 *
 * @param <T> what is kept of an object
 */
final class Reflector<T> implements Runnable {
    private static final int PAGE = 500;
    private static final int GONE = 410;
    private static final Duration LEAST_WAIT = Duration.ofMillis(250);
    private static final Duration MOST_WAIT = Duration.ofSeconds(30);
    /** A watch that ends sooner is not begun again at once. */
    private static final Duration SHORT = Duration.ofSeconds(1);
    /** After which the server ends a watch. */
    private static final int WATCH_SECONDS = 240;
    /** After which a watch that the server has not ended is taken for dead: the network may lose a connection without a word. */
    private static final Duration DEAD = Duration.ofSeconds(WATCH_SECONDS + 30);
    /** The same for each page of a list. */
    static final Duration PAGE_DEAD = Duration.ofSeconds(60);

    /** Where an object goes. Called from the reflector's thread. */
    interface Target<T> {
        /** All there are; objects that are not among them are gone. */
        void replaced(Map<String, T> all);

        /** One is new or has changed. */
        void put(String uid, T value);

        /** One is gone. */
        void removed(String uid);

        /** The server answers. */
        void reached();

        /** The server cannot be read; it is tried again. */
        void troubled(String reason);
    }

    /** Answers of the server that are no objects. */
    private static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1L;
        private final int status;

        private RefusedException(int status, String message) {
            super(message);
            this.status = status;
        }
    }

    private final KubernetesApi api;
    private final String path;
    private final String selector;
    private final Function<JsonObject, T> parser;
    private final Target<T> target;
    private final Duration pageDead;
    private Duration wait = LEAST_WAIT;
    /** Where the next watch goes on; empty where a list has to come first. */
    private String version = "";
    /** Whether the server refuses watches, so that a list alone does not mean that all is well. */
    private boolean unwatchable;
    private volatile boolean closed;

    /**
     * @param path of the collection, for example {@code /api/v1/pods}
     * @param selector a field selector, or empty
     * @param pageDead after which a page of a list that has not ended is taken for dead
     */
    Reflector(KubernetesApi api, String path, String selector, Function<JsonObject, T> parser, Target<T> target, Duration pageDead) {
        this.api = api;
        this.path = path;
        this.selector = selector.isEmpty() ? "" : "&fieldSelector=" + URLEncoder.encode(selector, StandardCharsets.UTF_8);
        this.parser = parser;
        this.target = target;
        this.pageDead = pageDead;
    }

    /** Goes on until {@link #close}. */
    @Override
    public void run() {
        try {
            while (!closed) {
                try {
                    if (version.isEmpty()) {
                        version = list();
                        if (!unwatchable) {
                            target.reached();
                        }
                    }
                    long began = System.nanoTime();
                    watch();
                    if (System.nanoTime() - began < SHORT.toNanos()) {
                        pause();
                    } else {
                        wait = LEAST_WAIT;
                    }
                } catch (RefusedException e) {
                    if (e.status != GONE) {
                        unwatchable |= !version.isEmpty();
                        troubled(e.getMessage());
                    }
                    version = "";
                    pause();
                } catch (IOException e) {
                    troubled("cannot read %s of %s: %s; trying again".formatted(path, api, e));
                    pause();
                } catch (RuntimeException e) {
                    // Whatever stands at that address may answer anything. The JSON reader has more lines for who uses it.
                    troubled("cannot read %s of %s: not what an API server answers (%s); trying again".formatted(path, api,
                            String.valueOf(e.getMessage()).lines().findFirst().orElse("")));
                    pause();
                } catch (OutOfMemoryError e) {
                    version = "";
                    troubled("%s of %s are more than %,d MB of memory hold; start with more, by SOCKWAY_JAVA_OPTS=-Xmx...".formatted(path,
                            api, Runtime.getRuntime().maxMemory() >> 20));
                    pause();
                }
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    /** Nothing is told any more once this returns, but for what is being told at the moment. The thread has to be interrupted besides. */
    void close() {
        closed = true;
    }

    private void troubled(String reason) {
        if (!closed) {
            target.troubled(reason);
        }
    }

    /** Doubles from time to time, and differs between clients, so that they do not come back all at once. */
    private void pause() throws InterruptedException {
        Thread.sleep(Duration.ofMillis(ThreadLocalRandom.current().nextLong(wait.toMillis() / 2, wait.toMillis() + 1)));
        Duration doubled = wait.multipliedBy(2);
        wait = doubled.compareTo(MOST_WAIT) < 0 ? doubled : MOST_WAIT;
    }

    /** Returns the version that a watch goes on from. */
    private String list() throws IOException, InterruptedException {
        Map<String, T> all = new HashMap<>();
        String[] listed = new String[1];
        String next = "";
        do {
            String[] more = new String[] {""};
            try (JsonReader reader = new JsonReader(lines(body(path + "?limit=" + PAGE + selector
                    + (next.isEmpty() ? "" : "&continue=" + URLEncoder.encode(next, StandardCharsets.UTF_8)), pageDead)))) {
                reader.beginObject();
                while (reader.hasNext()) {
                    switch (reader.nextName()) {
                        case "metadata" -> {
                            JsonObject metadata = JsonParser.parseReader(reader).getAsJsonObject();
                            listed[0] = Json.text(metadata, "resourceVersion");
                            more[0] = Json.text(metadata, "continue");
                        }
                        case "items" -> items(reader, all);
                        default -> reader.skipValue();
                    }
                }
            }
            next = more[0];
        } while (!next.isEmpty());
        if (listed[0] == null || listed[0].isEmpty()) {
            throw new IOException("the answer is no list of objects");
        }
        target.replaced(all);
        return listed[0];
    }

    private void items(JsonReader reader, Map<String, T> to) throws IOException {
        if (reader.peek() == JsonToken.NULL) {
            // What servers written in Go make of nothing.
            reader.nextNull();
            return;
        }
        reader.beginArray();
        while (reader.hasNext()) {
            JsonObject object = JsonParser.parseReader(reader).getAsJsonObject();
            to.put(uid(object), parser.apply(object));
        }
        reader.endArray();
    }

    /** Returns when the server ends it. However it ends, the next one goes on where this one got to. */
    private void watch() throws IOException, InterruptedException {
        try (BufferedReader lines = lines(body(path + "?watch=true&allowWatchBookmarks=true&timeoutSeconds=" + WATCH_SECONDS
                + "&resourceVersion=" + version + selector, DEAD))) {
            unwatchable = false;
            target.reached();
            String line = lines.readLine();
            while (line != null) {
                JsonObject event = JsonParser.parseString(line).getAsJsonObject();
                JsonObject object = event.getAsJsonObject("object");
                switch (Json.text(event, "type")) {
                    case "ADDED", "MODIFIED" -> target.put(uid(object), parser.apply(object));
                    case "DELETED" -> target.removed(uid(object));
                    case "ERROR" -> throw new RefusedException(object.has("code") ? object.get("code").getAsInt() : 0,
                            "%s: the watch of %s failed: %s".formatted(api, path, Json.text(object, "message")));
                    default -> {
                        // BOOKMARK only moves the version on
                    }
                }
                version = Json.text(Json.object(object, "metadata"), "resourceVersion");
                line = lines.readLine();
            }
        }
    }

    private static BufferedReader lines(InputStream body) {
        return new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
    }

    private InputStream body(String query, Duration dead) throws IOException, InterruptedException {
        HttpResponse<InputStream> response = api.get(query);
        if (response.statusCode() == 200) {
            return new TimedBody(response.body(), dead);
        }
        try (InputStream body = new TimedBody(response.body(), pageDead)) {
            body.readNBytes(1 << 16);
        }
        throw new RefusedException(response.statusCode(), "%s answers %d to %s%s".formatted(api, response.statusCode(), path,
                switch (response.statusCode()) {
                    case 401 -> ": the token is not valid; check the service account";
                    case 403 -> ": not allowed; give the service account 'list' and 'watch' on it";
                    default -> "; trying again";
                }));
    }

    private static String uid(JsonObject object) {
        return Json.text(Json.object(object, "metadata"), "uid");
    }
}
