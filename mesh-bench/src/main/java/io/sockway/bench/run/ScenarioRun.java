package io.sockway.bench.run;

import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.Tool;
import io.sockway.bench.report.Goal;
import io.sockway.bench.report.Machine;
import io.sockway.bench.report.Report;
import io.sockway.bench.scenario.Scenario;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A scenario from the opening of its lab to its report. */
public final class ScenarioRun {
    private ScenarioRun() {
    }

    /**
     * Runs a scenario whose programs were found, and leaves nothing behind.
     *
     * @param command what a person has to type to do it again
     * @param logs where the output of all processes is kept, if anywhere
     * @param progress hears of each slice
     */
    public static Report run(Scenario scenario, String command, Optional<Path> logs, PrintWriter progress) {
        Instant started = Instant.now();
        Machine machine = Machine.here(Map.of());
        try (Lab lab = Lab.open(logs)) {
            return lab.run(() -> {
                List<Goal> goals = new ArrayList<>(scenario.blueprint().demonstrate(lab, progress));
                Runner.Results results = Runner.run(scenario, lab, machine.softIrqApart(), progress);
                goals.addAll(scenario.blueprint().goals(results.comparisons()));
                goals.addAll(GeneratorGoals.judge(scenario, results.comparisons()));
                return new Report(scenario.name(), command, started, Machine.here(versions(scenario, results)), results.comparisons(),
                        results.skipped(), results.redone(), goals);
            });
        }
    }

    private static Map<String, String> versions(Scenario scenario, Runner.Results results) {
        Map<String, String> versions = new LinkedHashMap<>();
        results.sockwayVersion().ifPresent(version -> versions.put("sockway", version));
        versions.putAll(scenario.blueprint().versions());
        scenario.allGenerators().forEach(generator -> generator.tool().ifPresentOrElse(tool -> {
            if (Tool.find(tool.executable()).isPresent()) {
                versions.put(tool.executable(), tool.version());
            }
        }, () -> versions.put("java", Runtime.version().toString())));
        return versions;
    }
}
