package io.sockway.bench.telemetry;

import io.sockway.bench.lab.EnvoyBinary;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.Tool;
import io.sockway.bench.report.Comparison;
import io.sockway.bench.report.Goal;
import io.sockway.bench.report.VariantResult;
import io.sockway.bench.scenario.Blueprint;
import io.sockway.bench.scenario.Programs;
import io.sockway.bench.scenario.Variant;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A {@link OneEnvoy} as a scenario wants it. For one thread. */
final class OneEnvoyBlueprint implements Blueprint {
    private final Answers answers;
    private final List<Integer> series;
    private final List<Named> variants;
    private EnvoyBinary envoy;

    /**
     * A variant.
     *
     * @param name as the scenario has it
     * @param telemetry that its Envoy has
     */
    record Named(String name, Telemetry telemetry) {
    }

    OneEnvoyBlueprint(Answers answers, List<Integer> series, List<Named> variants) {
        this.answers = answers;
        this.series = List.copyOf(series);
        this.variants = List.copyOf(variants);
    }

    @Override
    public void require(Programs programs) {
        envoy = EnvoyBinary.find(programs.envoy());
        boolean modules = variants.stream().anyMatch(variant -> variant.telemetry() != Telemetry.NONE);
        if (modules) {
            Telemetry.requireModules(envoy);
        }
        answers.tool().ifPresent(Tool::path);
    }

    @Override
    public Map<String, String> versions() {
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("envoy", envoy.version());
        answers.tool().ifPresent(tool -> versions.put(tool.executable(), tool.version()));
        return versions;
    }

    @Override
    public Map<String, String> method() {
        Map<String, String> method = new LinkedHashMap<>();
        method.put("Proxy", ("one Envoy with one worker thread on a CPU of its own; %s; no TLS; the load, %s the collectors on the other "
                + "CPU, everything over the loopback device of one network namespace").formatted(
                answers == Answers.NGINX ? "nginx answers behind it" : "it answers by itself",
                answers == Answers.NGINX ? "nginx and" : "and"));
        method.put("Telemetries", String.join("; ", variants.stream().map(variant ->
                variant.name() + ": " + variant.telemetry().label()).toList()));
        method.put("Collectors", "each a JVM of its own that lives for the whole run, so that its compiler has done its work; its CPU time "
                + "is in the row 'collector' and not in that of Envoy");
        method.put("Counts", "after each slice the telemetry must have counted every request that Envoy counted, once, or told that it "
                + "dropped it; a round where it has not is invalid");
        if (!series.isEmpty()) {
            method.put("Memory", "once for each variant with fresh processes, before its first round: resident memory after requests to "
                    + "so many different hosts, each a series; without telemetry the same requests, so that the difference is what series "
                    + "cost");
        }
        return method;
    }

    @Override
    public List<Goal> goals(List<Comparison> comparisons) {
        return comparisons.stream().flatMap(comparison -> {
            Map<Telemetry, VariantResult> results = new EnumMap<>(Telemetry.class);
            comparison.counted().forEach(result -> variants.stream().filter(variant -> variant.name().equals(result.name()))
                    .forEach(variant -> results.put(variant.telemetry(), result)));
            return Goals.judge(comparison, answers, results).stream();
        }).toList();
    }

    @Override
    public List<Variant> build(Lab lab) {
        Place place = Place.in(lab, "proxy", envoy, answers, series);
        return variants.stream().<Variant>map(variant -> new TelemetryVariant(variant.name(), variant.telemetry(), place)).toList();
    }
}
