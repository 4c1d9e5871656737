package io.sockway.bench.cli;

import io.sockway.bench.lab.LabClosedException;
import io.sockway.bench.lab.LabException;
import io.sockway.bench.lab.UnmetRequirementException;
import io.sockway.bench.scenario.ScenarioException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** A command that works in a lab, as a person meets it: wrong options, failures as one line on stderr, exit codes 0, 1, 2 and 130. */
public final class LabCommand {
    /** What shells report for a process that Ctrl-C has ended. */
    private static final int EXIT_INTERRUPTED = 130;

    private final CommandSpec spec;
    private final String words;

    /**
     * Wraps a command.
     *
     * @param words what a person types after {@code sockway}, for example {@code bench hop}
     */
    public LabCommand(CommandSpec spec, String words) {
        this.spec = spec;
        this.words = words;
    }

    /** Does the work and turns its failures into an error line and an exit code. */
    public int run(IntSupplier work) {
        try {
            return work.getAsInt();
        } catch (UnmetRequirementException e) {
            return complain(e, ExitCode.USAGE);
        } catch (ScenarioException e) {
            e.lines().forEach(this::complain);
            return ExitCode.USAGE;
        } catch (LabClosedException e) {
            return EXIT_INTERRUPTED;
        } catch (LabException e) {
            return complain(e, ExitCode.SOFTWARE);
        }
    }

    private int complain(LabException failure, int exitCode) {
        complain(failure.getMessage() + (failure.getCause() == null ? "" : " (" + failure.getCause() + ")"));
        return exitCode;
    }

    private void complain(String line) {
        PrintWriter err = spec.commandLine().getErr();
        err.println("sockway " + words + ": " + line);
        err.flush();
    }

    /** Refuses a number that an option does not take. */
    public void requireRange(String option, int value, int least, int most) {
        if (value < least || value > most) {
            throw new ParameterException(spec.commandLine(), "%s must be %d to %d, not %d".formatted(option, least, most, value));
        }
    }

    /** The constants that an option names; all, if it is not given. */
    public <T extends Enum<T> & Named> List<T> chosen(String option, List<String> names, Class<T> constants) {
        try {
            return names == null ? List.of(constants.getEnumConstants()) : Named.parse(names, constants);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), option + ": " + e.getMessage(), e);
        }
    }

    /** Refuses, before any work is done, files that cannot be written, or more than one that is standard output. */
    public void requireFiles(Stream<Path> files) {
        List<Path> all = files.toList();
        if (all.stream().filter(LabCommand::isStandardOutput).count() > 1) {
            throw new ParameterException(spec.commandLine(), "only one file can be -, which is standard output");
        }
        all.stream().filter(file -> !isStandardOutput(file)).forEach(this::requireFile);
    }

    private void requireFile(Path file) {
        if (Files.isDirectory(file) || !Files.isDirectory(file.toAbsolutePath().getParent())) {
            throw new ParameterException(spec.commandLine(), "cannot write " + file + ": its folder does not exist, or it is one");
        }
        boolean there = Files.exists(file);
        try {
            Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND).close();
            if (!there) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new ParameterException(spec.commandLine(), "cannot write " + file + ": " + reason(e));
        }
    }

    /** Where a person reads how it goes: standard output, unless one of the files is that. */
    public PrintWriter people(Stream<Path> files) {
        return files.anyMatch(LabCommand::isStandardOutput) ? spec.commandLine().getErr() : spec.commandLine().getOut();
    }

    /** Says where the reports are. */
    public static void announce(Stream<Path> files, PrintWriter people) {
        files.filter(file -> !isStandardOutput(file)).forEach(file -> people.println("Report: " + file.toAbsolutePath().normalize()));
        people.flush();
    }

    /** Refuses a folder for logs that is not there. */
    public void requireLogFolder(Optional<Path> logs) {
        logs.filter(folder -> !Files.isDirectory(folder)).ifPresent(folder -> {
            throw new ParameterException(spec.commandLine(), "--logs: no folder at " + folder);
        });
    }

    /** What a person types to run this again. */
    public String commandLine() {
        CommandSpec root = spec.root();
        Stream<String> arguments = root.commandLine().getParseResult().originalArgs().stream()
                .map(argument -> argument.contains(" ") ? "'" + argument + "'" : argument);
        return Stream.concat(Stream.of(root == spec ? "./sockway " + words : "./sockway"), arguments).collect(Collectors.joining(" "));
    }

    /** Writes a report; the file {@code -} is standard output. */
    public void write(Path file, String text) {
        if (isStandardOutput(file)) {
            spec.commandLine().getOut().print(text);
            spec.commandLine().getOut().flush();
            return;
        }
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new LabException("cannot write " + file + ": " + reason(e));
        }
    }

    private static boolean isStandardOutput(Path file) {
        return file.toString().equals("-");
    }

    private static String reason(IOException failure) {
        return switch (failure) {
            case AccessDeniedException denied -> "permission denied";
            case NoSuchFileException missing -> "no such file or folder";
            case FileSystemException other when other.getReason() != null -> other.getReason();
            default -> failure.getMessage();
        };
    }
}
