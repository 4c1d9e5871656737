package io.sockway.sidecar.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where injected pods have their pins. */
final class PodPinOptions {
    @Option(names = "--pods-dir", paramLabel = "DIR", defaultValue = "/sys/fs/bpf/sockway-pods",
            description = "Folder that has a folder of pins for each injected pod (default: ${DEFAULT-VALUE}).")
    private Path pods;

    Path podsDir() {
        return pods;
    }
}
