package io.sockway.sockops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** That bytes arrive in order and nothing is buffered without bound. The actor checks every byte against its pattern. */
class OrderAndBoundsTest {
    private static final int PORT = 8080;

    private Sandbox pod;
    private KernelFixture sockway;

    @BeforeEach
    void attach() {
        pod = new Sandbox();
        sockway = new KernelFixture(pod);
    }

    @AfterEach
    void detach() {
        sockway.close();
        pod.close();
    }

    @Test
    void shouldKeepBytesSentBeforeAcceptInOrder() {
        pod.ask("listen l 4 127.0.0.1 " + PORT + " 1");
        pod.ask("connect a 4 127.0.0.1 " + PORT);
        pod.ask("send a 4");
        pod.ask("send a 4000");
        pod.ask("accept b l a");
        pod.ask("send a 5");
        pod.ask("rest a b");
        sockway.warmUp(pod, "a", "b", PORT);
        pod.ask("pingpong a b 5000 50");
    }

    @Test
    void shouldNotOvertakeBytesThatWentByTcp() {
        pod.connectPair("a", "b", "4", "127.0.0.1", PORT);
        sockway.warmUp(pod, "a", "b", PORT);
        long passedBefore = unread();
        sockway.accelerator().setMode(Mode.PAUSED);
        pod.ask("send a 1000");
        sockway.accelerator().setMode(Mode.ON);
        for (int i = 0; i < 50; i++) {
            pod.ask("send a 10");
        }
        pod.ask("recv b 1100");
        pod.ask("send a 10");
        pod.ask("rest a b");
        assertThat(unread()).isGreaterThan(passedBefore);
        pod.ask("pingpong a b 100 20");
    }

    private long unread() {
        return sockway.accelerator().counters().passes().getOrDefault(Reason.UNREAD_TCP, 0L)
                + sockway.accelerator().counters().passes().getOrDefault(Reason.NOT_ACTIVE, 0L);
    }

    @Test
    void shouldStopTheWriterWhenTheReaderStalls() {
        pod.connectPair("a", "b", "4", "127.0.0.1", PORT);
        sockway.warmUp(pod, "a", "b", PORT);
        long taken = pod.askNumber("fill a 65536");
        assertThat(taken).isBetween(1L, 16L << 20);
        assertThat(pod.askNumber("rest a b")).isEqualTo(taken);
        pod.ask("pingpong a b 100 20");
    }

    @Test
    void shouldStopTheWriterOfSmallMessagesWhenTheReaderStalls() {
        pod.connectPair("a", "b", "4", "127.0.0.1", PORT);
        sockway.warmUp(pod, "a", "b", PORT);
        long taken = pod.askNumber("fill a 64");
        assertThat(taken).isBetween(1L, 16L << 20);
        assertThat(pod.askNumber("rest a b")).isEqualTo(taken);
    }

    /** What the kernel keeps for a message of one byte is a thousand times as large, and answers do not show that anything was read. */
    @Test
    void shouldBoundMessagesThatNeitherEndReads() {
        pod.connectPair("a", "b", "4", "127.0.0.1", PORT);
        Flow.Side before = sockway.warmUp(pod, "a", "b", PORT).client();
        pod.ask("send_both a b 1 1000");
        assertThat(sockway.flow(PORT).client().redirectedMessages() - before.redirectedMessages()).isBetween(32L, 256L);
        assertThat(pod.askNumber("rest a b")).isEqualTo(1000);
        assertThat(pod.askNumber("rest b a")).isEqualTo(1000);
        pod.ask("pingpong a b 100 20");
    }

    @Test
    void shouldSendByTcpWhereTheReadersCgroupIsShortOfMemory() throws IOException {
        Path memory = Path.of("/sys/fs/cgroup/memory", pod.namespace());
        Assumptions.assumeTrue(Files.exists(memory.resolveSibling("memory.kmem.tcp.limit_in_bytes")),
                "sockets have a limit of their own in cgroup v1 only");
        Files.createDirectory(memory);
        try {
            for (String process : Files.readAllLines(pod.cgroup().resolve("cgroup.procs"))) {
                Files.writeString(memory.resolve("cgroup.procs"), process);
            }
            Path limit = memory.resolve("memory.kmem.tcp.limit_in_bytes");
            Files.writeString(limit, "16777216");
            pod.connectPair("a", "b", "4", "127.0.0.1", PORT);
            sockway.warmUp(pod, "a", "b", PORT);
            Files.writeString(limit, "16384");
            long sent = pod.askNumber("fill a 60000");
            Files.writeString(limit, "16777216");
            assertThat(pod.askNumber("rest a b")).isEqualTo(sent);
            assertThat(sockway.accelerator().counters().passes()).containsKey(Reason.MEMORY);
            pod.ask("pingpong a b 60000 20");
        } finally {
            pod.close();
            Files.delete(memory);
        }
    }

