package io.sockway.sockops;

import static org.assertj.core.api.Assertions.assertThat;

import io.sockway.bpf.BpfMap;
import io.sockway.bpf.Bpffs;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two pods with programs, maps and passes of their own, joined by a veth, that share the flows between them. */
class SameNodeTest {
    private static final int PORT = 15006;
    private static final Settings ON = Settings.DEFAULT.withSameNode(true);

    private final Path pods = Bpffs.MOUNT_POINT.resolve(KernelFixture.name() + "-pods");
    private Sandbox here;
    private Sandbox there;

    @BeforeEach
    void makePods() throws Exception {
        Files.createDirectory(pods);
        here = new Sandbox();
        there = new Sandbox();
        here.join(there);
    }

    @AfterEach
    void removePods() {
        here.close();
        there.close();
        assertThat(pods).isEmptyDirectory();
        assertThat(pods.toFile().delete()).isTrue();
    }

    private KernelFixture pod(Sandbox sandbox, Settings settings) {
        return KernelFixture.sharing(pods, settings, sandbox);
    }

    private void connect() {
        there.ask("listen l 4 10.200.0.2 " + PORT);
        here.ask("connect a 4 10.200.0.2 " + PORT);
        there.ask("accept b l a");
    }

    /** Messages of up to so many bytes each way, each checked byte by byte. */
    private void converse(int most, int count) {
        begin(most, count);
        here.answer();
        there.answer();
    }

    private void begin(int most, int count) {
        there.tell("take_turns b 0 " + most + " " + count + " 7");
        here.tell("take_turns a 1 " + most + " " + count + " 7");
    }

    private long byTcp() {
        return here.askNumber("tcp a") + there.askNumber("tcp b");
    }

    private void warmUp(KernelFixture... sockways) {
        Sandbox.eventually("redirected at both ends", () -> {
            converse(1000, 20);
            long tcp = byTcp();
            converse(1000, 20);
            return byTcp() == tcp;
        });
        for (KernelFixture each : sockways) {
            Sandbox.eventually("told of by both pods", () -> each.flow(PORT).state() == FlowState.ACTIVE);
        }
    }

    private static Flow onlyFlow(KernelFixture sockway) {
        Enroller.refresh(sockway.accelerator());
        assertThat(sockway.flows()).hasSize(1);
        return sockway.flows().getFirst();
    }

    @Test
    void shouldRedirectBetweenTwoPodsThatBothShare() {
        try (KernelFixture client = pod(here, ON); KernelFixture server = pod(there, ON)) {
            connect();
            warmUp(client, server);
            Flow before = onlyFlow(client);
            long tcp = byTcp();
            converse(3000, 300);
            assertThat(byTcp()).isEqualTo(tcp);

            Flow ofClient = onlyFlow(client);
            Flow ofServer = onlyFlow(server);
            long sent = ofClient.client().redirectedBytes() - before.client().redirectedBytes();
            assertThat(sent).isGreaterThan(300 * 1000).isEqualTo(ofClient.server().redirectedBytes() - before.server().redirectedBytes());
            assertThat(ofServer.redirectedBytes()).isEqualTo(ofClient.redirectedBytes());
            assertThat(ofServer.tcpBytes()).isEqualTo(ofClient.tcpBytes()).isEqualTo(tcp);
            for (Flow each : new Flow[] {ofClient, ofServer}) {
                assertThat(each.across()).isTrue();
                assertThat(each.crossesNamespaces()).isTrue();
                assertThat(each.client().remote()).isEqualTo(each.server().local());
            }
            // What it is told of the other pod's end is no more than what it has seen of it.
            assertThat(ofClient.server()).satisfies(end -> assertThat(end.inode() + end.cgroup()).isZero());
            assertThat(ofServer.client()).satisfies(end -> assertThat(end.inode() + end.cgroup()).isZero());
            for (KernelFixture each : new KernelFixture[] {client, server}) {
                assertThat(each.accelerator().shares()).isTrue();
                assertThat(each.accelerator().podsAcross()).isOne();
                Counters counters = each.accelerator().counters();
                assertThat(counters.across()).isOne();
                assertThat(counters.paired()).isOne();
                assertThat(counters.enrolled()).isPositive();
                assertThat(counters.unpairedEnds()).isZero();
            }
            // Each byte counts where it was sent.
            assertThat(client.accelerator().counters().redirectedBytes()).isEqualTo(ofClient.client().redirectedBytes());
            assertThat(server.accelerator().counters().redirectedBytes()).isEqualTo(ofServer.server().redirectedBytes());

            double redirected = microsOfATurn();
            client.accelerator().setSameNode(false);
            Sandbox.eventually("it has left in both pods", () -> !member(client) && !member(server));
            System.out.printf("SameNodeTest: a turn of two actors takes %.0f us redirected, %.0f us by TCP%n", redirected, microsOfATurn());

            long left = byTcp();
            here.ask("close a");
            there.ask("close b");
            Sandbox.eventually("both pods have forgotten it", () -> client.flows().isEmpty() && server.flows().isEmpty());
            assertThat(client.accelerator().counters().closedTcpBytes() + server.accelerator().counters().closedTcpBytes())
                    .isEqualTo(left);
        }
    }

