package io.sockway.sidecar.cli;

import io.sockway.node.doctor.Diagnosis;
import io.sockway.node.doctor.DiagnosisJson;
import io.sockway.node.doctor.DiagnosisText;
import io.sockway.node.doctor.Doctor;
import io.sockway.node.host.Host;
import io.sockway.node.host.HostException;
import io.sockway.sidecar.report.Reports;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sockway doctor}. */
@Command(name = "doctor", mixinStandardHelpOptions = true, description = {
    "Look at this node for a second and say what drops, delays or refuses traffic now, why that matters, and what to do.",
    "Changes nothing. As root it sees more; without, it says what it could not see."},
        footer = {"", "Exit codes: 0 nothing found, 1 something found, 2 could not look, or called wrongly."})
final class DoctorCommand implements Callable<Integer> {
    private static final String CLEAR = "\u001b[H\u001b[2J";
    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofHours(24);
    private static final int FOUND = 1;
    private static final int COULD_NOT_LOOK = 2;

    @Option(names = "--json", description = "Print JSON: findings, unseen and notes; with --watch one document a line.")
    private boolean json;

    @Option(names = "--watch", description = "Look again and again until Ctrl-C.")
    private boolean watch;

    @Option(names = "--interval", paramLabel = "TIME", defaultValue = "1s", converter = DurationConverter.class,
            description = "How long to look, for example 500ms, 5s or 1m (default: ${DEFAULT-VALUE}).")
    private Duration interval;

    @Option(names = "--root", paramLabel = "DIR", description = "Look at the node below this folder: its proc and sys, and what ethtool "
            + "('ethtool -i DEVICE' ...), 'tc -s qdisc show' and 'ss -tinHO state established' printed in ethtool/DEVICE/{i,g,l,k,S}, "
            + "tc/qdisc and ss/established. It is read twice, so it may change meanwhile.")
    private Path root;

    @Mixin
    private PinOptions pins;

    @Mixin
    private PodPinOptions podPins;

    @Spec
    private CommandSpec spec;

    private Doctor doctor() {
        return root == null ? new Doctor(Host.live(), new AcceleratorProbe(pins, podPins)) : new Doctor(Host.recorded(root), _ -> {
            throw new HostException("whether Sockway is attached: a folder does not tell");
        });
    }

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        if (interval.compareTo(SHORTEST) < 0 || interval.compareTo(LONGEST) > 0) {
            spec.commandLine().getErr().println(interval.compareTo(SHORTEST) < 0
                    ? "sockway: --interval is too short to count anything: 100ms or more" : "sockway: --interval is too long: 24h or less");
            return COULD_NOT_LOOK;
        }
        try (Doctor doctor = doctor()) {
            Diagnosis diagnosis;
            do {
                diagnosis = doctor.look(interval);
                if (json) {
                    out.println(watch ? DiagnosisJson.of(diagnosis).toString() : Reports.pretty(DiagnosisJson.of(diagnosis)));
                } else {
                    out.print((watch ? CLEAR : "") + DiagnosisText.of(diagnosis));
                }
                out.flush();
            } while (watch && !out.checkError());
            return diagnosis.healthy() ? 0 : FOUND;
        } catch (HostException | UncheckedIOException e) {
            spec.commandLine().getErr().println("sockway: " + e.getMessage());
            return COULD_NOT_LOOK;
        }
    }
}
