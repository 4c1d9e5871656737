package io.sockway.sidecar.cli;

import io.sockway.bpf.BpfException;
import io.sockway.bpf.Errno;
import io.sockway.node.doctor.MeshProbe;
import io.sockway.node.doctor.MeshState;
import io.sockway.node.host.HostException;
import io.sockway.sockops.Accelerator;
import io.sockway.sockops.AcceleratorException;
import io.sockway.sockops.Counters;
import io.sockway.sockops.Habit;
import io.sockway.sockops.Reason;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Tells the doctor what the accelerator under some pins does. */
final class AcceleratorProbe implements MeshProbe {
    private final PinOptions pins;

    AcceleratorProbe(PinOptions pins) {
        this.pins = pins;
    }

    @Override
    public MeshState look() {
        Path parent = pins.pinDir().toAbsolutePath().getParent();
        if (parent != null && Files.exists(parent) && !Files.isExecutable(parent)) {
            throw new HostException("whether Sockway is attached: " + parent + " needs root");
        }
        try (Accelerator accelerator = pins.openIfThere().orElse(null)) {
            return accelerator == null ? MeshState.absent(pins.pinDir().toString()) : state(accelerator);
        } catch (BpfException e) {
            throw unseen(e.errno() == Errno.EACCES || e.errno() == Errno.EPERM, e);
        } catch (AcceleratorException | UncheckedIOException e) {
            throw unseen(e.getCause() instanceof AccessDeniedException, e);
        }
    }

    private HostException unseen(boolean denied, RuntimeException e) {
        return new HostException("whether Sockway is attached: " + (denied ? pins.pinDir() + " needs root" : e.getMessage()));
    }

    private MeshState state(Accelerator accelerator) {
        Counters counters = accelerator.counters();
        return new MeshState(accelerator.pinDir().toString(), accelerator.attachments().stream().map(a -> a.cgroup().toString()).toList(),
                accelerator.mode().label(), accelerator.isServed(), counters.redirectedMessages(), inWords(counters.passes()),
                inWords(accelerator.flowTotals().waiting()), accelerator.refusedFlows(), accelerator.maxFlows(),
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