    private double microsOfATurn() {
        int turns = 3000;
        long from = System.nanoTime();
        converse(100, turns);
        return (System.nanoTime() - from) / 1000.0 / turns;
    }

    @Test
    void shouldFollowTheSettingsOfEitherPodWhileItLives() {
        try (KernelFixture client = pod(here, ON); KernelFixture server = pod(there, ON.withSameNode(false))) {
            connect();
            for (int i = 0; i < 20; i++) {
                converse(1000, 20);
            }
            assertThat(client.accelerator().counters().redirectedBytes() + server.accelerator().counters().redirectedBytes()).isZero();

            server.accelerator().setSameNode(true);
            warmUp(client, server);
            for (KernelFixture each : new KernelFixture[] {client, server}) {
                each.accelerator().setSameNode(false);
                stays(client, server);
                Sandbox.eventually("it has left in both pods", () -> !member(client) && !member(server));
                assertThat(each.accelerator().counters().left()).containsKey(Reason.OTHER_NETNS);
                each.accelerator().setSameNode(true);
                warmUp(client, server);

                each.accelerator().setMode(Mode.PAUSED);
                stays(client, server);
                each.accelerator().setMode(Mode.ON);
                warmUp(client, server);
            }
            server.accelerator().apply(new Settings(Mode.ON, true, PortSet.NONE, PortSet.parse("" + PORT), 3, 1));
            Sandbox.eventually("it has left in both pods", () -> !member(client) && !member(server));
            server.accelerator().apply(ON);
            warmUp(client, server);
        }
    }

    private static boolean member(KernelFixture sockway) {
        return onlyFlow(sockway).hasMember();
    }

    /** From the next message on, all go by TCP. */
    private void stays(KernelFixture... sockways) {
        long before = redirected(sockways);
        converse(1000, 50);
        assertThat(redirected(sockways)).isEqualTo(before);
    }

    private static long redirected(KernelFixture... sockways) {
        long sum = 0;
        for (KernelFixture each : sockways) {
            sum += each.accelerator().counters().redirectedBytes();
        }
        return sum;
    }

    @Test
    void shouldLoseNothingWhileTheyTurnItOffAndOnUnderLoad() throws InterruptedException {
        try (KernelFixture client = pod(here, ON); KernelFixture server = pod(there, ON)) {
            connect();
            warmUp(client, server);
            begin(20000, 20000);
            long before = redirected(client, server);
            for (int i = 0; i < 10; i++) {
                Accelerator one = (i % 2 == 0 ? client : server).accelerator();
                one.setMode(Mode.PAUSED);
                Enroller.refresh(one);
                Thread.sleep(100);
                one.setMode(Mode.ON);
                Enroller.refresh(one);
                Thread.sleep(200);
            }
            here.answer();
            there.answer();
            assertThat(redirected(client, server)).isGreaterThan(before);
        }
    }

