package io.sockway.sidecar.cli;

import io.sockway.bpf.BpfException;
import io.sockway.bpf.Errno;
import io.sockway.deploy.pod.CgroupTree;
import io.sockway.deploy.pod.PodException;
import io.sockway.node.doctor.MeshProbe;
import io.sockway.node.doctor.MeshState;
import io.sockway.node.host.HostException;
import io.sockway.sockops.Accelerator;
import io.sockway.sockops.AcceleratorException;
import io.sockway.sockops.Attachment;
import io.sockway.sockops.Counters;
import io.sockway.sockops.Habit;
import io.sockway.sockops.Reason;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** Tells the doctor what the accelerators do: the one under the node's own pins, and those of injected pods. */
final class AcceleratorProbe implements MeshProbe {
    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
    private static final String UNSEEN = "whether Sockway is attached: ";

    private final PinOptions pins;
    private final PodPinOptions podPins;

    AcceleratorProbe(PinOptions pins, PodPinOptions podPins) {
        this.pins = pins;
        this.podPins = podPins;
    }

    @Override
    public List<MeshState> look(Consumer<String> unseen) {
        Path parent = pins.pinDir().toAbsolutePath().getParent();
        if (parent != null && Files.exists(parent) && !Files.isExecutable(parent)) {
            throw new HostException(UNSEEN + parent + " needs root");
        }
        List<MeshState> found = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        state(pins.pinDir(), a -> Optional.of(a.cgroup()), failures::add).ifPresent(found::add);
        found.addAll(pods(failures::add));
        failures.forEach(unseen);
        return !found.isEmpty() || !failures.isEmpty() ? found
                : List.of(MeshState.absent(pins.pinDir().toString()), MeshState.absent(podPins.podsDir().toString()));
    }

    private List<MeshState> pods(Consumer<String> unseen) {
        if (!Files.isDirectory(podPins.podsDir())) {
            return List.of();
        }
        try {
            List<Path> folders = DeadPods.all(podPins.podsDir());
            if (folders.isEmpty()) {
                return List.of();
            }
            // They were attached from a container, where the tree is mounted elsewhere.
            CgroupTree cgroups = CgroupTree.of(CGROUPS);
            return folders.stream().flatMap(pod -> state(pod, a -> cgroups.find(a.id()), unseen).stream()).toList();
        } catch (CommandFailedException | PodException e) {
            unseen.accept(UNSEEN + e.getMessage());
            return List.of();
        }
    }

    /** Empty where nothing is pinned, and where all cgroups have gone and nobody serves. */
    private static Optional<MeshState> state(Path folder, Function<Attachment, Optional<Path>> cgroup, Consumer<String> unseen) {
        try (Accelerator accelerator = Accelerator.open(folder).orElse(null)) {
            if (accelerator == null) {
                return Optional.empty();
            }
            boolean served = accelerator.isServed();
            List<String> cgroups = accelerator.attachments().stream()
                    .flatMap(each -> cgroup.apply(each).or(() -> Optional.of(each.cgroup()).filter(_ -> served)).stream())
                    .map(Path::toString).toList();
            return cgroups.isEmpty() ? Optional.empty() : Optional.of(state(accelerator, cgroups, served));
        } catch (BpfException e) {
            return unseen(folder, e.errno() == Errno.EACCES || e.errno() == Errno.EPERM, e, unseen);
        } catch (AcceleratorException | UncheckedIOException e) {
            return unseen(folder, e.getCause() instanceof AccessDeniedException
                    || e.getCause() instanceof BpfException cause && cause.errno() == Errno.EACCES, e, unseen);
        }
    }

    private static Optional<MeshState> unseen(Path folder, boolean denied, RuntimeException why, Consumer<String> unseen) {
        unseen.accept(UNSEEN + (denied ? folder + " needs root" : why.getMessage()));
        return Optional.empty();
    }

    private static MeshState state(Accelerator accelerator, List<String> cgroups, boolean served) {
        Counters counters = accelerator.counters();
        return new MeshState(accelerator.pinDir().toString(), cgroups, accelerator.mode().label(), served, counters.redirectedMessages(),
                inWords(counters.passes()), inWords(accelerator.flowTotals().waiting()), accelerator.refusedFlows(), accelerator.maxFlows(),
                accelerator.habits().stream().filter(habit -> habit.reason() != Reason.IO_URING)
                        .map(habit -> new MeshState.Habit(inWords(habit), habit.late())).toList());
    }

    private static String inWords(Habit habit) {
        return habit.name() + " (" + habit.process() + "), " + habit.times()
                + (habit.times() == 1 ? " socket: " : " sockets: ") + habit.reason().text();
    }

    private static Map<String, Long> inWords(Map<Reason, Long> counts) {
        Map<String, Long> words = new LinkedHashMap<>();
        counts.forEach((reason, n) -> words.merge(reason.text(), n, Long::sum));
        return words;
    }
}