    @Test
    void shouldEnrolAConnectionWhosePredecessorWithItsPortsIsNotClosedYet() {
        pod.ask("listen l 4 127.0.0.1 " + PORT);
        pod.ask("connect a 4 127.0.0.1 " + PORT + " 40001");
        pod.ask("accept b l a");
        sockway.warmUp(pod, "a", "b", PORT);
        pod.ask("reset a");
        pod.ask("connect a2 4 127.0.0.1 " + PORT + " 40001");
        pod.ask("accept b2 l a2");
        sockway.warmUp(pod, "a2", "b2", PORT);
        pod.ask("close b");
        pod.ask("pingpong a2 b2 100 20");
    }

    @Test
    void shouldNeverEnrolAStreamOrTakeItOut() {
        pod.connectPair("up", "down", "4", "127.0.0.1", PORT);
        pod.ask("stream up down 16384 400");
        assertThat(sockway.flow(PORT).state()).isEqualTo(FlowState.PAIRED);
        assertThat(sockway.flow(PORT).redirectedBytes()).isZero();

        sockway.warmUp(pod, "up", "down", PORT);
        Sandbox.eventually("the stream has left", () -> {
            pod.ask("stream up down 256 200");
            return sockway.accelerator().counters().left().containsKey(Reason.STREAM);
        });
        assertThat(sockway.flow(PORT).left()).isEqualTo(1);
        Sandbox.eventually("both ends are out", () -> !sockway.flow(PORT).hasMember());
        pod.ask("stream up down 256 200");
    }

    @Test
    void shouldLeaveABlockingReaderAlone() {
        pod.connectPair("a", "b", "4", "127.0.0.1", PORT);
        pod.ask("blocking b 1");
        sockway.exercise(pod, "a", "b");
        Flow flow = sockway.flow(PORT);
        assertThat(flow.state()).isEqualTo(FlowState.PAIRED);
        assertThat(flow.server().reason()).isEqualTo(Reason.BLOCKING);
        assertThat(flow.redirectedBytes()).isZero();
    }

    @Test
    void shouldTakeOutAFlowWhoseReaderStartsToBlock() {
        pod.connectPair("a", "b", "4", "127.0.0.1", PORT);
        sockway.warmUp(pod, "a", "b", PORT);
        pod.ask("blocking b 1");
        pod.ask("pingpong a b 100 2");
        Sandbox.eventually("both ends are out", () -> !sockway.flow(PORT).hasMember());
        Sandbox.eventually("the flow has left", () -> sockway.accelerator().counters().left().containsKey(Reason.BLOCKING));
        pod.ask("pingpong a b 100 20");
    }

    @Test
    void shouldNotEnrolWhatASockmapCannotCarry() {
        pod.connectPair("a", "b", "4", "127.0.0.1", PORT);
        int soRcvlowat = 18;
        pod.ask("option b 1 " + soRcvlowat + " 50");
        sockway.exercise(pod, "a", "b");
        assertThat(sockway.flow(PORT).server().reason()).isEqualTo(Reason.RCVLOWAT);
        assertThat(sockway.flow(PORT).redirectedBytes()).isZero();
        pod.ask("option b 1 " + soRcvlowat + " 1");
        sockway.warmUp(pod, "a", "b", PORT);
        int soZerocopy = 60;
        pod.ask("option a 1 " + soZerocopy + " 1");
        pod.ask("pingpong a b 100 2");
        Sandbox.eventually("both ends are out", () -> !sockway.flow(PORT).hasMember());
        Sandbox.eventually("the flow has left", () -> sockway.accelerator().counters().left().containsKey(Reason.ZEROCOPY));
    }

    @Test
    void shouldLoseNothingWhilePausedResumedAndLeaving() {
        pod.ask("listen l 4 127.0.0.1 " + PORT);
        pod.tell("storm l 4 127.0.0.1 " + PORT + " 40 6 1");
        for (int i = 0; i < 12; i++) {
            sleep(200);
            sockway.accelerator().setMode(Mode.PAUSED);
            Enroller.settle(sockway.accelerator(), Duration.ofMillis(100));
            sleep(200);
            sockway.accelerator().setMode(Mode.ON);
        }
        pod.answer();
        Counters counters = sockway.accelerator().counters();
        assertThat(counters.redirectedBytes()).isPositive();
        assertThat(counters.left()).containsKey(Reason.PAUSED);
    }

