package io.sockway.bench.soak;

import io.sockway.bench.lab.Await;
import io.sockway.bench.lab.IpFamily;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.LabException;
import io.sockway.bench.lab.LabProcess;
import io.sockway.bench.lab.Pod;
import io.sockway.bench.lab.ProcessSpec;
import io.sockway.bench.lab.ServiceRedirect;
import io.sockway.bench.lab.Sockway;
import io.sockway.bench.lab.User;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One soak: a pod with two clients and two servers, Sockway attached to it, and what disturbs Sockway. */
final class Soak {
    private static final Duration START_LIMIT = Duration.ofSeconds(30);
    /** Longer than a peer waits before it complains of a stalled connection. */
    private static final Duration END_LIMIT = Duration.ofSeconds(90);
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final Duration REPORT_INTERVAL = Duration.ofSeconds(5);
    private static final double MEBI = 1 << 20;

    private final SoakSettings settings;
    private final Lab lab;
    private final PrintWriter out;
    private final List<LabProcess> servers = new ArrayList<>();
    private final List<LabProcess> clients = new ArrayList<>();
    private final long started = System.nanoTime();

    Soak(SoakSettings settings, Lab lab, PrintWriter out) {
        this.settings = settings;
        this.lab = lab;
        this.out = out;
    }

    /** Runs to the end, or to the first difference; empty if there was none. */
    Optional<String> run() {
        Pod pod = lab.pod("soak", 1, IpFamily.IPV4, OptionalInt.empty());
        for (IpFamily family : IpFamily.values()) {
            ServiceRedirect.apply(pod, family, Stream.of(Route.Stack.values())
                    .collect(Collectors.toMap(Route.Stack::redirected, Route.Stack::listening)));
        }
        Sockway sockway = Sockway.start(lab.scope(), lab, lab.hostProcesses("sockway"), settings.sockway(), List.of(pod), List.of());
        for (Route.Stack stack : Route.Stack.values()) {
            servers.add(start(pod, stack, "server"));
        }
        sockway.awaitAttached();
        servers.forEach(server -> server.awaitLine(Peer.READY, START_LIMIT));
        for (Route.Stack stack : Route.Stack.values()) {
            long routes = Arrays.stream(Route.values()).filter(route -> route.stack() == stack).count();
            long share = Math.ceilDiv(settings.connections() * routes, Route.values().length);
            clients.add(start(pod, stack, "client", Long.toString(share), Long.toString(settings.duration().toSeconds())));
        }

        Disturbances disturbances = new Disturbances(sockway, settings.seed());
        CompletableFuture<Void> disturbing = new CompletableFuture<>();
        Thread.ofPlatform().name("disturbances").daemon().start(() -> {
            try {
                disturbances.run();
                disturbing.complete(null);
            } catch (RuntimeException e) {
                disturbing.completeExceptionally(e);
            }
        });
        Optional<String> difference = watch(disturbances, disturbing);
        disturbances.stop();
        if (difference.isEmpty()) {
            join(disturbing);
            report("total", disturbances.counts());
            if (disturbances.counts().redirected() == 0) {
                throw new LabException("Sockway redirected nothing, so nothing was tried");
            }
        } else {
            report("until then", disturbances.counts());
        }
        return difference;
    }

    private LabProcess start(Pod pod, Route.Stack stack, String role, String... more) {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC", "-Xmx128m", "-Djava.net.preferIPv4Stack=" + (stack == Route.Stack.IPV4),
                "-cp", System.getProperty("java.class.path"), Peer.class.getName(),
                role, stack.name(), Long.toString(settings.seed())));
        command.addAll(List.of(more));
        return pod.processes().start(lab.scope(), new ProcessSpec(role + " " + stack.name(), User.ROOT, command));
    }

    /** Returns when all peers have ended well, or with the first difference; fails when something else goes wrong. */
    private Optional<String> watch(Disturbances disturbances, CompletableFuture<Void> disturbing) {
        long reported = System.nanoTime();
        long end = System.nanoTime() + settings.duration().plus(END_LIMIT).toNanos();
        while (peers().anyMatch(LabProcess::alive)) {
            Await.sleep(LOOK);
            Optional<String> difference = peers().map(Soak::difference).flatMap(Optional::stream).findFirst();
            if (difference.isPresent()) {
                return difference;
            }
            peers().filter(peer -> !peer.alive()).forEach(peer -> peer.awaitSuccess(Duration.ZERO));
            if (disturbing.isCompletedExceptionally()) {
                join(disturbing);
            }
            long now = System.nanoTime();
            if (now - reported > REPORT_INTERVAL.toNanos()) {
                reported = now;
                report("%d s".formatted(Duration.ofNanos(now - started).toSeconds()), disturbances.counts());
            }
            if (now - end > 0) {
                throw peers().filter(LabProcess::alive).findFirst().orElseThrow().failure("did not end in time");
            }
        }
        peers().forEach(peer -> peer.awaitSuccess(Duration.ZERO));
        return Optional.empty();
    }

    private static void join(CompletableFuture<Void> work) {
        try {
            work.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof LabException failure ? failure : e;
        }
    }

    private Stream<LabProcess> peers() {
        return Stream.concat(clients.stream(), servers.stream());
    }

    private static Optional<String> difference(LabProcess peer) {
        String output = peer.output();
        return output.substring(0, output.lastIndexOf('\n') + 1).lines()
                .filter(line -> line.startsWith(Peer.DIFFERENCE))
                .map(line -> line.substring(Peer.DIFFERENCE.length()))
                .findFirst();
    }

    private void report(String when, Disturbances.Counts counts) {
        Tally client = tally(clients);
        Tally server = tally(servers);
        double compared = (client.received() + server.received()) / MEBI;
        out.printf("%s: %d connections ended (%d by reset), %.1f MiB compared, %.1f MiB redirected, %d pauses, %d detaches, %d kills%n",
                when, server.connections(), server.resets(), compared, counts.redirected() / MEBI, counts.pauses(), counts.detaches(),
                counts.kills());
        out.flush();
    }

    private static Tally tally(List<LabProcess> processes) {
        return processes.stream().map(LabProcess::output).map(Tally::last).reduce(Tally.ZERO, Tally::plus);
    }
}
