package io.sockway.sidecar.cli;

import io.sockway.deploy.annotation.PodSettings;
import io.sockway.sockops.Accelerator;
import io.sockway.sockops.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Gives the programs what the pod's annotations say, whenever they change, until it is closed. Looks once a second: the kubelet takes up
 * to a minute to bring a change. A daemon thread of its own.
 */
final class LiveAnnotations implements AutoCloseable {
    private static final String NOT_SHARED = "sockway.io/same-node has no effect in this pod, which was attached without it, or on a "
            + "kernel that does not offer it: the log of sockway-attach tells; a new pod takes it up";

    private final AnnotationOptions options;
    private final Path file;
    private final Accelerator accelerator;
    private final PrintWriter out;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    private Object seen;
    private volatile List<String> notes = List.of();

    private LiveAnnotations(AnnotationOptions options, Path file, Accelerator accelerator, PrintWriter out) {
        this.options = options;
        this.file = file;
        this.accelerator = accelerator;
        this.out = out;
        this.seen = stamp();
        apply();
        this.thread = Thread.ofPlatform().name("sockway-annotations").daemon().start(this::run);
    }

    /** Applies what the annotations say now, and follows them; null where no file is named. */
    static LiveAnnotations follow(AnnotationOptions options, Accelerator accelerator, PrintWriter out) {
        return options.file().map(file -> new LiveAnnotations(options, file, accelerator, out)).orElse(null);
    }

    private void run() {
        try {
            while (!closed.await(1, TimeUnit.SECONDS)) {
                Object now = stamp();
                if (!now.equals(seen)) {
                    seen = now;
                    apply();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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
        } catch (CommandFailedException e) {
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
            return attributes.lastModifiedTime() + " " + attributes.size() + " " + attributes.fileKey();
        } catch (IOException e) {
            // Being replaced; the next look finds what came of it.
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
