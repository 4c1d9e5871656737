package io.sockway.sidecar.cli;

import io.sockway.bpf.BpfException;
import io.sockway.bpf.Bpffs;
import io.sockway.deploy.pod.CgroupTree;
import io.sockway.sockops.Accelerator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds and removes the pins of pods that have gone. */
final class DeadPods {
    /** A pod's UID, or a static pod's hash. */
    private static final Pattern UID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}");

    private DeadPods() {
    }

    /**
     * The folders of pods of which nothing is left: no cgroup has their name, none that they are attached to exists, and no sidecar
     * serves them.
     *
     * @param folder in a bpffs, that has a folder of pins for each pod, named by its UID
     * @param walk looks at the cgroups; called after the folders have been listed, so that a pod that has just begun is in it
     */
    static List<Path> find(Path folder, Supplier<CgroupTree> walk) {
        if (!Bpffs.contains(folder)) {
            // The kubelet has folders of pods, by the same names and with their volumes.
            throw new CommandFailedException(folder + " is not in a bpffs, so no pins are there; nothing is removed");
        }
        List<Path> pods = all(folder);
        List<Path> dead = new ArrayList<>();
        CgroupTree cgroups = walk.get();
        for (Path pod : pods) {
            if (cgroups.podCgroups(pod.getFileName().toString()).isEmpty()
                    && Accelerator.attachedCgroups(pod).stream().noneMatch(cgroups::contains) && !isServed(pod)) {
                dead.add(pod);
            }
        }
        return dead;
    }

    /** The folders of all pods, of those that have gone too. */
    static List<Path> all(Path folder) {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(each -> UID.matcher(each.getFileName().toString()).matches())
                    .filter(each -> Files.isDirectory(each, LinkOption.NOFOLLOW_LINKS)).sorted().toList();
        } catch (IOException e) {
            throw new CommandFailedException("cannot list " + folder + ": " + e.getMessage());
        }
    }

    private static boolean isServed(Path pod) {
        Path links = pod.resolve("links");
        if (!Files.isDirectory(links)) {
            return false;
        }
        try {
            Optional<Bpffs.Lock> lock = Bpffs.tryLock(links);
            lock.ifPresent(Bpffs.Lock::close);
            return lock.isEmpty();
        } catch (BpfException e) {
            return true;
        }
    }

    /** Removes them; another process may be doing the same. Returns those that are gone. */
    static Set<Path> remove(List<Path> dead) {
        Set<Path> removed = new LinkedHashSet<>();
        for (Path pod : dead) {
            try {
                Accelerator.removePins(pod);
                removed.add(pod);
            } catch (UncheckedIOException e) {
                // the other one has been faster, or it is not ours to remove
            }
        }
        return removed;
    }
}