    @Test
    void shouldTakeUnreadBytesToTheirReaderBeforeItLeaves() {
        try (KernelFixture client = pod(here, ON); KernelFixture server = pod(there, ON)) {
            connect();
            warmUp(client, server);
            long before = redirected(client);
            here.ask("send a 5000");
            assertThat(redirected(client)).isEqualTo(before + 5000);
            client.accelerator().setSameNode(false);
            Sandbox.eventually("the end without unread bytes is out", () -> !member(client));
            here.ask("send a 3000");
            assertThat(member(server)).isTrue();
            there.ask("recv b 8000");
            Sandbox.eventually("the other end is out", () -> !member(server));
            converse(1000, 20);
        }
    }

    @Test
    void shouldObeyAPodWhoseSidecarHasDied() {
        try (KernelFixture client = pod(here, ON); KernelFixture server = pod(there, ON)) {
            connect();
            warmUp(client, server);
            server.withoutEnroller();
            long tcp = byTcp();
            converse(1000, 50);
            assertThat(byTcp()).isEqualTo(tcp);
            client.accelerator().setSameNode(false);
            stays(client, server);
            Sandbox.eventually("the end that has a sidecar is out", () -> !member(client));
            server.withEnroller();
            Sandbox.eventually("the other one, too", () -> !member(server));
            client.accelerator().setSameNode(true);
            warmUp(client, server);
        }
    }

    @Test
    void shouldKeepSocketsOnTcpThatTheOtherPodHasFoundUnfit() {
        try (KernelFixture client = pod(here, ON); KernelFixture server = pod(there, ON)) {
            connect();
            warmUp(client, server);
            there.ask("splice b");
            stays(client, server);
            Sandbox.eventually("it has left in both pods", () -> !member(client) && !member(server));
            assertThat(server.accelerator().counters().left()).containsKey(Reason.SPLICE);
        }
    }

    @Test
    void shouldForgetAPodThatHasGoneAndServeTheOthers() {
        try (KernelFixture client = pod(here, ON); KernelFixture server = pod(there, ON)) {
            try (Sandbox third = new Sandbox(); KernelFixture gone = pod(third, ON)) {
                assertThat(gone.accelerator().shares()).isTrue();
                assertThat(sharedPods()).isEqualTo(3);
            }
            assertThat(sharedPods()).isEqualTo(2);
            connect();
            warmUp(client, server);
            // its cgroup is detached and its pins are removed while the connection goes on
            assertThat(Enroller.drain(server.accelerator(), server.accelerator().attachments(), Duration.ofSeconds(5))).isEmpty();
            server.accelerator().attachments().forEach(server.accelerator()::finishDetach);
            server.withoutEnroller();
            server.accelerator().removePins();
            assertThat(sharedPods()).isOne();
            stays(client);
            try (KernelFixture again = pod(there, ON)) {
                there.ask("close b");
                here.ask("close a");
                Sandbox.eventually("it is forgotten", () -> client.flows().isEmpty());
                there.ask("close l");
                connect();
                warmUp(client, again);
            }
        }
    }

    private int sharedPods() {
        return shared("node_members").size();
    }

    /** Keys of a map that pods share, all removed if so asked. */
    private List<Long> shared(String name, boolean... remove) {
        List<Long> keys = new ArrayList<>();
        try (BpfMap map = BpfMap.openPinned(pods.resolve("same-node-" + Layouts.ABI).resolve(name)); Arena arena = Arena.ofConfined()) {
            map.forEach((key, value) -> keys.add(key.get(ValueLayout.JAVA_LONG, 0)));
            if (remove.length > 0) {
                keys.forEach(key -> map.delete(arena.allocateFrom(ValueLayout.JAVA_LONG, key)));
            }
        }
        return keys;
    }

