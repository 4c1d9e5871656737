package io.sockway.sidecar.cli;

import io.sockway.bpf.BpfException;
import io.sockway.deploy.pod.CgroupTree;
import io.sockway.sockops.Accelerator;
import io.sockway.sockops.AcceleratorException;
import io.sockway.sockops.Enroller;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sockway attach}. */
@Command(name = "attach", mixinStandardHelpOptions = true, description = {
    "Load, pin and attach, enrol the connections that are there, and end.",
    "New ones are enrolled while 'sockway run' serves the same pins, and stay on TCP otherwise."})
final class AttachCommand implements Callable<Integer> {
    private static final Duration SETTLE = Duration.ofMillis(200);

    @Mixin
    private AttachOptions options;

    @Mixin
    private PodOptions pod;

    @Spec
    private CommandSpec spec;

    private volatile boolean required;
    private volatile boolean attached;

    @Override
    public Integer call() {
        if (pod.inPod()) {
            return inPod();
        }
        if (pod.collects() || pod.required()) {
            throw new ParameterException(spec.commandLine(), "--collect and --required need --pod-cgroup-in=DIR");
        }
        if (!options.namesCgroups()) {
            throw new ParameterException(spec.commandLine(), "Missing required option: '--cgroup=DIR'");
        }
        PrintWriter out = spec.commandLine().getOut();
        try (Accelerator accelerator = options.attach(out)) {
            pod.group().ifPresent(accelerator::grant);
            Enroller.settle(accelerator, SETTLE);
            if (!accelerator.isServed()) {
                out.println("new connections stay on TCP until 'sockway run' serves these pins");
            }
        }
        return 0;
    }

    private int inPod() {
        PrintWriter out = spec.commandLine().getOut();
        required = pod.required();
        Thread deadline = Thread.ofPlatform().name("sockway-deadline").daemon().start(this::giveUp);
        try {
            if (options.annotations().file().isPresent()) {
                required |= options.annotations().required();
            }
            CgroupTree cgroups = pod.cgroups();
            options.forPod(pod.podCgroup(cgroups));
            try (Accelerator accelerator = options.attach(out)) {
                grant(accelerator);
            }
            out.printf("attached %d ms after exec%n", Exec.elapsed().toMillis());
            out.flush();
            attached = true;
            if (pod.collects()) {
                collect(out);
            }
            return 0;
        } catch (AcceleratorException | BpfException | CommandFailedException | UncheckedIOException e) {
            return failed(e.getMessage());
        } catch (RuntimeException | LinkageError | OutOfMemoryError | StackOverflowError e) {
            // A fault of ours is no reason to keep a pod from starting either.
            return failed("unexpected: " + e);
        } finally {
            deadline.interrupt();
        }
    }

    private int failed(String why) {
        PrintWriter err = spec.commandLine().getErr();
        err.println("sockway: not attached: " + why + (required
                ? "; the pod does not start, since it requires Sockway" : "; the pod starts on plain TCP"));
        err.flush();
        return required ? 1 : 0;
    }

    /** What hangs, as on a lock that another process does not give back, must not keep the pod waiting. */
    private void giveUp() {
        try {
            Thread.sleep(pod.within());
            Runtime.getRuntime().halt(attached ? 0 : failed("it took longer than " + pod.within().toSeconds() + " s (--within)"));
        } catch (InterruptedException e) {
            // done in time
        }
    }

    /** Pins that nobody may serve would only cost. */
    private void grant(Accelerator accelerator) {
        try {
            pod.group().ifPresent(accelerator::grant);
        } catch (AcceleratorException e) {
            accelerator.removePins();
            throw e;
        }
    }

    /** What goes wrong here is no matter of this pod. */
    private void collect(PrintWriter out) {
        try {
            List<Path> dead = DeadPods.find(options.pins().pinDir().getParent(), pod::cgroups);
            Accelerator.collectShared(options.pins().pinDir().getParent());
            DeadPods.remove(dead).forEach(each -> out.println("removed the pins of a pod that has gone: " + each.getFileName()));
        } catch (BpfException | CommandFailedException | UncheckedIOException e) {
            spec.commandLine().getErr().println("sockway: pins of pods that have gone are not collected: " + e.getMessage());
        }
    }
}
