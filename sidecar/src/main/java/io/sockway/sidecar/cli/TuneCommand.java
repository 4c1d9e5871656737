package io.sockway.sidecar.cli;

import io.sockway.node.doctor.Diagnosis;
import io.sockway.node.doctor.Doctor;
import io.sockway.node.host.Host;
import io.sockway.node.host.HostException;
import io.sockway.node.tune.Outcome;
import io.sockway.node.tune.Plan;
import io.sockway.node.tune.TuneJson;
import io.sockway.node.tune.TuneText;
import io.sockway.sidecar.report.Reports;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sockway tune} and its subcommands. */
@Command(name = "tune", mixinStandardHelpOptions = true, synopsisSubcommandLabel = "COMMAND",
        description = {"Set this node's kernel and network cards for a mesh, so that every value can be put back.",
            "Former values are on disk before anything changes: 'revert' also works after a crash or a reboot."},
        subcommands = {TuneCommand.PlanCommand.class, TuneCommand.ApplyCommand.class, TuneCommand.RevertCommand.class,
            TuneCommand.VerifyCommand.class})
final class TuneCommand implements Callable<Integer> {
    private static final Duration SAMPLE = Duration.ofSeconds(1);

    @Spec
    private CommandSpec spec;

    /** Called without a subcommand: says which there are. */
    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return ExitCode.USAGE;
    }

    private static Diagnosis diagnose(Host host, PinOptions pins, PodPinOptions podPins) throws InterruptedException {
        try (Doctor doctor = new Doctor(host, new AcceleratorProbe(pins, podPins))) {
            return doctor.look(SAMPLE);
        }
    }

    private static int tell(List<Outcome> outcomes, PrintWriter out) {
        out.print(TuneText.of(outcomes));
        out.flush();
        return exitCode(outcomes);
    }

    private static int exitCode(List<Outcome> outcomes) {
        return outcomes.stream().allMatch(Outcome::done) ? 0 : ExitCode.SOFTWARE;
    }

    /** {@code sockway tune plan}. */
    @Command(name = "plan", mixinStandardHelpOptions = true,
            description = "Show what 'apply' would change, and why. Changes nothing, and needs no root.")
    static final class PlanCommand implements Callable<Integer> {
        @Mixin
        private TuneRequestOptions request;

        @Option(names = "--json", description = "Print JSON: each setting with its value now, the planned one, the reason and the command.")
        private boolean json;

        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() {
            Plan plan = request.plan(Host.live());
            PrintWriter out = spec.commandLine().getOut();
            if (json) {
                out.println(Reports.pretty(TuneJson.of(plan)));
            } else {
                out.print(TuneText.of(plan));
            }
            out.flush();
            return 0;
        }
    }

    /** {@code sockway tune apply}. */
    @Command(name = "apply", mixinStandardHelpOptions = true, description = {
        "Make the changes that 'plan' shows, and write /etc/sysctl.d and /etc/udev/rules.d files so that they last.",
        "Applied again, it changes nothing. A setting that is better already is left as it is."},
            footer = {"", "Exit codes: 0 all done, 1 something was refused, 2 called wrongly."})
    static final class ApplyCommand implements Callable<Integer> {
        @Mixin
        private TuneRequestOptions request;

        @Mixin
        private TuneFileOptions files;

        @Mixin
        private PinOptions pins;

        @Mixin
        private PodPinOptions podPins;

        @Option(names = "--no-sample", description = "Do not look with 'doctor' for a second first; 'verify' then has nothing to compare "
                + "with.")
        private boolean noSample;

        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() throws InterruptedException {
            PrintWriter out = spec.commandLine().getOut();
            Host host = Host.live();
            Plan plan = request.plan(host);
            out.print(TuneText.of(plan));
            out.flush();
            Diagnosis before = noSample || plan.changes().isEmpty() ? null : diagnose(host, pins, podPins);
            List<Outcome> outcomes = files.tuner(host).apply(request.label(), plan, before);
            if (outcomes.isEmpty() && plan.refused().isEmpty()) {
                out.println("nothing to do");
            } else if (!outcomes.isEmpty()) {
                out.println("applied");
            }
            if (!files.lasting(host)) {
                out.println("for now only: files in /etc would change the whole node, and this is another network namespace (--prefix "
                        + "DIR)");
            }
            return Math.max(tell(outcomes, out), plan.refused().isEmpty() ? 0 : ExitCode.SOFTWARE);
        }
    }

    /** {@code sockway tune revert}. */
    @Command(name = "revert", mixinStandardHelpOptions = true,
            description = "Put back every value that 'apply' changed, and take away its files. What someone else changed since is left "
                    + "alone.",
            footer = {"", "Exit codes: 0 all put back, 1 something was left, 2 called wrongly."})
    static final class RevertCommand implements Callable<Integer> {
        @Mixin
        private TuneFileOptions files;

        @Option(names = "--force", description = "Also put back what someone else has changed since.")
        private boolean force;

        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() {
            PrintWriter out = spec.commandLine().getOut();
            List<Outcome> outcomes = files.tuner(Host.live()).revert(force);
            out.println(outcomes.isEmpty() ? "nothing to put back: no journal in " + files.journal() : "reverted");
            return tell(outcomes, out);
        }
    }

    /** {@code sockway tune verify}. */
    @Command(name = "verify", mixinStandardHelpOptions = true,
            description = "Tell whether each change is still in place, and whether what 'doctor' found before it has gone.",
            footer = {"", "Exit codes: 0 all kept, 1 something was changed since or nothing was applied, 2 called wrongly."})
    static final class VerifyCommand implements Callable<Integer> {
        @Mixin
        private TuneFileOptions files;

        @Mixin
        private PinOptions pins;

        @Mixin
        private PodPinOptions podPins;

        @Option(names = "--json", description = "Print JSON: each setting with whether it was kept, and findings before and now.")
        private boolean json;

        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() throws InterruptedException {
            PrintWriter out = spec.commandLine().getOut();
            Host host = Host.live();
            List<Outcome> outcomes = files.tuner(host).verify();
            if (outcomes.isEmpty()) {
                throw new HostException("nothing is applied: no journal in " + files.journal());
            }
            Map<String, String> before = files.tuner(host).findingsBefore();
            if (json) {
                out.println(Reports.pretty(TuneJson.of(outcomes, before, findings(host))));
                out.flush();
                return exitCode(outcomes);
            }
            int result = tell(outcomes, out);
            Map<String, String> now = findings(host);
            before.forEach((id, evidence) -> out.printf("%s before: %s%n%s now:    %s%n", id, evidence, " ".repeat(id.length()),
                    now.getOrDefault(id, "gone")));
            now.keySet().stream().filter(id -> !before.containsKey(id))
                    .forEach(id -> out.printf("%s is new: %s%n", id, now.get(id)));
            return result;
        }

        /** The first evidence of each, by id. */
        private Map<String, String> findings(Host host) throws InterruptedException {
            Map<String, String> now = new TreeMap<>();
            diagnose(host, pins, podPins).findings().forEach(finding -> now.putIfAbsent(finding.id(), finding.evidence().getFirst()));
            return now;
        }
    }
}
