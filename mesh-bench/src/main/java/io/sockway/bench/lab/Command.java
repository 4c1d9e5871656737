package io.sockway.bench.lab;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A short-lived tool that is run to its end.
 *
 * @param arguments the executable and its arguments
 * @param input what it reads on its standard input
 * @param limit how long it may take
 */
public record Command(List<String> arguments, String input, Duration limit) {
    private static final Duration DEFAULT_LIMIT = Duration.ofSeconds(20);

    /**
     * What the tool printed and how it ended.
     *
     * @param exitCode 0 for success
     * @param output its standard output
     * @param errors its standard error
     */
    public record Result(int exitCode, String output, String errors) {
    }

    /** A command without input. */
    public static Command of(Object... arguments) {
        return new Command(List.of(arguments).stream().map(Object::toString).toList(), "", DEFAULT_LIMIT);
    }

    public Command withInput(String text) {
        return new Command(arguments, text, limit);
    }

    public Command withLimit(Duration duration) {
        return new Command(arguments, input, duration);
    }

    /** Runs it and returns its standard output; any exit code but 0 is a failure. */
    public String run() {
        Result result = result();
        if (result.exitCode() != 0) {
            String said = (result.errors().isBlank() ? result.output() : result.errors()).strip();
            throw new LabException("%s failed (exit %d)%s".formatted(
                    String.join(" ", arguments), result.exitCode(), said.isEmpty() ? "" : ": " + said));
        }
        return result.output();
    }

    /** Runs it, however it ends. */
    public Result result() {
        ProcessBuilder builder = new ProcessBuilder(arguments);
        builder.environment().put("LC_ALL", "C");
        try {
            Process process = builder.start();
            CompletableFuture<String> output = drain(process.getInputStream());
            CompletableFuture<String> errors = drain(process.getErrorStream());
            try (OutputStream standardInput = process.getOutputStream()) {
                standardInput.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // It ended without reading all of its input, and its exit code says more than the broken pipe.
            }
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new LabException("%s did not end within %d s".formatted(String.join(" ", arguments), limit.toSeconds()));
            }
            return new Result(process.exitValue(), output.join(), errors.join());
        } catch (IOException e) {
            throw new LabException("cannot run " + arguments.getFirst(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted while running " + arguments.getFirst(), e);
        }
    }

    private static CompletableFuture<String> drain(InputStream stream) {
        CompletableFuture<String> text = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try (stream) {
                text.complete(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                text.completeExceptionally(new UncheckedIOException(e));
            }
        });
        return text;
    }
}
