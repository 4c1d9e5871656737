package io.sockway.sockops;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sockway.bpf.BpfMap;
import io.sockway.bpf.Bpffs;
import io.sockway.bpf.FolderWatch;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is made good after a command that was interrupted, and whose sockets are nobody's business. */
class AcceleratorTest {
    private static final int PORT = 8080;

    @Test
    void shouldAttachAgainAfterADetachThatDidNotComeToItsEnd() {
        try (Sandbox pod = new Sandbox(); KernelFixture sockway = new KernelFixture(pod)) {
            sockway.accelerator().startDetach(sockway.accelerator().attachments().getFirst());

            assertThat(sockway.accelerator().attach(pod.cgroup())).isEqualTo(Accelerator.Attached.ALREADY);

            pod.connectPair("a", "b", "4", "127.0.0.1", PORT);
            assertThat(sockway.warmUp(pod, "a", "b", PORT).redirectedBytes()).isPositive();
        }
    }

    @Test
    void shouldLoadOverWhatALoadThatDidNotComeToItsEndHasLeft() throws IOException {
        Path pins = Bpffs.MOUNT_POINT.resolve("sockway-leftovers-" + ProcessHandle.current().pid());
        try (Accelerator first = Accelerator.openOrLoad(pins, Settings.DEFAULT, "test")) {
            // Its last step.
            Files.delete(pins.resolve("maps").resolve("control"));
            try (Accelerator second = Accelerator.openOrLoad(pins, Settings.DEFAULT, "test")) {
                assertThat(second.isPinned()).isTrue();
                assertThat(first.isPinned()).isFalse();
            }
        } finally {
            Accelerator.removePins(pins);
        }
    }

