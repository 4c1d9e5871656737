package io.sockway.bench.telemetry;

import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.sockway.bench.mixer.MixerProtocol;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** A server of mixer's Report call that keeps what it gets. */
final class RecordingMixer implements AutoCloseable {
    private final List<Report> reports = new CopyOnWriteArrayList<>();
    private final Server server;

    /**
     * A call.
     *
     * @param entries attributes of one request each
     * @param arrivedNanos when it came, in nanoseconds of the wall clock
     */
    record Report(List<Map<String, Object>> entries, long arrivedNanos) {
    }

    RecordingMixer() throws IOException {
        MethodDescriptor<byte[], byte[]> report = MethodDescriptor.<byte[], byte[]>newBuilder().setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName("istio.mixer.v1.Mixer/Report").setRequestMarshaller(new Bytes()).setResponseMarshaller(new Bytes())
                .build();
        server = NettyServerBuilder.forAddress(new InetSocketAddress(EnvoyOnLoopback.ADDRESS, 0))
                .addService(ServerServiceDefinition.builder("istio.mixer.v1.Mixer").addMethod(report,
                        ServerCalls.asyncUnaryCall((message, answer) -> {
                            try {
                                reports.add(new Report(MixerProtocol.entries(message), System.currentTimeMillis() * 1_000_000));
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                            answer.onNext(new byte[0]);
                            answer.onCompleted();
                        })).build()).build().start();
    }

    int port() {
        return server.getPort();
    }

    /** All calls, in the order of arrival. */
    List<Report> reports() {
        return reports;
    }

    int entries() {
        return reports.stream().mapToInt(report -> report.entries().size()).sum();
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
