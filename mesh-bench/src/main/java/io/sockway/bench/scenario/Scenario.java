package io.sockway.bench.scenario;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A comparison to run.
 *
 * @param name for programs
 * @param title for people
 * @param blueprint where the variants are measured
 * @param variants their names, in the order of their display
 * @param baseline the name of the variant that others are compared to
 * @param loads what each variant gets
 * @param generators of the variants that have one of their own, by their names
 * @param warmUp load before each measured slice
 * @param measured how long a slice lasts
 * @param rounds how often each variant is measured under each load
 */
public record Scenario(String name, String title, Blueprint blueprint, List<String> variants, String baseline, List<LoadPoint> loads,
        Map<String, Generator> generators, Duration warmUp, Duration measured, int rounds) {
    public Scenario {
        variants = List.copyOf(variants);
        loads = List.copyOf(loads);
        generators = Map.copyOf(generators);
    }

    /** Who makes a load for a variant. */
    public Generator generator(String variant, LoadPoint load) {
        return generators.getOrDefault(variant, load.generator());
    }

    /** All who make load in it. */
    public Set<Generator> allGenerators() {
        return variants.stream().flatMap(variant -> loads.stream().map(load -> generator(variant, load)))
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Generator.class)));
    }

    /** Whether it is the generators that are compared: each variant has another one. */
    public boolean comparesGenerators() {
        return generators.size() == variants.size() && Set.copyOf(generators.values()).size() == variants.size();
    }
}
