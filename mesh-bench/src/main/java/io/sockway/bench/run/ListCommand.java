package io.sockway.bench.run;

import io.sockway.bench.scenario.Scenario;
import io.sockway.bench.scenario.Topology;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sockway bench list}: names the scenarios that come with Sockway. */
@Command(name = "list", description = "Names the scenarios for 'sockway bench run', and the topologies for scenarios of your own.")
public final class ListCommand implements Callable<Integer> {
    /** As wide as the longest name, telemetry-proxied. */
    private static final String NAME = "  %-18s";

    @Spec
    private CommandSpec spec;

    @Option(names = "--show", paramLabel = "NAME", description = "Print the YAML of this scenario, to start from.")
    private String show;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help and exit.")
    private boolean help;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (show != null) {
            if (!ShippedScenarios.NAMES.contains(show)) {
                spec.commandLine().getErr().println("sockway bench list: no scenario is named '%s'; there are %s".formatted(
                        show, String.join(", ", ShippedScenarios.NAMES)));
                return ExitCode.USAGE;
            }
            out.print(ShippedScenarios.shipped(show));
            out.flush();
            return ExitCode.OK;
        }
        out.println("Scenarios:");
        for (String name : ShippedScenarios.NAMES) {
            Scenario scenario = ShippedScenarios.find(name, false);
            out.printf(NAME + "%s%n" + NAME + "%d variants: %s%n" + NAME + "%s%n", name, scenario.title(), "", scenario.variants().size(),
                    String.join(", ", scenario.variants()), "", Methods.summary(scenario) + " (" + Methods.time(scenario) + ")");
        }
        out.println("Topologies:");
        for (Topology topology : Topologies.ALL) {
            out.printf(NAME + "%s%n", topology.name(), topology.description());
        }
        out.flush();
        return ExitCode.OK;
    }
}