    @Test
    void shouldDeliverRandomSizesAndPausesOverManyConnections() {
        pod.ask("listen l 4 127.0.0.1 " + PORT);
        String[] totals = pod.ask("storm l 4 127.0.0.1 " + PORT + " 60 5 2").split(" ");
        Counters counters = sockway.accelerator().counters();
        assertThat(counters.enrolled()).isGreaterThan(20);
        assertThat(counters.redirectedBytes()).isPositive();
        Sandbox.eventually("all flows have ended", () -> sockway.flows().isEmpty());
        Counters ended = sockway.accelerator().counters();
        assertThat(ended.redirectedBytes() + ended.closedTcpBytes()).isEqualTo(Long.parseLong(totals[0]));
    }

    @Test
    void shouldForgetConnectionsThatEndBeforeTheyAreEnrolled() {
        sockway.accelerator().apply(new Settings(Mode.ON, false, PortSet.NONE, PortSet.NONE, 1, 1));
        for (int i = 0; i < 100; i++) {
            pod.connectPair("a", "b", "4", "127.0.0.1", PORT + i);
            pod.ask("pingpong a b 100 1");
            sleep(i % 5);
            pod.ask("close a");
            pod.ask("close b");
        }
        assertThat(sockway.accelerator().counters().paired()).isPositive();
        Sandbox.eventually("all are forgotten", () -> sockway.flows().isEmpty());
    }

    @Test
    void shouldHonourIncludeAndExcludePorts() {
        pod.connectPair("a", "b", "4", "127.0.0.1", PORT);
        pod.connectPair("c", "d", "4", "127.0.0.1", PORT + 1);
        sockway.accelerator().apply(new Settings(Mode.ON, false, PortSet.NONE, PortSet.parse("" + PORT), 3, 1));
        sockway.exercise(pod, "a", "b");
        sockway.warmUp(pod, "c", "d", PORT + 1);
        assertThat(sockway.flow(PORT).redirectedBytes()).isZero();
        assertThat(sockway.flow(PORT).client().reason()).isEqualTo(Reason.EXCLUDED);
        sockway.accelerator().apply(new Settings(Mode.ON, false, PortSet.parse("" + PORT), PortSet.NONE, 3, 1));
        sockway.warmUp(pod, "a", "b", PORT);
        Sandbox.eventually("the other flow has left", () -> !sockway.flow(PORT + 1).hasMember());
        Sandbox.eventually("the flow has left", () -> sockway.accelerator().counters().left().containsKey(Reason.EXCLUDED));
        pod.ask("pingpong c d 100 20");
    }

    @Test
    void shouldNotEnrolASocketThatIsReadBySplice() {
        pod.connectPair("a", "b", "4", "127.0.0.1", PORT);
        pod.ask("splice b");
        sockway.exercise(pod, "a", "b");
        assertThat(sockway.flow(PORT).client().reason()).isEqualTo(Reason.SPLICE);
        assertThat(sockway.flow(PORT).redirectedBytes()).isZero();
        // and from then on nothing is redirected to that process any more
        pod.connectPair("c", "d", "4", "127.0.0.1", PORT + 1);
        sockway.exercise(pod, "c", "d");
        assertThat(sockway.flow(PORT + 1).redirectedBytes()).isZero();
    }

    @Test
    void shouldLeaveExcludedExecutablesAlone() {
        sockway.accelerator().excludeExecutables(Set.of("nothing", "python3"));
        assertThat(sockway.accelerator().excludeExecutables()).containsExactly("nothing", "python3");
        pod.connectPair("a", "b", "4", "127.0.0.1", PORT);
        sockway.exercise(pod, "a", "b");
        assertThat(sockway.flow(PORT).redirectedBytes()).isZero();
        assertThat(sockway.flow(PORT).client().reason()).isEqualTo(Reason.EXCLUDED);
        assertThat(sockway.accelerator().counters().enrolled()).isZero();
    }

    @Test
    void shouldRedirectNothingWhileObserving() {
        sockway.accelerator().setMode(Mode.OBSERVE);
        pod.connectPair("a", "b", "4", "127.0.0.1", PORT);
        sockway.warmUp(pod, "a", "b", PORT);
        pod.ask("pingpong a b 100 50");
        Counters counters = sockway.accelerator().counters();
        assertThat(counters.wouldRedirectBytes()).isGreaterThanOrEqualTo(2 * 100 * 50);
        assertThat(counters.redirectedBytes()).isZero();
        assertThat(counters.passes()).containsKey(Reason.OBSERVED);
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
