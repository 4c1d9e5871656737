package io.sockway.sockops;

import static org.assertj.core.api.Assertions.assertThat;

import io.sockway.bpf.BpfException;
import io.sockway.bpf.BpfProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * That attaching and detaching again and again, under load, leaves nothing behind and loses nothing.
 *
 * <p>{@code -Dsockway.leak.cycles=N} does it more often.
 */
class LeakTest {
    private static final int CYCLES = Integer.getInteger("sockway.leak.cycles", 25);
    /** Of load for each cycle. */
    private static final double SECONDS = 0.36;
    private static final int PORT = 8080;

    @Test
    void shouldLeaveNothingBehindAfterManyCyclesUnderLoad() throws IOException {
        try (Sandbox pod = new Sandbox()) {
            cycle(pod);
            long programs = programs();
            long descriptors = descriptors();
            pod.ask("listen l 4 127.0.0.1 " + PORT);
            pod.tell("storm l 4 127.0.0.1 " + PORT + " 20 " + CYCLES * SECONDS + " 7");
            long redirected = 0;
            for (int i = 0; i < CYCLES; i++) {
                redirected += cycle(pod);
            }
            pod.answer();
            assertThat(redirected).isPositive();
            assertThat(descriptors()).isEqualTo(descriptors);
            // Programs of earlier tests may still have been on their way out when this one began.
            Sandbox.eventually("all programs are freed: " + programs() + " instead of " + programs, () -> programs() <= programs);
        }
    }

    /** Bytes redirected in between. */
    private static long cycle(Sandbox pod) {
        try (KernelFixture sockway = new KernelFixture(pod)) {
            try {
                Thread.sleep(200);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            assertThat(Enroller.drain(sockway.accelerator(), sockway.accelerator().attachments(), Duration.ofSeconds(10))).isEmpty();
            return sockway.accelerator().counters().redirectedBytes();
        }
    }

    private static long programs() {
        return BpfProgram.ids().stream().filter(id -> {
            try (BpfProgram program = BpfProgram.openId(id)) {
                return program.info().name().startsWith("sockway_");
            } catch (BpfException e) {
                return false;
            }
        }).count();
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.count();
        }
    }
}
