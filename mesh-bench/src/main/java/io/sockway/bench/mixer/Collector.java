package io.sockway.bench.mixer;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.sockway.xds.peers.PeerTable;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * The server that proxies report to, by mixer's protocol or by Envoy's gRPC access logs, with its metrics at
 * {@code /metrics} and the sum of all requests at {@code /requests}. {@link #close()} ends
 * it.
 */
public final class Collector implements AutoCloseable {
    private static final long CLOSE_SECONDS = 5;
    private static final int OK = 200;

    private final RequestMetrics metrics = new RequestMetrics();
    private final LongAdder calls = new LongAdder();
    private final Server server;
    private final HttpServer page;

    private Collector(InetSocketAddress reports, InetSocketAddress pageAddress, PeerTable peers) throws IOException {
        Workloads workloads = new Workloads(peers);
        // What is counted is counted on the thread that read it: a hop to another one would cost more than the work.
        server = NettyServerBuilder.forAddress(reports).directExecutor()
                .addService(new MixerService(new MixerTelemetry(workloads, metrics), calls))
                .addService(new AccessLogSink(workloads, metrics, calls)).build().start();
        page = HttpServer.create(pageAddress, 0);
        page.createContext("/metrics", exchange -> answer(exchange, metrics::write));
        page.createContext("/requests", exchange -> answer(exchange, out -> out.append(Long.toString(requests()))));
        page.start();
    }

    /**
     * Starts one; port 0 takes a free one.
     *
     * @param reports where it takes reports and access logs
     * @param page where the pages are
     * @param peers who is behind which address
     */
    public static Collector start(InetSocketAddress reports, InetSocketAddress page, PeerTable peers) throws IOException {
        return new Collector(reports, page, peers);
    }

    private interface Content {
        void writeTo(Appendable out) throws IOException;
    }

    private static void answer(HttpExchange exchange, Content content) throws IOException {
        exchange.getResponseHeaders().set("content-type", "text/plain; version=0.0.4");
        exchange.sendResponseHeaders(OK, 0);
        try (Writer out = new BufferedWriter(new OutputStreamWriter(exchange.getResponseBody(), StandardCharsets.UTF_8))) {
            content.writeTo(out);
        }
    }

    private long requests() {
        return metrics.requestsByCode().values().stream().mapToLong(Long::longValue).sum();
    }

    /** The port that takes reports and access logs. */
    public int port() {
        return server.getPort();
    }

    public RequestMetrics metrics() {
        return metrics;
    }

    /** How many reports, or messages of access logs, have come. */
    public long batches() {
        return calls.sum();
    }

    @Override
    public void close() {
        page.stop(0);
        server.shutdownNow();
        try {
            server.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