    @Test
    void shouldGoOnByTcpWhenWhatIsSharedIsLost() {
        try (KernelFixture client = pod(here, ON); KernelFixture server = pod(there, ON)) {
            connect();
            warmUp(client, server);
            here.ask("send a 5000");
            assertThat(shared("node_flows", true)).hasSize(1);
            here.ask("send a 3000");
            there.ask("recv b 8000");
            stays(client, server);
            shared("node_members", true);
            shared("node_control", true);
            stays(client, server);
            here.ask("close a");
            there.ask("close b");
            Sandbox.eventually("nothing is left of it", () -> shared("node_flows").isEmpty());
        }
    }

    @Test
    void shouldNotShareWithPodsThatWereLoadedWithout() {
        try (KernelFixture client = pod(here, ON); KernelFixture server = new KernelFixture(ON, there)) {
            connect();
            for (int i = 0; i < 10; i++) {
                converse(1000, 20);
            }
            stays(client, server);
            assertThat(server.accelerator().shares()).isFalse();
            assertThat(server.flows()).isEmpty();
            assertThat(client.flows()).isEmpty();
        }
    }

    @Test
    void shouldServeAPodAloneWhereTheKernelRefusesWhatSharingNeeds() throws IOException {
        Path shared = Files.createDirectory(pods.resolve("same-node-" + Layouts.ABI));
        List<String> refused = new ArrayList<>();
        try (KernelFixture client = new KernelFixture(here)) {
            try (BpfMap other = BpfMap.openPinned(client.accelerator().pinDir().resolve("maps/habits"))) {
                NodePins.names().forEach(name -> other.pin(shared.resolve(name)));
            }
            Path pins = pods.resolve(KernelFixture.name());
            try (Accelerator server = Accelerator.openOrLoadSharing(pins, ON, "test", refused::add)) {
                assertThat(refused).hasSize(1);
                assertThat(refused.getFirst()).startsWith("load BPF object sockway.bpf.o: ").doesNotContain("\n");
                assertThat(server.shares()).isFalse();
                assertThat(shared).doesNotExist();
                assertThat(server.attach(there.cgroup())).isEqualTo(Accelerator.Attached.NEW);
            } finally {
                Accelerator.removePins(pins);
            }
        }
    }

    /** A sidecar may write what it likes to its own maps: nothing of the other pod's goes wrong, and no byte comes out of order. */
    @Test
    void shouldKeepBytesInOrderWhateverASidecarWrites() throws InterruptedException {
        try (KernelFixture client = pod(here, ON); KernelFixture server = pod(there, ON)) {
            connect();
            warmUp(client, server);
            begin(20000, 10000);
            SplittableRandom random = new SplittableRandom(1);
            long until = System.nanoTime() + Duration.ofSeconds(2).toNanos();
            while (System.nanoTime() < until) {
                scribble(server, random);
                Enroller.refresh(client.accelerator());
                Thread.sleep(5);
            }
            server.accelerator().apply(ON);
            here.answer();
            there.answer();
            client.accelerator().counters();
        }
    }

    private static void scribble(KernelFixture sockway, SplittableRandom random) {
        Path maps = sockway.accelerator().pinDir().resolve("maps");
        try (Arena arena = Arena.ofConfined(); BpfMap control = BpfMap.openPinned(maps.resolve("control"));
                BpfMap ports = BpfMap.openPinned(maps.resolve("ports"))) {
            MemorySegment settings = control.memory(arena);
            for (String field : List.of("mode", "same_node", "include_only", "turns", "features", "shares")) {
                settings.set(ValueLayout.JAVA_INT, Layouts.offset(Layouts.CONTROL, field),
                        random.nextBoolean() ? random.nextInt(3) : random.nextInt());
            }
            for (String field : List.of("epoch", "pass", "unsuited", "forget_before", "tcp_interval")) {
                settings.set(ValueLayout.JAVA_LONG, Layouts.offset(Layouts.CONTROL, field), random.nextLong());
            }
            ports.update(arena.allocateFrom(ValueLayout.JAVA_INT, random.nextInt(Layouts.PORT_WORDS)), arena.allocate(Layouts.PORT_WORD));
        }
    }
}
