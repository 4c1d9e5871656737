package io.sockway.bench.demo;

import io.sockway.bench.lab.IpFamily;
import io.sockway.bench.report.HtmlReport;
import io.sockway.bench.report.Round;
import java.util.LinkedHashMap;
import java.util.Map;

/** How the demo measures, in words and for programs. */
record Method(Settings settings) {
    private static final double PERCENT = 100;

    /** The load in one line. */
    String summary() {
        return "%d keep-alive connections, %s bodies, %s of %d s for each variant%s".formatted(
                settings.connections(), settings.body().size(), settings.rounds() == 1 ? "1 round" : settings.rounds() + " rounds",
                settings.measured().toSeconds(), settings.family() == IpFamily.IPV6 ? ", IPv6" : "");
    }

    /** The load's parameters by name, each name ending in the unit where there is one. */
    Map<String, Object> load() {
        Map<String, Object> load = new LinkedHashMap<>();
        load.put("generator", "wrk");
        load.put("loop", "closed");
        load.put("connections", settings.connections());
        load.put("body_bytes", settings.body().bytes());
        load.put("warm_up_seconds", Slice.WARM_UP.toSeconds());
        load.put("measured_seconds", settings.measured().toSeconds());
        load.put("ip", settings.family() == IpFamily.IPV6 ? 6 : 4);
        return load;
    }

    /** All that a reader needs to judge the figures. */
    HtmlReport.Words words() {
        Map<String, String> method = new LinkedHashMap<>();
        method.put("Pods", "two network namespaces with a cgroup each, joined by veth, under the nat rules that istio-init writes; each "
                + "pod on a CPU of its own where there are two");
        method.put("Proxies", "Envoy with one worker thread, in Istio's shape but with the router as its only filter: no TLS between the "
                + "proxies, no telemetry");
        method.put("Load", "wrk in the client pod, a closed loop with one thread; %d s of warm-up, then %d s that count"
                .formatted(Slice.WARM_UP.toSeconds(), settings.measured().toSeconds()));
        method.put("Rounds", ("variants in turn, each round beginning with another one, fresh processes for every slice; a slice in which "
                + "other processes used more than %.0f %% of the CPUs is redone, %d times in a run at most, and a round that was disturbed "
                + "all the same does not count").formatted(Round.DISTURBED * PERCENT, Comparison.MOST_REDONE));
        return new HtmlReport.Words("What Sockway gains on this machine", summary(), method);
    }
}
