package io.sockway.bench.mixer;

import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.LongAdder;

/** {@code istio.mixer.v1.Mixer}, of which only {@code Report} is served: it is all of mixer that telemetry needed. */
final class MixerService implements BindableService {
    private static final String SERVICE = "istio.mixer.v1.Mixer";

    private static final MethodDescriptor<byte[], byte[]> REPORT = MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, "Report"))
            .setRequestMarshaller(new Bytes()).setResponseMarshaller(new Bytes()).build();

    /** {@code ReportResponse} has no fields. */
    private static final byte[] DONE = {};

    private final MixerTelemetry telemetry;
    private final LongAdder calls;

    /** @param calls counts every call that was understood */
    MixerService(MixerTelemetry telemetry, LongAdder calls) {
        this.telemetry = telemetry;
        this.calls = calls;
    }

    @Override
    public ServerServiceDefinition bindService() {
        return ServerServiceDefinition.builder(SERVICE).addMethod(REPORT, ServerCalls.asyncUnaryCall((message, answer) -> {
            try {
                ReportRequest.parse(message).entries().forEach(telemetry::report);
                calls.increment();
                answer.onNext(DONE);
                answer.onCompleted();
            } catch (IOException e) {
                answer.onError(Status.INVALID_ARGUMENT.withDescription(e.getMessage()).asRuntimeException());
            }
        })).build();
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
                throw Status.INTERNAL.withCause(e).asRuntimeException();
            }
        }
    }
}
