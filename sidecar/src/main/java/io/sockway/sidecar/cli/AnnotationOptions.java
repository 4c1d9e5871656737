package io.sockway.sidecar.cli;

import io.sockway.deploy.annotation.InvalidAnnotationsException;
import io.sockway.deploy.annotation.PodSettings;
import io.sockway.deploy.pod.DownwardAnnotations;
import io.sockway.deploy.pod.PodException;
import io.sockway.sockops.Mode;
import io.sockway.sockops.PortSet;
import io.sockway.sockops.Settings;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Settings that come from a pod's annotations. */
final class AnnotationOptions {
    @Option(names = "--annotations", paramLabel = "FILE", description = "Take mode, same-node and ports from the sockway.io/ annotations "
            + "of the pod, as a downward API volume has them; 'run' follows them while it runs.")
    private Path file;

    Optional<Path> file() {
        return Optional.ofNullable(file);
    }

    /** What the annotations say. */
    PodSettings read() {
        try {
            return PodSettings.parse(lines(), PortSet::parse);
        } catch (InvalidAnnotationsException e) {
            throw new CommandFailedException(e.getMessage());
        }
    }

    /** Whether they say that the pod must not start without Sockway; the others may be wrong. */
    boolean required() {
        return PodSettings.required(lines());
    }

    private Map<String, String> lines() {
        try {
            return DownwardAnnotations.read(file);
        } catch (PodException e) {
            throw new CommandFailedException(e.getMessage());
        }
    }

    /** Settings as the annotations have them, where there are any. */
    Settings settings(Settings base) {
        return file == null ? base : settings(base, read());
    }

    static Settings settings(Settings base, PodSettings pod) {
        Mode mode = switch (pod.acceleration()) {
            case ON -> Mode.ON;
            case OFF -> Mode.PAUSED;
            case OBSERVE -> Mode.OBSERVE;
        };
        return new Settings(mode, pod.sameNode(), ports(pod.includePorts()), ports(pod.excludePorts()), base.turns(), base.maxFlows());
    }

    private static PortSet ports(String text) {
        return text.isEmpty() ? PortSet.NONE : PortSet.parse(text);
    }
}
