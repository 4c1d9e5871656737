package io.sockway.bench.scenario;

import java.util.Locale;

/** Who makes the load. */
public enum Generator {
    /** {@code sockway bench load}. */
    SOCKWAY,
    /** wrk: HTTP/1.1 in a closed loop only. */
    WRK;

    /** How scenarios write it. */
    public String option() {
        return name().toLowerCase(Locale.ROOT);
    }
}
