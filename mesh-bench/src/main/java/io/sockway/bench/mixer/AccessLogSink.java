package io.sockway.bench.mixer;

import com.google.protobuf.Duration;
import com.google.protobuf.UInt32Value;
import io.envoyproxy.envoy.data.accesslog.v3.AccessLogCommon;
import io.envoyproxy.envoy.data.accesslog.v3.HTTPAccessLogEntry;
import io.envoyproxy.envoy.data.accesslog.v3.ResponseFlags;
import io.envoyproxy.envoy.service.accesslog.v3.AccessLogServiceGrpc;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsMessage;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsResponse;
import io.grpc.stub.StreamObserver;
import io.sockway.xds.peers.Workload;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Counts Envoy's HTTP access logs, sent over gRPC, as {@link MixerTelemetry} counts reports. */
final class AccessLogSink extends AccessLogServiceGrpc.AccessLogServiceImplBase {
    private static final String UNKNOWN = "unknown";
    private static final Map<String, Predicate<ResponseFlags>> FLAGS = flags();

    private final Workloads workloads;
    private final RequestMetrics metrics;
    private final LongAdder messages;

    /** @param messages counts every message of a stream */
    AccessLogSink(Workloads workloads, RequestMetrics metrics, LongAdder messages) {
        this.workloads = workloads;
        this.metrics = metrics;
        this.messages = messages;
    }

    @Override
    public StreamObserver<StreamAccessLogsMessage> streamAccessLogs(StreamObserver<StreamAccessLogsResponse> answer) {
        return new StreamObserver<>() {
            /** Only the first message of a stream tells whose it is. */
            private Workload destination = Workloads.UNKNOWN;

            @Override
            public void onNext(StreamAccessLogsMessage message) {
                messages.increment();
                if (message.hasIdentifier()) {
                    destination = workloadOf(message.getIdentifier().getNode().getId());
                }
                message.getHttpLogs().getLogEntryList().forEach(entry -> count(entry, destination));
            }

            @Override
            public void onError(Throwable failure) {
                // Envoy went away, or opens another stream.
            }

            @Override
            public void onCompleted() {
                answer.onNext(StreamAccessLogsResponse.getDefaultInstance());
                answer.onCompleted();
            }
        };
    }

    /** Istio names its proxies {@code sidecar~ADDRESS~POD.NAMESPACE~DOMAIN}. */
    private Workload workloadOf(String node) {
        String[] parts = node.split("~");
        return parts.length > 1 ? workloads.at(parts[1]) : Workloads.UNKNOWN;
    }

    private void count(HTTPAccessLogEntry entry, Workload destination) {
        AccessLogCommon common = entry.getCommonProperties();
        Workload source = workloads.at(common.getDownstreamDirectRemoteAddress().getSocketAddress().getAddress());
        UInt32Value code = entry.getResponse().getResponseCode();
        boolean mutualTls = common.getTlsProperties().hasPeerCertificateProperties();
        metrics.add(List.of(
                "destination",
                source.name(), source.namespace(), UNKNOWN, source.app(), source.version(),
                destination.name(), destination.namespace(), UNKNOWN, destination.app(), destination.version(),
                entry.getRequest().getAuthority(), UNKNOWN, UNKNOWN,
                "http",
                Integer.toString(code.getValue()),
                common.hasResponseFlags() ? text(common.getResponseFlags()) : "-",
                "none", "none",
                mutualTls ? "mutual_tls" : "none"), seconds(common.getTimeToLastDownstreamTxByte()),
                entry.getRequest().getRequestBodyBytes(), entry.getResponse().getResponseBodyBytes());
    }

    private static double seconds(Duration duration) {
        return duration.getSeconds() + duration.getNanos() / 1e9;
    }

    private static String text(ResponseFlags flags) {
        String names = FLAGS.entrySet().stream().filter(flag -> flag.getValue().test(flags)).map(Map.Entry::getKey)
                .collect(Collectors.joining(","));
        return names.isEmpty() ? "-" : names;
    }

    private static Map<String, Predicate<ResponseFlags>> flags() {
        Map<String, Predicate<ResponseFlags>> flags = new LinkedHashMap<>();
        flags.put("LH", ResponseFlags::getFailedLocalHealthcheck);
        flags.put("UH", ResponseFlags::getNoHealthyUpstream);
        flags.put("UT", ResponseFlags::getUpstreamRequestTimeout);
        flags.put("LR", ResponseFlags::getLocalReset);
        flags.put("UR", ResponseFlags::getUpstreamRemoteReset);
        flags.put("UF", ResponseFlags::getUpstreamConnectionFailure);
        flags.put("UC", ResponseFlags::getUpstreamConnectionTermination);
        flags.put("UO", ResponseFlags::getUpstreamOverflow);
        flags.put("NR", ResponseFlags::getNoRouteFound);
        flags.put("DI", ResponseFlags::getDelayInjected);
        flags.put("FI", ResponseFlags::getFaultInjected);
        flags.put("RL", ResponseFlags::getRateLimited);
        flags.put("DC", ResponseFlags::getDownstreamConnectionTermination);
        flags.put("URX", ResponseFlags::getUpstreamRetryLimitExceeded);
        flags.put("SI", ResponseFlags::getStreamIdleTimeout);
        flags.put("IH", ResponseFlags::getInvalidEnvoyRequestHeaders);
        flags.put("DPE", ResponseFlags::getDownstreamProtocolError);
        return flags;
    }
}
