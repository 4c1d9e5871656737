package io.sockway.bench.soak;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What a soak does.
 *
 * @param duration how long connections are opened
 * @param connections open at a time
 * @param seed of all that is drawn
 * @param sockway the launcher
 */
record SoakSettings(Duration duration, int connections, long seed, Path sockway) {
}
