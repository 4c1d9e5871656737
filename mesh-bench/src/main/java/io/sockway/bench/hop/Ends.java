package io.sockway.bench.hop;

import java.time.Duration;

/** A server and a client of one variant. */
interface Ends {
    /** Measures one cell on fresh connections, after a warm-up. */
    Sample measure(Cell cell, Duration warmUp, Duration measured);
}
