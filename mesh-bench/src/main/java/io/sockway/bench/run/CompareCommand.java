package io.sockway.bench.run;

import io.sockway.bench.cli.LabCommand;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sockway bench compare}: two runs side by side. */
@Command(name = "compare", sortOptions = false, usageHelpAutoWidth = true,
        description = {
            "Shows two runs of 'sockway bench run --json' side by side: for each variant, load and metric the medians and their change.",
            "",
            "A change for the worse by more than the threshold is a regression if all rounds of B are also worse than the median of A, so "
                + "that one odd round is none.",
            ""},
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:no regression",
            "1:a regression, or a variant that was valid in A is not in B, or is missing",
            "2:wrong options, or a file is no such report"})
public final class CompareCommand implements Callable<Integer> {
    private static final double PERCENT = 100;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "A.json", description = "The run to compare to.")
    private Path before;

    @Parameters(index = "1", paramLabel = "B.json", description = "The run in question.")
    private Path after;

    @Option(names = "--threshold", paramLabel = "PERCENT",
            description = "How much worse a metric may be, in percent (default: ${DEFAULT-VALUE}).")
    private double threshold = 10;

    @Option(names = "--metrics", paramLabel = "NAME", split = ",",
            description = "Which metrics count, by their names in the JSON (default: rps, p50_us, cpu_us_per_request).")
    private List<String> metrics = List.of("rps", "p50_us", "cpu_us_per_request");

    @Option(names = "--ratios", description = "Compare each variant's ratio to its baseline instead: for runs on different machines.")
    private boolean ratios;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help and exit.")
    private boolean help;

    @Override
    public Integer call() {
        if (!(threshold >= 0 && threshold <= 1_000)) {
            throw new ParameterException(spec.commandLine(), "--threshold must be 0 to 1000 percent, not " + threshold);
        }
        LabCommand command = new LabCommand(spec, "bench compare");
        PrintWriter out = spec.commandLine().getOut();
        return command.run(() -> {
            Difference difference = Difference.of(SavedRun.read(before), SavedRun.read(after), metrics, ratios, threshold / PERCENT);
            out.print(difference.text());
            out.flush();
            return difference.regressed() ? ExitCode.SOFTWARE : ExitCode.OK;
        });
    }
}
