package io.sockway.bench.turns;

import io.sockway.bench.lab.Control;
import io.sockway.bench.lab.LabException;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The process that loads listeners in turn. Each line of its control socket is a {@link TurnOrder}, answered by {@link TurnTimes}. */
final class TurnAgent {
    static final String DONE = "done";

    /** Turns of each listener that do not count, for this JVM's compiler and the other process's caches. */
    static final int WARM_UP = 10;

    private TurnAgent() {
    }

    /** {@code arguments} is the path of the control socket. */
    public static void main(String[] arguments) throws IOException {
        Control.serve(arguments[0], TurnAgent::obey);
    }

    private static void obey(String order, PrintWriter answers) {
        try {
            answers.println(DONE + " " + run(TurnOrder.parse(order)).toJson());
        } catch (IOException | LabException e) {
            answers.println(Control.FAILED + " " + e.getMessage());
        }
    }

    private static TurnTimes run(TurnOrder order) throws IOException {
        List<TurnLoad> loads = new ArrayList<>();
        try {
            for (int port : order.ports()) {
                loads.add(new TurnLoad(new InetSocketAddress(order.host(), port), order.path(), order.connections(), order.rate()));
            }
            return run(order, loads);
        } finally {
            for (TurnLoad load : loads) {
                load.close();
            }
        }
    }

    private static TurnTimes run(TurnOrder order, List<TurnLoad> loads) throws IOException {
        List<List<Double>> micros = Stream.<List<Double>>generate(ArrayList::new).limit(loads.size()).toList();
        long[] answered = new long[loads.size()];
        long[] nanos = new long[loads.size()];
        for (int turn = -WARM_UP; turn < order.turns(); turn++) {
            for (int i = 0; i < loads.size(); i++) {
                // Each round begins with another one, so that none always follows the same.
                int load = Math.floorMod(i + turn, loads.size());
                long begin = System.nanoTime();
                long before = cpuNanos(order.process());
                long answers = loads.get(load).run(order.turnNanos());
                long used = cpuNanos(order.process()) - before;
                if (turn >= 0) {
                    micros.get(load).add(used / 1e3 / answers);
                    answered[load] += answers;
                    nanos[load] += System.nanoTime() - begin;
                }
            }
        }
        List<Double> rates = new ArrayList<>();
        for (int load = 0; load < loads.size(); load++) {
            rates.add(answered[load] * 1e9 / nanos[load]);
        }
        return new TurnTimes(micros, rates);
    }

    /** What all threads of a process have used, as the scheduler has it. */
    private static long cpuNanos(long process) throws IOException {
        long sum = 0;
        try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(process), "task"))) {
            for (Path thread : threads.toList()) {
                String text = Files.readString(thread.resolve("schedstat"));
                sum += Long.parseLong(text.substring(0, text.indexOf(' ')));
            }
        }
        return sum;
    }
}
