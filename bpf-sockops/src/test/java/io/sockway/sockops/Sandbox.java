package io.sockway.sockops;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/** A network namespace and a cgroup of its own, with one process in both that does what a test asks of its sockets. */
public final class Sandbox implements AutoCloseable {
    static final String POD_ADDRESS = "10.0.0.5";

    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final String name = "sockway-test-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();
    private final Path cgroup = cgroupRoot().resolve(name);
    private Process actor;
    private PrintWriter commands;
    private BufferedReader answers;

    public Sandbox() {
        try {
            Files.createDirectory(cgroup);
            run("ip", "netns", "add", name);
            inside("ip", "link", "set", "lo", "up");
            inside("ip", "addr", "add", POD_ADDRESS + "/32", "dev", "lo");
            inside("ip", "route", "add", "default", "dev", "lo", "src", POD_ADDRESS);
            inside("ip", "-6", "route", "add", "default", "dev", "lo");
            actor = start("ip", "netns", "exec", name, "python3", "-c", resource("/actor.py"));
            commands = new PrintWriter(actor.outputWriter(StandardCharsets.UTF_8), true);
            answers = actor.inputReader(StandardCharsets.UTF_8);
            expect("ready", answers.readLine(), "start of the actor");
        } catch (IOException e) {
            close();
            throw new UncheckedIOException(e);
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    public static Path cgroupRoot() {
        try {
            return Files.readAllLines(Path.of("/proc/mounts")).stream().map(line -> line.split(" "))
                    .filter(fields -> fields[2].equals("cgroup2")).map(fields -> Path.of(fields[1])).findFirst()
                    .orElseThrow(() -> new IllegalStateException("no cgroup2 is mounted"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts a program in this cgroup. */
    public Process start(String... command) throws IOException {
        List<String> entering = new ArrayList<>(List.of("sh", "-c", "echo $$ > " + cgroup + "/cgroup.procs && exec \"$@\"", "sh"));
        entering.addAll(Arrays.asList(command));
        return new ProcessBuilder(entering).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    public Path cgroup() {
        return cgroup;
    }

    public String namespace() {
        return name;
    }

    /** Sends a command to the actor and returns its answer, which must not be an error. */
    public String ask(String command) {
        commands.println(command);
        try {
            String answer = answers.readLine();
            if (answer == null || answer.startsWith("error")) {
                throw new AssertionError(command + " -> " + answer);
            }
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public long askNumber(String command) {
        String answer = ask(command);
        return answer.equals("ok") ? 0 : Long.parseLong(answer);
    }

    /** Sends a command without waiting; {@link #answer()} gets the answer. */
    public void tell(String command) {
        commands.println(command);
    }

    public String answer() {
        try {
            String answer = answers.readLine();
            if (answer == null || answer.startsWith("error")) {
                throw new AssertionError(answer);
            }
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Connects a to b over a listener that is made for them. */
    public void connectPair(String a, String b, String family, String address, int port) {
        ask("listen " + b + "-l " + family + " " + address + " " + port);
        ask("connect " + a + " " + family + " " + address + " " + port);
        ask("accept " + b + " " + b + "-l " + a);
    }

    /** Joins the two by a veth with addresses 10.200.0.1 here and 10.200.0.2 there; it goes with either. */
    void join(Sandbox peer) {
        String veth = "t" + ProcessHandle.current().pid() % 100000 + "x" + COUNT.incrementAndGet() % 1000;
        run("ip", "link", "add", veth + "a", "type", "veth", "peer", "name", veth + "b");
        run("ip", "link", "set", veth + "a", "netns", name);
        run("ip", "link", "set", veth + "b", "netns", peer.name);
        inside("ip", "addr", "add", "10.200.0.1/24", "dev", veth + "a");
        peer.inside("ip", "addr", "add", "10.200.0.2/24", "dev", veth + "b");
        inside("ip", "link", "set", veth + "a", "up");
        peer.inside("ip", "link", "set", veth + "b", "up");
    }

    /** Runs a program in the namespace. */
    public void inside(String... command) {
        String[] all = new String[command.length + 4];
        System.arraycopy(new String[] {"ip", "netns", "exec", name}, 0, all, 0, 4);
        System.arraycopy(command, 0, all, 4, command.length);
        run(all);
    }

    public static void run(String... command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new AssertionError(String.join(" ", command) + ": " + output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public static void eventually(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + PATIENCE.toSeconds() + " s: " + what);
            }
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = Sandbox.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void expect(String want, String got, String what) {
        if (!want.equals(got)) {
            throw new AssertionError(what + ": " + got);
        }
    }

    @Override
    public void close() {
        try {
            if (commands != null) {
                commands.close();
            }
            if (actor != null && !actor.waitFor(2, TimeUnit.SECONDS)) {
                actor.destroyForcibly().waitFor();
            }
            if (Files.exists(Path.of("/run/netns", name))) {
                run("ip", "netns", "delete", name);
            }
            eventually("cgroup " + cgroup + " is empty", () -> !Files.exists(cgroup) || cgroup.toFile().delete());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
