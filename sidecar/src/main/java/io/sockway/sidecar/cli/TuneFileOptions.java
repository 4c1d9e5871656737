package io.sockway.sidecar.cli;

import io.sockway.node.host.Host;
import io.sockway.node.tune.Tuner;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where {@code tune} keeps its journal and writes files that last. */
final class TuneFileOptions {
    @Option(names = "--journal", paramLabel = "DIR", defaultValue = "/var/lib/sockway",
            description = "Folder of the journal with the former values (default: ${DEFAULT-VALUE}).")
    private Path journal;

    @Option(names = "--prefix", paramLabel = "DIR", description = "Folder that holds etc/sysctl.d and etc/udev/rules.d, for example "
            + "/host in a container (default: /).")
    private Path prefix;

    Path journal() {
        return journal;
    }

    /** Whether files that last are written: those of a node are no business of a single pod's namespace. */
    boolean lasting(Host host) {
        return prefix != null || host.inNodeNamespace();
    }

    Tuner tuner(Host host) {
        return new Tuner(host, journal, prefix == null ? Path.of("/") : prefix, lasting(host));
    }
}
