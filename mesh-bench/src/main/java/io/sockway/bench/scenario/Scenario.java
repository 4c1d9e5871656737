package io.sockway.bench.scenario;

import java.time.Duration;
import java.util.List;

/**
 * A comparison to run.
 *
 * @param name for programs
 * @param title for people
 * @param blueprint where the variants are measured
 * @param variants their names, in the order of their display
 * @param baseline the name of the variant that others are compared to
 * @param loads what each variant gets
 * @param warmUp load before each measured slice
 * @param measured how long a slice lasts
 * @param rounds how often each variant is measured under each load
 */
public record Scenario(String name, String title, Blueprint blueprint, List<String> variants, String baseline, List<LoadPoint> loads,
        Duration warmUp, Duration measured, int rounds) {
    public Scenario {
        variants = List.copyOf(variants);
        loads = List.copyOf(loads);
    }
}
