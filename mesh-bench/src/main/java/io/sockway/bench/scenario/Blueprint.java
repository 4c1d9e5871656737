package io.sockway.bench.scenario;

import io.sockway.bench.lab.Lab;
import io.sockway.bench.report.Comparison;
import io.sockway.bench.report.Goal;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;

/** A topology with the variants of one scenario, before anything is built. */
public interface Blueprint {
    /**
     * Finds the programs that it needs; called once, before the other methods.
     *
     * @throws io.sockway.bench.lab.UnmetRequirementException if one is missing
     */
    void require(Programs programs);

    /** The versions of the programs that take part, by name. */
    Map<String, String> versions();

    /** How it measures, by topic, for the reader who wants to judge or repeat it. */
    Map<String, String> method();

    /** What the scenario is meant to show, judged by what was measured. It changes nothing of a run's success. */
    default List<Goal> goals(List<Comparison> comparisons) {
        return List.of();
    }

    /**
     * Shows what needs no comparison, before anything is measured.
     *
     * @return what was seen
     * @throws io.sockway.bench.lab.LabException when it is not as it should be
     */
    default List<Goal> demonstrate(Lab lab, PrintWriter progress) {
        return List.of();
    }

    /** Builds what all rounds share, and returns the variants in the order of the scenario. The lab owns what is built. */
    List<Variant> build(Lab lab);
}
