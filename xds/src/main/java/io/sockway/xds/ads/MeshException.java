package io.sockway.xds.ads;

import io.sockway.xds.yaml.Problem;
import java.util.List;
import java.util.stream.Collectors;

/** Files that cannot be served. The message has one line for each problem, with file, line and column. */
public final class MeshException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    MeshException(List<Problem> problems) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
        this.problems = problems;
    }

    /** All that was found. */
    public List<Problem> problems() {
        return problems;
    }
}
