package io.sockway.sidecar.cli;

import io.sockway.sockops.Accelerator;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which pins a command is about. */
final class PinOptions {
    @Option(names = "--pin-dir", paramLabel = "DIR", defaultValue = "/sys/fs/bpf/sockway",
            description = "Folder in a bpffs that holds the pins (default: ${DEFAULT-VALUE}).")
    private Path pinDir;

    Path pinDir() {
        return pinDir;
    }

    /** Opens what is pinned, which must be there. */
    Accelerator open() {
        return openIfThere().orElseThrow(() -> new CommandFailedException(nothingAttached()));
    }

    Optional<Accelerator> openIfThere() {
        return Accelerator.open(pinDir);
    }

    String nothingAttached() {
        return "nothing is attached under " + pinDir + ": start with 'sockway run --cgroup DIR', or name its folder with --pin-dir";
    }
}
