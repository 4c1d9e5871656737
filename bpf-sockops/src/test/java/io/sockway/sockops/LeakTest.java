package io.sockway.sockops;

import static org.assertj.core.api.Assertions.assertThat;

import io.sockway.bpf.BpfException;
import io.sockway.bpf.BpfMap;
import io.sockway.bpf.BpfProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * That attaching and detaching again and again, under load, leaves nothing behind and loses nothing.
 *
 * <p>{@code -Dsockway.leak.cycles=N} does it more or less often.
 */
class LeakTest {
    private static final int CYCLES = Integer.getInteger("sockway.leak.cycles", 100);
    /** Cycles to one run of the load, whose length is that of the cycles before. */
    private static final int STRETCH = 10;
    private static final int PORT = 8080;

    private final Set<Integer> programs = new HashSet<>();
    private final Set<Integer> maps = new HashSet<>();

    @Test
    void shouldLeaveNothingBehindAfterManyCyclesUnderLoad() throws IOException {
        Set<Integer> earlier = Set.copyOf(BpfProgram.ids());
        try (Sandbox pod = new Sandbox()) {
            long nanos = STRETCH * timed(() -> cycle(pod, earlier));
            long descriptors = descriptors();
            pod.ask("listen l 4 127.0.0.1 " + PORT);
            long redirected = 0;
            for (int done = 0; done < CYCLES; done += STRETCH) {
                pod.tell("storm l 4 127.0.0.1 " + PORT + " 20 " + nanos * 1e-9 + " " + done);
                long[] stretch = new long[1];
                nanos = timed(() -> {
                    for (int i = 0; i < STRETCH; i++) {
                        stretch[0] += cycle(pod, earlier);
                    }
                });
                pod.answer();
                redirected += stretch[0];
            }
            assertThat(redirected).isPositive();
            assertThat(descriptors()).isEqualTo(descriptors);
            assertThat(programs).hasSizeGreaterThan(CYCLES);
            assertThat(maps).hasSizeGreaterThan(CYCLES);
            Sandbox.eventually("all programs are freed", () -> programs.stream().noneMatch(LeakTest::isProgram));
            Sandbox.eventually("all maps are freed", () -> maps.stream().noneMatch(LeakTest::isMap));
        }
    }

    /** Bytes redirected in between. */
    private long cycle(Sandbox pod, Set<Integer> earlier) {
        Path pins;
        long redirected;
        try (KernelFixture sockway = new KernelFixture(pod)) {
            pins = sockway.accelerator().pinDir();
            BpfProgram.ids().stream().filter(id -> !earlier.contains(id)).forEach(this::note);
            try {
                Thread.sleep(100);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            assertThat(Enroller.drain(sockway.accelerator(), sockway.accelerator().attachments(), Duration.ofSeconds(10))).isEmpty();
            redirected = sockway.accelerator().counters().redirectedBytes();
        }
        assertThat(pins).doesNotExist();
        return redirected;
    }

    private void note(int id) {
        try (BpfProgram program = BpfProgram.openId(id)) {
            if (program.info().name().startsWith("sockway_") && programs.add(id)) {
                maps.addAll(program.info().maps());
            }
        } catch (BpfException e) {
            // It is on its way out.
        }
    }

    private static boolean isProgram(int id) {
        try (BpfProgram _ = BpfProgram.openId(id)) {
            return true;
        } catch (BpfException e) {
            return false;
        }
    }

    private static boolean isMap(int id) {
        try (BpfMap _ = BpfMap.openId(id)) {
            return true;
        } catch (BpfException e) {
            return false;
        }
    }

    private static long timed(Runnable what) {
        long from = System.nanoTime();
        what.run();
        return System.nanoTime() - from;
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.count();
        }
    }
}
