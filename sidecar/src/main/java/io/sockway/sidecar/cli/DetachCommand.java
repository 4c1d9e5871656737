package io.sockway.sidecar.cli;

import io.sockway.sockops.Accelerator;
import io.sockway.sockops.Attachment;
import io.sockway.sockops.Enroller;
import io.sockway.sockops.Flow;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sockway detach}. */
@Command(name = "detach", mixinStandardHelpOptions = true, description = {
    "Bring the flows of cgroups back to native TCP, then remove the attachment and, with the last cgroup, the pins.",
    "Waits until redirected bytes have been read; what is not read in time stays readable, and its flow goes on by TCP."})
final class DetachCommand implements Callable<Integer> {
    @Option(names = "--cgroup", paramLabel = "DIR", arity = "1", description = "A cgroup to detach. May be repeated.")
    private List<Path> cgroups = List.of();

    @Option(names = "--all", description = "Detach all cgroups.")
    private boolean all;

    @Mixin
    private PinOptions pins;

    @Option(names = "--timeout", paramLabel = "TIME", defaultValue = "5s", converter = DurationConverter.class,
            description = "How long to wait, for example 500ms, 5s or 1m (default: ${DEFAULT-VALUE}).")
    private Duration timeout;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (all && Accelerator.removeRemains(pins.pinDir())) {
            out.println("removed what was left of pins in " + pins.pinDir());
            return 0;
        }
        try (Accelerator accelerator = pins.open()) {
            List<Attachment> leaving = all ? accelerator.attachments() : named(accelerator);
            List<Flow> left = Enroller.drain(accelerator, leaving, timeout);
            leaving.forEach(accelerator::finishDetach);
            leaving.forEach(a -> out.println("detached " + a.cgroup()));
            if (accelerator.attachments().isEmpty()) {
                accelerator.removePins();
                out.println("removed the pins in " + accelerator.pinDir());
            }
            for (Flow flow : left) {
                spec.commandLine().getErr().printf("sockway: %s - %s was not drained within %s: it stays readable and goes on by TCP%n",
                        flow.client().local(), flow.server().local(), timeout.toString().substring(2).toLowerCase(Locale.ROOT));
            }
            return left.isEmpty() ? 0 : 1;
        }
    }

    private List<Attachment> named(Accelerator accelerator) {
        if (cgroups.isEmpty()) {
            throw new CommandFailedException("name the cgroups with --cgroup DIR, or say --all; attached are: "
                    + accelerator.attachments().stream().map(a -> a.cgroup().toString()).collect(Collectors.joining(", ")));
        }
        List<Attachment> named = new ArrayList<>();
        for (Path cgroup : cgroups) {
            List<Attachment> found = accelerator.attachments(cgroup);
            if (found.isEmpty()) {
                throw new CommandFailedException(cgroup + " is not attached under " + accelerator.pinDir()
                        + ": 'sockway status' shows what is");
            }
            named.addAll(found);
        }
        return named;
    }
}
