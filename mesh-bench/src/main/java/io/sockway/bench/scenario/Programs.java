package io.sockway.bench.scenario;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Programs that a person names instead of those that are found.
 *
 * @param envoy the proxy
 * @param sockway Sockway's launcher
 * @param peerObject another accelerator's BPF object
 */
public record Programs(Optional<Path> envoy, Optional<Path> sockway, Optional<Path> peerObject) {
}
