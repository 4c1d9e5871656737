package io.sockway.bench.load;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import io.sockway.bench.scenario.Protocol;
import io.sockway.xds.transport.Transport;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * A load to make.
 *
 * @param target {@code http://HOST[:PORT]/PATH}, or {@code tcp://HOST:PORT} of an echo server
 * @param protocol what to speak
 * @param connections kept open, over all threads
 * @param threads each with an event loop
 * @param inFlight most requests without an answer on a connection: pipelined, as streams, or as messages
 * @param messageBytes length of a message over TCP
 * @param rate requests a second over all connections, by a fixed schedule; 0 for a closed loop
 * @param warmUpNanos load before anything counts
 * @param measuredNanos load that counts
 * @param timeoutNanos after which a request counts as failed, and its connection is opened anew
 * @param transports to choose from, best first
 */
public record LoadPlan(String target, Protocol protocol, int connections, int threads, int inFlight, int messageBytes, double rate,
        long warmUpNanos, long measuredNanos, long timeoutNanos, List<Transport> transports) {
    private static final Gson GSON = new GsonBuilder().registerTypeAdapter(Transport.class, new ByLabel()).create();
    private static final int HTTP_PORT = 80;

    /** Ends of requests that never come would otherwise make a run last for ever. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);

    public LoadPlan {
        transports = List.copyOf(transports);
    }

    /** A load with one thread on the best transport. */
    public static LoadPlan of(URI target, Protocol protocol, int connections, Duration warmUp, Duration measured) {
        return new LoadPlan(target.toString(), protocol, connections, 1, 1, 1, 0, warmUp.toNanos(), measured.toNanos(),
                DEFAULT_TIMEOUT.toNanos(), Transport.PREFERRED);
    }

    /** The same load on a schedule. */
    public LoadPlan atRate(double requestsPerSecond) {
        return new LoadPlan(target, protocol, connections, threads, inFlight, messageBytes, requestsPerSecond, warmUpNanos, measuredNanos,
                timeoutNanos, transports);
    }

    /** The same load with more requests on a connection, and messages of another length. */
    public LoadPlan with(int requestsInFlight, int bytes) {
        return new LoadPlan(target, protocol, connections, threads, requestsInFlight, bytes, rate, warmUpNanos, measuredNanos,
                timeoutNanos, transports);
    }

    /** Whether sends follow a fixed schedule. */
    public boolean open() {
        return rate > 0;
    }

    /** Why a connection is given up whose requests stay without an answer. */
    String silence() {
        return String.format(Locale.ROOT, "requests were sent, and nothing came back within %.3g s", timeoutNanos / 1e9);
    }

    String host() {
        String host = URI.create(target).getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    int port() {
        int port = URI.create(target).getPort();
        return port == -1 ? HTTP_PORT : port;
    }

    String authority() {
        return URI.create(target).getRawAuthority();
    }

    /** What a request asks for: path and query. */
    String path() {
        URI uri = URI.create(target);
        String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        return uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
    }

    String toJson() {
        return GSON.toJson(this);
    }

    static LoadPlan parse(String json) {
        return GSON.fromJson(json, LoadPlan.class);
    }

    /** Transports are told by their names. */
    private static final class ByLabel extends TypeAdapter<Transport> {
        @Override
        public void write(JsonWriter out, Transport transport) throws IOException {
            out.value(transport.label());
        }

        @Override
        public Transport read(JsonReader in) throws IOException {
            String label = in.nextString();
            return Transport.named(label).orElseThrow(() -> new IOException("no transport is called " + label));
        }
    }
}
