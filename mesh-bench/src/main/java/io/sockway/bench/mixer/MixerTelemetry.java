package io.sockway.bench.mixer;

import io.sockway.xds.peers.Workload;
import java.util.List;
import java.util.function.Predicate;

/**
 * What Istio 1.4's mixer was configured to do with reports: tell who the workloads are, match the rules, and give the metrics of those
 * that match to Prometheus.
 */
final class MixerTelemetry {
    private static final String UNKNOWN = "unknown";

    private static final Predicate<Attributes> HTTP = is("context.protocol", "http").or(is("context.protocol", "grpc"))
            .and(userAgent("kube-probe").negate()).and(userAgent("Prometheus").negate());
    private static final Predicate<Attributes> TCP = is("context.protocol", "tcp");

    private final Workloads workloads;
    private final RequestMetrics metrics;
    /** The rules of the default installation that lead to Prometheus; those of TCP are matched, as they were, and never apply here. */
    private final List<Rule> rules;

    private record Rule(Predicate<Attributes> match, Action action) {
    }

    private interface Action {
        void run(Attributes request, Workload source, Workload destination);
    }

    MixerTelemetry(Workloads workloads, RequestMetrics metrics) {
        this.workloads = workloads;
        this.metrics = metrics;
        Action none = (_, _, _) -> {
        };
        this.rules = List.of(new Rule(HTTP, this::count), new Rule(TCP, none), new Rule(TCP.and(is("connection.event", "open")), none),
                new Rule(TCP.and(is("connection.event", "close")), none));
    }

    void report(Attributes request) {
        Workload source = workloads.find(request.text("source.uid", ""), request.bytes("source.ip").or(() -> request.bytes("origin.ip")));
        Workload destination = workloads.find(request.text("destination.uid", ""), request.bytes("destination.ip"));
        for (Rule rule : rules) {
            if (rule.match.test(request)) {
                rule.action.run(request, source, destination);
            }
        }
    }

    private void count(Attributes request, Workload source, Workload destination) {
        boolean outbound = request.text("context.reporter.kind", "inbound").equals("outbound");
        String serviceName = request.text("destination.service.name", UNKNOWN);
        String service = request.text("destination.service.host",
                serviceName.equals(UNKNOWN) ? UNKNOWN : request.text("request.host", UNKNOWN));
        String security = outbound ? UNKNOWN : request.flag("connection.mtls") ? "mutual_tls" : "none";
        metrics.add(List.of(
                outbound ? "source" : "destination",
                source.name(), source.namespace(), request.text("source.principal", UNKNOWN), source.app(), source.version(),
                destination.name(), destination.namespace(), request.text("destination.principal", UNKNOWN), destination.app(),
                destination.version(),
                service, serviceName, request.text("destination.service.namespace", UNKNOWN),
                request.text("context.protocol", UNKNOWN),
                Long.toString(request.number("response.code", 200)),
                request.text("context.proxy_error_code", "-"),
                request.text("rbac.permissive.response_code", "none"),
                request.text("rbac.permissive.effective_policy_id", "none"),
                security), request.duration("response.duration").toNanos() / 1e9,
                request.number("request.size", 0), request.number("response.size", 0));
    }

    private static Predicate<Attributes> is(String name, String value) {
        return request -> value.equals(request.values().get(name));
    }

    private static Predicate<Attributes> userAgent(String start) {
        return request -> request.text("request.useragent", "-").startsWith(start);
    }
}
