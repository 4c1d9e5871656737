package io.sockway.sidecar.cli;

import io.sockway.deploy.pod.CgroupTree;
import io.sockway.deploy.pod.PodException;
import io.sockway.sockops.Accelerator;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sockway gc}. */
@Command(name = "gc", mixinStandardHelpOptions = true, description = {
    "Remove the pins of pods that have gone; those of pods that live are left alone.",
    "Injected pods do this for each other when they attach; this is for a node where no pod starts any more."})
final class GcCommand implements Callable<Integer> {
    @Mixin
    private PodPinOptions podPins;

    @Option(names = "--cgroups", paramLabel = "DIR", defaultValue = "/sys/fs/cgroup",
            description = "Where the host's cgroups are mounted (default: ${DEFAULT-VALUE}).")
    private Path cgroups;

    @Option(names = "--dry-run", description = "Only say what would be removed.")
    private boolean dryRun;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        Path pods = podPins.podsDir();
        try {
            if (!Files.exists(pods)) {
                out.println("no pods have pins: there is no " + pods);
                return 0;
            }
            List<Path> dead = DeadPods.find(pods, () -> CgroupTree.of(cgroups));
            Set<Path> removed = dryRun ? Set.of() : DeadPods.remove(dead);
            if (!dryRun) {
                Accelerator.collectShared(pods);
            }
            dead.forEach(pod -> out.println(removed.contains(pod) ? "removed " + pod : dryRun ? "would remove " + pod
                    : "could not remove " + pod + ": run as root"));
            if (dead.isEmpty()) {
                out.println("nothing to remove in " + pods);
            }
            return dryRun || removed.size() == dead.size() ? 0 : 1;
        } catch (PodException e) {
            throw new CommandFailedException(e.getMessage());
        }
    }
}
