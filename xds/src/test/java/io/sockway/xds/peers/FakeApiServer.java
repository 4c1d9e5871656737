package io.sockway.xds.peers;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.sockway.xds.testing.Authority;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** Lists page by page and watches as an API server does: events are kept by version, watches get those that came after theirs. */
final class FakeApiServer implements AutoCloseable {
    private static final int STOP = -1;

    private record Event(long version, String line) {
    }

    /** One kind of objects. */
    private final class Collection {
        private final Map<String, String> objects = new TreeMap<>();
        private final List<Event> events = new ArrayList<>();
        private long compacted;
    }

    private final HttpsServer server;
    private final Map<String, Collection> collections = new ConcurrentHashMap<>();
    private final List<String> requests = new ArrayList<>();
    private long version = 100;
    private int epoch;
    private String token = "first";
    private int failing;
    private String garbage = "";
    private boolean stalling;
    private boolean unwatched;

    FakeApiServer(Authority authority) throws Exception {
        authority.issue("api", "spiffe://kubernetes/api");
        KeyStore keys = authority.open();
        keys.deleteEntry("ca");
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, Authority.password());
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(managers.getKeyManagers(), null, null);
        server = HttpsServer.create(new InetSocketAddress("127.0.0.1", 0), 64);
        server.setHttpsConfigurator(new HttpsConfigurator(tls));
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    URI uri() {
        return URI.create("https://127.0.0.1:" + server.getAddress().getPort());
    }

    static KubernetesApi client(FakeApiServer server, Path token, Authority authority) throws IOException {
        return new KubernetesApi(server.uri(), token, authority.certificate());
    }

    synchronized void put(String path, String uid, String body) {
        Collection collection = collections.computeIfAbsent(path, key -> new Collection());
        version++;
        String object = "{\"metadata\":{\"uid\":\"%s\",\"resourceVersion\":\"%d\",%s".formatted(uid, version, body);
        String type = collection.objects.put(uid, object) == null ? "ADDED" : "MODIFIED";
        collection.events.add(new Event(version, "{\"type\":\"%s\",\"object\":%s}".formatted(type, object)));
        notifyAll();
    }

    synchronized void remove(String path, String uid) {
        Collection collection = collections.get(path);
        version++;
        collection.objects.remove(uid);
        collection.events.add(new Event(version, ("{\"type\":\"DELETED\",\"object\":{\"metadata\":"
                + "{\"uid\":\"%s\",\"resourceVersion\":\"%d\"}}}").formatted(uid, version)));
        notifyAll();
    }

    /** Forgets all events, so that a watch from an earlier version gets 410. */
    synchronized void compact() {
        collections.values().forEach(collection -> {
            collection.events.clear();
            collection.compacted = version;
        });
    }

    /** Ends all watches. */
    synchronized void hangUp() {
        epoch++;
        notifyAll();
    }

    synchronized void requireToken(String next) {
        token = next;
    }

    /** Answers the next {@code count} requests with 500. */
    synchronized void fail(int count) {
        failing = count;
    }

    /** Answers lists with {@code text}, unless it is empty. */
    synchronized void garble(String text) {
        garbage = text;
    }

    /** Whether lists end in the middle without a word, the connection being open. */
    synchronized void stall(boolean now) {
        stalling = now;
        notifyAll();
    }

    private synchronized boolean stalls() {
        return stalling;
    }

    private synchronized void awaitNoStall() {
        while (stalling) {
            try {
                wait();
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Whether watches are answered with 403. */
    synchronized void refuseWatches(boolean now) {
        unwatched = now;
    }

    synchronized List<String> requests() {
        return List.copyOf(requests);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Map<String, String> query = Arrays.stream(exchange.getRequestURI().getQuery().split("&")).map(each -> each.split("=", 2))
                    .collect(Collectors.toMap(each -> each[0], each -> each[1]));
            int status = 200;
            synchronized (this) {
                requests.add(exchange.getRequestURI().toString());
                if (failing > 0) {
                    failing--;
                    status = 500;
                } else if (!("Bearer " + token).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                    status = 401;
                } else if (unwatched && query.containsKey("watch")) {
                    status = 403;
                }
            }
            if (status != 200) {
                exchange.sendResponseHeaders(status, -1);
                return;
            }
            exchange.sendResponseHeaders(200, 0);
            Collection collection = collections.computeIfAbsent(exchange.getRequestURI().getPath(), key -> new Collection());
            if (query.containsKey("watch")) {
                // Like the real one, which tells at once that it watches.
                exchange.getResponseBody().flush();
                watch(collection, Long.parseLong(query.get("resourceVersion")), exchange.getResponseBody());
            } else if (stalls()) {
                send(exchange.getResponseBody(), "{\"items\": [");
                awaitNoStall();
            } else if (!garbage().isEmpty()) {
                send(exchange.getResponseBody(), garbage());
            } else {
                send(exchange.getResponseBody(),
                        page(collection, Integer.parseInt(query.get("limit")), query.getOrDefault("continue", "")));
            }
        }
    }

    private synchronized String garbage() {
        return garbage;
    }

    private synchronized String page(Collection collection, int limit, String after) {
        List<String> uids = collection.objects.keySet().stream().filter(uid -> uid.compareTo(after) > 0).limit(limit).toList();
        boolean more = uids.size() == limit;
        return "{\"kind\":\"List\",\"metadata\":{\"resourceVersion\":\"%d\",\"continue\":\"%s\"},\"items\":[%s]}".formatted(version,
                more ? uids.getLast() : "", uids.stream().map(collection.objects::get).collect(Collectors.joining(",")));
    }

    private void watch(Collection collection, long from, OutputStream out) throws IOException {
        long last = from;
        int begun = STOP;
        while (true) {
            String lines;
            synchronized (this) {
                begun = begun == STOP ? epoch : begun;
                if (last < collection.compacted) {
                    send(out, "{\"type\":\"ERROR\",\"object\":{\"code\":410,\"message\":\"too old resource version\"}}\n");
                    return;
                }
                long seen = last;
                lines = collection.events.stream().filter(event -> event.version() > seen).map(event -> event.line() + "\n")
                        .collect(Collectors.joining());
                last = Math.max(last, collection.events.isEmpty() ? last : collection.events.getLast().version());
                if (lines.isEmpty()) {
                    try {
                        wait();
                    } catch (InterruptedException e) {
                        return;
                    }
                    if (begun != epoch) {
                        return;
                    }
                }
            }
            send(out, lines);
        }
    }

    private static void send(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    @Override
    public void close() {
        stall(false);
        hangUp();
        server.stop(0);
    }
}
