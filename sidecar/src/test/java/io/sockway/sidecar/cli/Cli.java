package io.sockway.sidecar.cli;

import io.sockway.sidecar.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs the command line in a process of its own, as a user does. */
final class Cli {
    /** How a command ended. */
    record Result(int exitCode, String out, String err) {
        /** The one line on stderr. */
        String errorLine() {
            List<String> lines = err.lines().toList();
            if (lines.size() != 1) {
                throw new AssertionError("not one line: " + err);
            }
            return lines.getFirst();
        }
    }

    private Cli() {
    }

    static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx64m",
                "-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(Arrays.asList(arguments));
        return command;
    }

    static Result run(String... arguments) {
        return execute(command(arguments));
    }

    /** Runs the command through another program, for example setpriv. */
    static Result runUnder(List<String> wrapper, String... arguments) {
        List<String> all = new ArrayList<>(wrapper);
        all.addAll(command(arguments));
        return execute(all);
    }

    private static Result execute(List<String> command) {
        try {
            Process process = new ProcessBuilder(command).start();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("did not end: " + command);
            }
            return new Result(process.exitValue(), out, err);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A {@code sockway run}, or another command that serves, in the background. */
    static final class Sidecar implements AutoCloseable {
        private final Process process;
        private final List<String> lines = new ArrayList<>();
        private final BufferedReader reader;

        /** Starts {@code run} and returns when it serves. */
        Sidecar(String... arguments) {
            this(List.of("run"), arguments);
        }

        /** The same for another command. */
        Sidecar(List<String> command, String... arguments) {
            List<String> all = new ArrayList<>(command);
            if (!List.of(arguments).contains("--admin")) {
                all.addAll(List.of("--admin", "127.0.0.1:0"));
            }
            all.addAll(Arrays.asList(arguments));
            try {
                process = new ProcessBuilder(command(all.toArray(String[]::new))).redirectErrorStream(true).start();
                reader = process.inputReader(StandardCharsets.UTF_8);
                do {
                    lines.add(nextLine());
                } while (!lines.getLast().startsWith("admin "));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Waits for what it says next. */
        String nextLine() {
            try {
                String line = reader.readLine();
                if (line == null) {
                    throw new AssertionError("ended after " + lines);
                }
                return line;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        List<String> lines() {
            return lines;
        }

        /** For example {@code http://127.0.0.1:1234/}. */
        String url() {
            return lines.getLast().split(" ")[1];
        }

        void kill9() {
            process.destroyForcibly();
            join();
        }

        int terminate() {
            process.destroy();
            return join();
        }

        int join() {
            try {
                if (!process.waitFor(10, TimeUnit.SECONDS)) {
                    throw new AssertionError("did not end");
                }
                return process.exitValue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() {
            process.destroyForcibly();
            join();
        }
    }
}
