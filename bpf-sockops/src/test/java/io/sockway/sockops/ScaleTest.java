package io.sockway.sockops;

import static org.assertj.core.api.Assertions.assertThat;

import io.sockway.bpf.BpfMap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Many connections at once, and many one after the other: what they cost, and that none is lost. The figures are printed.
 *
 * <p>{@code -Dsockway.scale.row=100000} is the full number of the latter, {@code -Dsockway.scale.flows=N} and
 * {@code -Dsockway.scale.most=N} change the former.
 */
class ScaleTest {
    /** Processes that share the flows, since one may not have descriptors enough. */
    private static final int HELPERS = 4;
    private static final int FLOWS = Integer.getInteger("sockway.scale.flows", 20_000) / (5 * HELPERS) * (5 * HELPERS);
    private static final int ROW = Integer.getInteger("sockway.scale.row", 5_000);
    /** Fewer than there are connections. */
    private static final int MOST = Integer.getInteger("sockway.scale.most", FLOWS / 5 * 3);
    /** A number of places that some short connections fill. */
    private static final int SMALL = 32;
    private static final int PORT = 8080;
    private static final int ADDRESSES = 8;
    private static final int SIZE = 300;
    private static final int PASSES = 40;
    private static final int SAMPLES = 5;
    private static final long MIB = 1 << 20;
    /** Limits far above what was seen, to notice a flow that costs ten times as much. */
    private static final long BYTES_PER_FLOW = 24 << 10;
    private static final Duration PASS = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final Duration IDLE = Duration.ofSeconds(2);
    private static final Pattern SLAB = Pattern.compile("SUnreclaim: +(\\d+) kB");
    private static final Pattern PER_CPU = Pattern.compile("Percpu: +(\\d+) kB");
    private static final Pattern MAP_ID = Pattern.compile("^map_id:\\s+(\\d+)$", Pattern.MULTILINE);
    private static final Pattern MEMLOCK = Pattern.compile("^memlock:\\s+(\\d+)$", Pattern.MULTILINE);

    private Sandbox pod;

    @BeforeEach
    void makePod() {
        pod = new Sandbox();
    }

    @AfterEach
    void removePod() {
        pod.close();
    }

    @Test
    void shouldServeSomeOfManyAndLeaveTheOthersOnTcp() throws InterruptedException {
        try (KernelFixture sockway = new KernelFixture(settings(MOST), pod).withoutEnroller()) {
            Accelerator accelerator = sockway.accelerator();
            long emptyMaps = mapBytes(accelerator);
            pod.ask("helpers " + HELPERS);
            pod.ask("all_help everywhere l 808#");
            timed("connecting " + FLOWS, () -> pod.ask("all_help crowd c l 808# " + FLOWS / HELPERS + " " + ADDRESSES));
            timed("5 turns of all by TCP", () -> assertThat(talk(5)).isEqualTo(FLOWS));
            long mapsBefore = mapBytes(accelerator);
            long kernelBefore = kernelBytes();

            List<Long> passes = passesUntilSettled(accelerator, FLOWS);
            long kernel = kernelBytes() - kernelBefore;
            long maps = mapBytes(accelerator);
            print("%d flows of %d active after %d passes of %s ms; a pass that finds nothing to do takes %s ms", MOST, FLOWS, passes.size(),
                    passes, passTimes(accelerator));
            print("maps: %.1f MiB empty, %.1f MiB full, %d bytes for each flow; kernel memory: %.1f MiB, %d bytes for each flow",
                    (double) emptyMaps / MIB, (double) maps / MIB, (maps - mapsBefore) / MOST, (double) kernel / MIB, kernel / MOST);
            assertThat(maps - mapsBefore).isBetween((long) MOST * Layouts.FLOW.byteSize(), MOST * BYTES_PER_FLOW);
            assertThat(kernel).isLessThan(MOST * BYTES_PER_FLOW);
            assertThat(accelerator.flowTotals().states().get(FlowState.ACTIVE)).isEqualTo(MOST);

            timed("2 turns of all", () -> shouldCarryTheRestByTcp(accelerator, FLOWS));
            leaveIdle(accelerator);
            timed("2 turns of all after idling", () -> shouldCarryTheRestByTcp(accelerator, FLOWS));

            end(FLOWS / 5);
            passesUntilSettled(accelerator, FLOWS / 5 * 4);
            shouldCarryTheRestByTcp(accelerator, FLOWS / 5 * 4);
            end(FLOWS / 5 * 2);
            passesUntilSettled(accelerator, FLOWS / 5 * 2);
            shouldCarryTheRestByTcp(accelerator, FLOWS / 5 * 2);

            timed("end of the last " + FLOWS / 5 * 2, () -> end(FLOWS / 5 * 2));
            assertThat(accelerator.flows()).isEmpty();
            assertThat(mapBytes(accelerator)).as("maps after all have ended").isLessThanOrEqualTo(mapsBefore + MIB);
            assertThat(accelerator.counters().closed()).isEqualTo(accelerator.counters().paired());
        }
    }

