package io.sockway.bench.cli;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of every command that works in a lab with Sockway. */
public final class LabOptions {
    @Option(names = "--sockway", paramLabel = "PATH", description = "Sockway's launcher to use (default: the project's own).")
    private Optional<Path> sockway = Optional.empty();

    @Option(names = "--logs", paramLabel = "DIR", description = "Keep the output of all processes in this folder.")
    private Optional<Path> logs = Optional.empty();

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help and exit.")
    private boolean help;

    /** The launcher that a person names. */
    public Optional<Path> sockway() {
        return sockway;
    }

    /** Where output is kept, if a person wants that. */
    public Optional<Path> logs() {
        return logs;
    }
}
