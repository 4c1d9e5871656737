package io.sockway.sidecar.cli;

import io.sockway.bpf.BpfException;
import io.sockway.deploy.annotation.PodSettings;
import io.sockway.sockops.Accelerator;
import io.sockway.sockops.Enroller;
import io.sockway.sockops.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Locale;

/**
 * Gives the programs what the pod's annotations say, whenever the kubelet brings other ones, which it does within a minute or so. Runs on
 * the thread of the enroller.
 */
final class LiveAnnotations {
    private static final String NOT_SHARED = "sockway.io/same-node has no effect in this pod, which was attached without it, or on a "
            + "kernel that does not offer it: the log of sockway-attach tells; a new pod takes it up";

    private final AnnotationOptions options;
    private final Path file;
    private final Accelerator accelerator;
    private final PrintWriter out;
    private Object seen;
    private volatile List<String> notes = List.of();

    private LiveAnnotations(AnnotationOptions options, Path file, Accelerator accelerator, PrintWriter out) {
        this.options = options;
        this.file = file;
        this.accelerator = accelerator;
        this.out = out;
        this.seen = stamp();
        apply();
    }

    /** Applies what the annotations say now, and follows them while the enroller runs; null where no file is named. */
    static LiveAnnotations follow(AnnotationOptions options, Accelerator accelerator, Enroller enroller, PrintWriter out) {
        return options.file().map(file -> {
            LiveAnnotations followed = new LiveAnnotations(options, file, accelerator, out);
            enroller.onChange(file.toAbsolutePath().getParent(), followed::look);
            // They may have changed before anybody watched.
            followed.look();
            return followed;
        }).orElse(null);
    }

    private synchronized boolean look() {
        Object now = stamp();
        boolean changed = !now.equals(seen);
        if (changed) {
            seen = now;
            apply();
        }
        return changed;
    }

    private void apply() {
        try {
            PodSettings pod = options.read();
            List<String> before = notes;
            notes = pod.sameNode() && !accelerator.shares() ? List.of(NOT_SHARED) : List.of();
            notes.stream().filter(note -> !before.contains(note)).forEach(note -> out.println("annotations: " + note));
            Settings now = accelerator.settings();
            Settings after = AnnotationOptions.settings(now, pod);
            if (!accelerator.shares()) {
                after = after.withSameNode(false);
            }
            if (!after.equals(now)) {
                accelerator.apply(after);
                out.printf("annotations: acceleration %s%s%s%s%n", pod.acceleration().name().toLowerCase(Locale.ROOT),
                        after.sameNode() ? ", same node" : "",
                        after.includePorts().isEmpty() ? "" : ", only ports " + after.includePorts(),
                        after.excludePorts().isEmpty() ? "" : ", not ports " + after.excludePorts());
            }
        } catch (CommandFailedException | BpfException e) {
            out.println("annotations: " + e.getMessage() + "; all stays as it is");
        }
        out.flush();
    }

    /** What the annotations ask for in vain. */
    List<String> notes() {
        return notes;
    }

    private Object stamp() {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return List.of(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
        } catch (IOException e) {
            // Being replaced; the next look finds what came of it.
            return List.of();
        }
    }
}
