package io.sockway.bench.scenario;

import io.sockway.bench.lab.LabException;
import io.sockway.xds.yaml.Problem;
import java.util.List;
import java.util.stream.Collectors;

/** A scenario cannot be used; the message has a line for each problem. */
public final class ScenarioException extends LabException {
    private static final long serialVersionUID = 1L;

    ScenarioException(List<Problem> problems) {
        super(problems.stream().map(Problem::toString).distinct().collect(Collectors.joining("\n")));
    }

    /** One for each problem. */
    public List<String> lines() {
        return getMessage().lines().toList();
    }
}