    @Test
    void shouldCarryManyConnectionsInARow() {
        try (KernelFixture sockway = new KernelFixture(settings(SMALL), pod)) {
            pod.ask("everywhere l " + PORT);
            timed(ROW + " connections in a row", () -> pod.ask("in_a_row l " + PORT + " " + ROW + " " + ADDRESSES + " " + SIZE));
            Counters counters = sockway.accelerator().counters();
            print("%d were paired, %d enrolled, %d bytes redirected", counters.paired(), counters.enrolled(), counters.redirectedBytes());
            assertThat(counters.ends()).isEqualTo(2L * ROW);
            assertThat(counters.redirectedBytes()).isPositive();
            Sandbox.eventually("no flow is left", () -> sockway.flows().isEmpty());
            pod.ask("crowd later l " + PORT + " 10 1");
            Sandbox.eventually("later connections are redirected", () -> pod.askNumber("crowd_talks later 100 5") == 0);
        }
    }

    /** Neither flows that end before both ends have joined them nor those without callbacks hold their places for long. */
    @Test
    void shouldGiveThePlacesOfLostFlowsToLaterOnes() throws InterruptedException {
        pod.ask("everywhere l " + PORT);
        pod.ask("crowd older l " + PORT + " " + SMALL + " 1");
        try (KernelFixture sockway = new KernelFixture(settings(SMALL), pod)) {
            Sandbox.eventually("older connections are redirected", () -> pod.askNumber("crowd_talks older 100 5") == 0);
            pod.ask("crowd_parts older " + SMALL);
            long began = System.nanoTime();
            pod.ask("crowd later l " + PORT + " " + SMALL + " 1");
            while (pod.askNumber("crowd_talks later 100 5") != 0) {
                assertThat(Duration.ofNanos(System.nanoTime() - began)).as("%s refused, %s", sockway.accelerator().refusedFlows(),
                        sockway.accelerator().flowTotals()).isLessThan(PATIENCE);
                Thread.sleep(100);
            }
            print("places of %d lost flows were free after %.1f s", SMALL, (System.nanoTime() - began) / 1e9);
            assertThat(entries(sockway.accelerator(), "queued")).as("members that are noted").isLessThanOrEqualTo(2L * SMALL);
        }
    }

    private static Settings settings(int maxFlows) {
        return new Settings(Mode.ON, false, PortSet.NONE, PortSet.NONE, Settings.DEFAULT_TURNS, maxFlows);
    }

    /** A request and an answer on each connection, every byte compared; answers how many went by TCP. */
    private long talk(int turns) {
        return pod.askNumber("all_help crowd_talks c " + SIZE + " " + turns);
    }

    private void shouldCarryTheRestByTcp(Accelerator accelerator, int live) {
        // Nothing is redirected to an end before its process has sent as a member.
        talk(1);
        long before = forConntrack(accelerator);
        long byTcp = talk(1);
        assertThat(byTcp - Math.max(0, live - MOST)).as("those of %d that TCP carried", live)
                .isBetween(0L, forConntrack(accelerator) - before);
    }

