package io.sockway.xds.stats;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process that writes a slab with the plugin's own code: see {@code writer.c}. */
final class SlabWriter implements AutoCloseable {
    private final Process process;
    private final Writer commands;
    private final BufferedReader answers;

    SlabWriter(Path folder, int workers, int maxSeries) {
        try {
            // Envoy may be started with any umask.
            process = new ProcessBuilder("sh", "-c", "umask 077; exec \"$0\" \"$@\"", program(),
                    folder.toString(), Integer.toString(workers), Integer.toString(maxSeries), "60")
                    .redirectError(ProcessBuilder.Redirect.INHERIT).start();
            commands = process.outputWriter();
            answers = process.inputReader();
            expect("ready");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Counts requests of 5 ms and 1,000 bytes that come from a workload. */
    void add(int worker, String workload, long requests, long nowSeconds) {
        send("add %d %s %d %d".formatted(worker, workload, requests, nowSeconds));
        expect("ok");
    }

    /** Dies in the middle of counting a request. */
    void dieCounting(int worker, String workload) {
        send("tear %d %s 1 1".formatted(worker, workload));
        end();
    }

    /** What the plugin thinks of a configuration. */
    static String check(Path config) throws IOException {
        Process process = new ProcessBuilder(List.of(program(), "check", config.toString())).redirectErrorStream(true).start();
        return new String(process.getInputStream().readAllBytes()).strip();
    }

    private static String program() {
        try {
            return Path.of(SlabWriter.class.getResource("/plugin/writer").toURI()).toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private void send(String command) {
        try {
            commands.write(command + "\n");
            commands.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void expect(String answer) {
        try {
            String line = answers.readLine();
            if (!answer.equals(line)) {
                throw new IllegalStateException("the writer says " + line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        end();
    }

    /** Ends the process, which makes the slab final. */
    void end() {
        try {
            commands.close();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
