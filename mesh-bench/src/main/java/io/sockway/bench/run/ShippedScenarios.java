package io.sockway.bench.run;

import io.sockway.bench.lab.UnmetRequirementException;
import io.sockway.bench.scenario.Scenario;
import io.sockway.bench.scenario.ScenarioReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Finds scenarios: those that come with the program, by name, and others by file. */
final class ShippedScenarios {
    static final List<String> NAMES = List.of("pod", "pod-rates", "tcp", "network", "node", "telemetry", "telemetry-proxied",
            "generators", "generators-rates");

    private ShippedScenarios() {
    }

    /**
     * Reads a scenario.
     *
     * @param what a name, or a file
     */
    static Scenario find(String what, boolean quick) {
        if (NAMES.contains(what)) {
            return ScenarioReader.read(what + ".yaml", shipped(what), quick, Topologies.ALL);
        }
        Path file = Path.of(what);
        if (!Files.isRegularFile(file)) {
            throw new UnmetRequirementException("no scenario and no file '" + what + "'", "there are " + String.join(", ", NAMES)
                    + "; or name a YAML file");
        }
        try {
            return ScenarioReader.read(what, Files.readString(file), quick, Topologies.ALL);
        } catch (IOException e) {
            throw new UnmetRequirementException("cannot read " + what + " as UTF-8 text", "name a YAML file");
        }
    }

    /** The text of a scenario that comes with the program. */
    static String shipped(String name) {
        try (InputStream stream = Scenario.class.getResourceAsStream(name + ".yaml")) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the scenario " + name, e);
        }
    }
}