    /** A machine so busy that a round takes 30 s has some of these messages. */
    private static long forConntrack(Accelerator accelerator) {
        return accelerator.counters().passes().getOrDefault(Reason.CONNTRACK, 0L);
    }

    private void end(int flows) {
        pod.ask("all_help crowd_parts c " + flows / HELPERS);
    }

    /** Passes until as many as may be are active and the others refused; how long each took, in milliseconds. */
    private static List<Long> passesUntilSettled(Accelerator accelerator, int live) {
        int active = Math.min(MOST, live);
        int refused = live - active;
        List<Long> times = new ArrayList<>();
        PassReport report = PassReport.EMPTY;
        while (report.members() != 2L * active || accelerator.refusedFlows() != refused) {
            assertThat(times.size()).as("passes until %d are active and %d refused: %d, %s", active, refused,
                    accelerator.refusedFlows(), report).isLessThan(PASSES);
            long began = System.nanoTime();
            report = Enroller.refresh(accelerator);
            times.add(Duration.ofNanos(System.nanoTime() - began).toMillis());
            assertThat(report.sockets()).as("sockets seen by a pass").isPositive();
        }
        return times;
    }

    private static List<Long> passTimes(Accelerator accelerator) {
        return Stream.generate(() -> {
            long began = System.nanoTime();
            Enroller.refresh(accelerator);
            Duration took = Duration.ofNanos(System.nanoTime() - began);
            assertThat(took).isLessThan(PASS);
            return took.toMillis();
        }).limit(SAMPLES).toList();
    }

    /** Nothing is sent for a while, with an enroller as a sidecar has it. */
    private static void leaveIdle(Accelerator accelerator) throws InterruptedException {
        try (Enroller enroller = new Enroller(accelerator)) {
            Thread.sleep(IDLE);
            print("%d passes in %d idle seconds, the last one took %.1f ms", enroller.passes(), IDLE.toSeconds(),
                    enroller.lastPassNanos() / 1e6);
        }
    }

    /** What the kernel says that the maps hold. */
    private static long mapBytes(Accelerator accelerator) {
        try (Stream<Path> pins = Files.list(accelerator.pinDir().resolve("maps"))) {
            return pins.mapToLong(ScaleTest::bytes).sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long entries(Accelerator accelerator, String map) {
        AtomicLong count = new AtomicLong();
        try (BpfMap opened = BpfMap.openPinned(accelerator.pinDir().resolve("maps").resolve(map))) {
            opened.forEach((key, value) -> count.incrementAndGet());
        }
        return count.get();
    }

    private static long bytes(Path pin) {
        try (BpfMap map = BpfMap.openPinned(pin); Stream<Path> descriptors = Files.list(Path.of("/proc/self/fdinfo"))) {
            String id = String.valueOf(map.info().id());
            return descriptors.map(ScaleTest::read).filter(info -> find(MAP_ID, info).equals(id))
                    .mapToLong(info -> Long.parseLong(find(MEMLOCK, info))).findFirst().orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Memory of the whole kernel that it cannot give back at will; other work on the machine changes it too. */
    private static long kernelBytes() {
        String memory = read(Path.of("/proc/meminfo"));
        return Stream.of(SLAB, PER_CPU).mapToLong(pattern -> Long.parseLong(find(pattern, memory)) << 10).sum();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }

    private static String find(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? matcher.group(1) : "";
    }

    private static void timed(String what, Runnable task) {
        Supplier<Double> seconds = seconds();
        task.run();
        print("%s: %.1f s", what, seconds.get());
    }

    private static Supplier<Double> seconds() {
        long began = System.nanoTime();
        return () -> (System.nanoTime() - began) / 1e9;
    }

    private static void print(String format, Object... arguments) {
        System.out.println("ScaleTest: " + String.format(Locale.ROOT, format, arguments));
    }
}