    @Test
    void shouldTellAnErrorThatEndsItsPassesFromADetach() throws InterruptedException {
        try (Sandbox pod = new Sandbox(); KernelFixture sockway = new KernelFixture(pod).withoutEnroller()) {
            try (Enroller enroller = new Enroller(sockway.accelerator(), report -> {
                throw new OutOfMemoryError("played");
            })) {
                assertThat(enroller.awaitEnd(Duration.ofSeconds(10))).isTrue();
                assertThat(enroller.failure()).hasMessageContaining("played").hasCauseInstanceOf(OutOfMemoryError.class);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldNoticeChangesWhileItSleeps(boolean watched, @TempDir Path folder) throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        try (Sandbox pod = new Sandbox(); KernelFixture sockway = new KernelFixture(pod).withoutEnroller();
                Enroller enroller = new Enroller(sockway.accelerator(), report -> { },
                        watched ? FolderWatch.open() : Optional.empty())) {
            AtomicInteger looks = new AtomicInteger();
            enroller.onChange(folder, () -> looks.incrementAndGet() > 0);
            long passes = enroller.passes();
            Files.writeString(file, "changed");
            Sandbox.eventually("it was looked at", () -> looks.get() > 0 && enroller.passes() > passes);

            long seen = enroller.passes();
            Enroller.refresh(sockway.accelerator());
            Sandbox.eventually("it goes on from a pass of others", () -> enroller.passes() > seen);

            Files.delete(sockway.accelerator().pinDir().resolve("maps").resolve("control"));
            assertThat(enroller.awaitEnd(Duration.ofSeconds(4))).isTrue();
            assertThat(enroller.failure()).isNull();
            assertThat(sockway.accelerator().mode()).as("its watches may be gone as well").isEqualTo(Mode.PAUSED);
        }
    }

    @Test
    void shouldKeepTheBytesOfFlowsThatItForgets() {
        try (Sandbox pod = new Sandbox(); KernelFixture sockway = new KernelFixture(pod).withoutEnroller()) {
            Accelerator accelerator = sockway.accelerator();
            pod.connectPair("a", "b", "4", "127.0.0.1", PORT);
            pod.ask("pingpong a b 100 1");
            Flow flow = sockway.flow(PORT);
            long before = accelerator.counters().closedTcpBytes();

            accelerator.forgetLost(accelerator.passNumber());
            Enroller.refresh(accelerator);
            Flow met = sockway.flow(PORT);
            assertThat(met.pairedAt()).as("it is not lost").isEqualTo(flow.pairedAt());

            accelerator.attachments().forEach(accelerator::startDetach);
            accelerator.forgetLost(accelerator.passNumber() + 2);
            Enroller.refresh(accelerator);
            assertThat(accelerator.flows()).extracting(Flow::pairedAt).doesNotContain(flow.pairedAt());
            assertThat(accelerator.counters().closedTcpBytes() - before).isEqualTo(met.tcpBytes()).isPositive();
            assertThat(accelerator.counters().closed()).isOne();

            Enroller.refresh(accelerator);
            assertThat(sockway.flow(PORT)).as("a pass finds its sockets again").isNotNull();
        }
    }

    /** As when no process is left in a namespace, so that passes cannot enter it. */
    @Test
    void shouldKeepFlowsThatLiveWherePassesDoNotGo() {
        try (Sandbox pod = new Sandbox(); KernelFixture sockway = new KernelFixture(pod)) {
            Accelerator accelerator = sockway.accelerator();
            pod.connectPair("a", "b", "4", "127.0.0.1", PORT);
            Flow flow = sockway.warmUp(pod, "a", "b", PORT);
            sockway.withoutEnroller();
            accelerator.forgetLost(accelerator.passNumber() + 2);
            try (Namespaces none = new Namespaces()) {
                accelerator.pass(none);
            }
            pod.ask("pingpong a b 100 10");
            Flow met = sockway.flow(PORT);
            assertThat(met.pairedAt()).isEqualTo(flow.pairedAt());
            assertThat(met.redirectedBytes() - flow.redirectedBytes()).isEqualTo(2 * 10 * 100);
        }
    }

    @Test
    void shouldForgetTheQueuesOfSocketsThatAreGoneOnly() {
        try (Sandbox pod = new Sandbox(); KernelFixture sockway = new KernelFixture(pod)) {
            Accelerator accelerator = sockway.accelerator();
            pod.connectPair("a", "b", "4", "127.0.0.1", PORT);
            Flow flow = sockway.warmUp(pod, "a", "b", PORT);
            sockway.withoutEnroller();
            try (BpfMap queued = BpfMap.openPinned(accelerator.pinDir().resolve("maps/queued")); Arena arena = Arena.ofConfined()) {
                queued.update(arena.allocateFrom(JAVA_LONG, Long.MAX_VALUE), arena.allocate(queued.info().valueSize()));

                accelerator.forgetLost(accelerator.passNumber() + 2);
                Enroller.refresh(accelerator);

                List<Long> cookies = new ArrayList<>();
                queued.forEach((cookie, value) -> cookies.add(cookie.get(JAVA_LONG, 0)));
                assertThat(cookies).containsExactlyInAnyOrder(flow.client().cookie(), flow.server().cookie());
            }
        }
    }

    @Test
    void shouldNotLookAtSocketsOfOtherCgroups() {
        try (Sandbox pod = new Sandbox(); Sandbox other = new Sandbox(); KernelFixture sockway = new KernelFixture(pod);
                KernelFixture neighbour = new KernelFixture(other)) {
            other.connectPair("a", "b", "4", "127.0.0.1", PORT);
            neighbour.warmUp(other, "a", "b", PORT);
            other.ask("send a 100");
            other.ask("splice b");
            other.ask("recv b 100");

            assertThat(neighbour.accelerator().habits()).isNotEmpty();
            assertThat(sockway.accelerator().habits()).isEmpty();
        }
    }

    @Test
    void shouldRefuseAPathThatItCouldNotRemember() throws IOException {
        try (Sandbox pod = new Sandbox(); KernelFixture sockway = new KernelFixture()) {
            List<Path> made = new ArrayList<>();
            try {
                Path deep = pod.cgroup();
                while (deep.toString().length() < Layouts.CGROUP_PATH) {
                    deep = Files.createDirectory(deep.resolve("a-cgroup-with-a-long-name-as-runtimes-give"));
                    made.add(deep);
                }
                Path tooDeep = deep;
                assertThatThrownBy(() -> sockway.accelerator().attach(tooDeep)).isInstanceOf(AcceleratorException.class)
                        .hasMessageContaining("may have 239");
                assertThat(sockway.accelerator().attachments()).isEmpty();
            } finally {
                Collections.reverse(made);
                for (Path each : made) {
                    Files.delete(each);
                }
            }
        }
    }
}
