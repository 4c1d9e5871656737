package io.sockway.sidecar.cli;

import io.sockway.deploy.pod.CgroupTree;
import io.sockway.deploy.pod.PodException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What {@code attach} needs in an init container. */
final class PodOptions {
    @Option(names = "--pod-cgroup-in", paramLabel = "DIR", description = "In a pod's init container: attach the pod's own cgroup, which is "
            + "found in the host's /sys/fs/cgroup that is mounted at DIR (read-only will do). A failure is said in one line and the "
            + "command ends with 0, so that the pod starts on plain TCP.")
    private Path hostCgroups;

    @Option(names = "--pod-uid", paramLabel = "UID", defaultValue = "${env:SOCKWAY_POD_UID}",
            description = "The pod's metadata.uid (default: $SOCKWAY_POD_UID).")
    private String uid;

    @Option(names = "--pin-group", paramLabel = "GID", converter = Gid.class,
            description = "Let processes of this group serve the pins without capabilities.")
    private Integer group;

    @Option(names = "--collect", description = "Also remove the pins of pods that have gone, in the folders beside --pin-dir; needs "
            + "--pod-cgroup-in.")
    private boolean collect;

    @Option(names = "--required", description = "With --pod-cgroup-in: fail when it cannot be attached, so that the pod does not start. "
            + "The annotation sockway.io/required does the same.")
    private boolean required;

    @Option(names = "--within", paramLabel = "TIME", defaultValue = "30s", converter = DurationConverter.class,
            description = "With --pod-cgroup-in: give up when it has taken longer (default: ${DEFAULT-VALUE}).")
    private Duration within;

    boolean inPod() {
        return hostCgroups != null;
    }

    Duration within() {
        return within;
    }

    Optional<Integer> group() {
        return Optional.ofNullable(group);
    }

    boolean collects() {
        return collect;
    }

    boolean required() {
        return required;
    }

    CgroupTree cgroups() {
        try {
            return CgroupTree.of(hostCgroups);
        } catch (PodException e) {
            throw new CommandFailedException(e.getMessage());
        }
    }

    Path podCgroup(CgroupTree tree) {
        if (uid == null || uid.isBlank()) {
            throw new CommandFailedException("the pod's UID is not known: give --pod-uid, or SOCKWAY_POD_UID from metadata.uid");
        }
        try {
            return tree.ownPod(uid);
        } catch (PodException e) {
            throw new CommandFailedException(e.getMessage());
        }
    }

    static final class Gid extends IntegerConverter {
        Gid() {
            super(0, Integer.MAX_VALUE);
        }
    }
}
