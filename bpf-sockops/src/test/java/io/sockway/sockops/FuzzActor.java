package io.sockway.sockops;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process in a sandbox that executes lists of socket operations: {@code fuzz.py}. */
final class FuzzActor implements AutoCloseable {
    private final Process process;
    private final PrintWriter lists;
    private final BufferedReader answers;
    private final String prefix;

    /**
     * Starts the process.
     *
     * @param warm whether connections are made active before they are used
     */
    FuzzActor(Sandbox sandbox, boolean warm, int connections) throws IOException {
        prefix = (warm ? "warm " : "plain ") + connections + " ";
        try (InputStream script = FuzzActor.class.getResourceAsStream("/fuzz.py")) {
            process = sandbox.start("ip", "netns", "exec", sandbox.namespace(), "python3", "-c",
                    new String(script.readAllBytes(), StandardCharsets.UTF_8));
        }
        lists = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
        answers = process.inputReader(StandardCharsets.UTF_8);
        if (!"ready".equals(answers.readLine())) {
            throw new AssertionError("the actor did not start");
        }
    }

    /** Starts a list, which goes on in the background until {@link #answer()}. */
    void tell(List<FlowFuzz.Step> steps) {
        lists.println(prefix + String.join(" ", steps.stream().map(FlowFuzz.Step::toString).toList()));
    }

    /** What each step of the list showed. */
    List<String> answer() {
        try {
            String line = answers.readLine();
            if (line == null || line.startsWith("error")) {
                throw new AssertionError(line);
            }
            return line.isEmpty() ? List.of() : List.of(line.split(" "));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        lists.close();
        try {
            if (!process.waitFor(2, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
