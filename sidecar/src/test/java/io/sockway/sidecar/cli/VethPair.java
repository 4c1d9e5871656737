package io.sockway.sidecar.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Two network namespaces of their own with a veth between them: {@code va} 10.9.0.1 and {@code vb} 10.9.0.2. */
final class VethPair implements AutoCloseable {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final String left = "sockway-l-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();
    private final String right = left.replace("-l-", "-r-");
    private final List<Process> started = new ArrayList<>();

    VethPair() {
        try {
            run("ip", "netns", "add", left);
            run("ip", "netns", "add", right);
            run("ip", "link", "add", "va", "netns", left, "type", "veth", "peer", "name", "vb", "netns", right);
            run("ip", "-n", left, "addr", "add", "10.9.0.1/24", "dev", "va");
            run("ip", "-n", right, "addr", "add", "10.9.0.2/24", "dev", "vb");
            for (String link : List.of("lo", "va")) {
                run("ip", "-n", left, "link", "set", link, "up");
            }
            for (String link : List.of("lo", "vb")) {
                run("ip", "-n", right, "link", "set", link, "up");
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    List<String> inLeft() {
        return List.of("ip", "netns", "exec", left);
    }

    List<String> inRight() {
        return List.of("ip", "netns", "exec", right);
    }

    /** Runs a program to its end and returns what it printed. */
    static String run(List<String> where, String... command) {
        List<String> all = new ArrayList<>(where);
        all.addAll(Arrays.asList(command));
        return run(all.toArray(String[]::new));
    }

    static String run(String... command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new AssertionError(String.join(" ", command) + ": " + out);
            }
            return out;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Starts a Python program there, which says "ready" when it is, and ends with this. */
    Process python(List<String> where, String program) {
        try {
            List<String> command = new ArrayList<>(where);
            command.addAll(List.of("python3", "-u", "-c", program));
            Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
            started.add(process);
            String line = process.inputReader(StandardCharsets.UTF_8).readLine();
            if (!"ready".equals(line)) {
                throw new AssertionError("not ready but " + line);
            }
            return process;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        started.forEach(Process::destroyForcibly);
        for (String name : List.of(left, right)) {
            try {
                new ProcessBuilder("ip", "netns", "del", name).redirectErrorStream(true).start().waitFor();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
