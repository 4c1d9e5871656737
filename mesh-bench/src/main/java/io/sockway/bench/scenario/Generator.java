package io.sockway.bench.scenario;

import io.sockway.bench.lab.Tool;
import java.util.Locale;
import java.util.Optional;

/** Who makes the load. */
public enum Generator {
    /** {@code sockway bench load}. */
    SOCKWAY(null, true),
    /** wrk: a closed loop only. */
    WRK(Tool.WRK, false),
    /** fortio: on a schedule its connections send evenly in turn, and latency runs from the sending. */
    FORTIO(Tool.FORTIO, true),
    /** h2load of nghttp2, which also speaks HTTP/1.1; on a schedule each connection has its own. */
    H2LOAD(Tool.H2LOAD, true);

    private final Optional<Tool> tool;
    private final boolean paced;

    Generator(Tool tool, boolean paced) {
        this.tool = Optional.ofNullable(tool);
        this.paced = paced;
    }

    /** How scenarios write it. */
    public String option() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The program that it is, unless it is part of this one. Such a program gets HTTP/1.1 with one request in flight. */
    public Optional<Tool> tool() {
        return tool;
    }

    /** What reports call its process. */
    public String process() {
        return tool.map(Tool::executable).orElse("load");
    }

    /** Whether it can send by a schedule. */
    public boolean paced() {
        return paced;
    }
}
