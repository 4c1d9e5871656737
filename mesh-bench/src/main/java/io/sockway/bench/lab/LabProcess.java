package io.sockway.bench.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A process that the lab started. {@link #close()} ends it and its children: asked first, then killed. */
public final class LabProcess implements Resource {
    private static final Duration POLITE = Duration.ofSeconds(2);
    private static final int TAIL_LINES = 12;

    private final String name;
    private final Process process;
    private final Path log;

    LabProcess(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
    }

    public String name() {
        return name;
    }

    public long pid() {
        return process.pid();
    }

    /** Its pid and those of its children that live now. */
    public List<Long> pids() {
        return Stream.concat(Stream.of(pid()), process.descendants().map(ProcessHandle::pid)).toList();
    }

    /** All that it printed so far, standard output and standard error in one. */
    public String output() {
        try {
            return new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new LabException("cannot read " + log, e);
        }
    }

    /** Waits until it ends by itself with exit code 0. */
    public void awaitSuccess(Duration limit) {
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw failure("did not end within %d s".formatted(limit.toSeconds()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted while waiting for " + name, e);
        }
        if (process.exitValue() != 0) {
            throw failure("ended with exit code " + process.exitValue());
        }
    }

    /** Waits until it has printed a line that starts with {@code prefix}, and returns the rest of that line. */
    public String awaitLine(String prefix, Duration limit) {
        Await.until(() -> lineAfter(prefix) != null || !process.isAlive(), limit,
                () -> failure("did not print \"%s\" within %d s".formatted(prefix, limit.toSeconds())).getMessage());
        String rest = lineAfter(prefix);
        if (rest == null) {
            throw failure("ended with exit code " + process.exitValue());
        }
        return rest;
    }

    public boolean alive() {
        return process.isAlive();
    }

    /** Fails if it has ended. */
    public void requireAlive() {
        if (!alive()) {
            throw failure("ended with exit code " + process.exitValue());
        }
    }

    /** An exception that says what happened to this process, with the end of its output. */
    public LabException failure(String what) {
        List<String> lines = output().lines().toList();
        List<String> tail = lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size());
        return new LabException(tail.isEmpty()
                ? "%s %s and printed nothing".formatted(name, what)
                : "%s %s; the end of its output:%n  %s".formatted(name, what, String.join("\n  ", tail)));
    }

    /** Sends it what Ctrl-C in a terminal would, which Java cannot; nothing happens if it has ended. */
    public void interrupt() {
        if (alive()) {
            Command.of("/bin/sh", "-c", "kill -INT \"$0\"", pid()).result();
        }
    }

    /** Ends it at once, unasked, as {@code kill -9} does. */
    public void kill() {
        process.destroyForcibly();
        if (!ended()) {
            throw failure("survived SIGKILL");
        }
    }

    @Override
    public void close() {
        List<ProcessHandle> children = process.descendants().toList();
        process.destroy();
        if (!ended()) {
            process.destroyForcibly();
            children.forEach(ProcessHandle::destroyForcibly);
            ended();
        }
    }

    private boolean ended() {
        try {
            return process.waitFor(POLITE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Only whole lines count: the process may be in the middle of writing one. */
    private String lineAfter(String prefix) {
        String printed = output();
        return printed.substring(0, printed.lastIndexOf('\n') + 1).lines()
                .filter(line -> line.startsWith(prefix))
                .map(line -> line.substring(prefix.length()).strip())
                .findFirst()
                .orElse(null);
    }
}
