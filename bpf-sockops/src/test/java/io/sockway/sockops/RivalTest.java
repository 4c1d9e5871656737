package io.sockway.sockops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sockway.bpf.BpfLink;
import io.sockway.bpf.BpfMap;
import io.sockway.bpf.BpfObject;
import io.sockway.bpf.BpfProgram;
import io.sockway.bpf.SockMapHook;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Beside another accelerator: it is found, said, and its sockets are left to it. */
class RivalTest {
    /** BPF_SOCK_OPS_ALL_CB_FLAGS, of linux/bpf.h. */
    private static final int ALL_CALLBACKS = 0x7f;
    private static final int RETRANSMISSION_TIMEOUTS = 1;

    private Sandbox pod;

    @BeforeEach
    void makePod() {
        pod = new Sandbox();
    }

    @AfterEach
    void removePod() {
        pod.close();
    }

    private BpfLink attachBlind() throws IOException {
        try (InputStream in = RivalTest.class.getResourceAsStream("/blind.bpf.o");
                BpfObject object = BpfObject.open("blind.bpf.o", in.readAllBytes())) {
            object.load();
            try (BpfMap sockets = object.map("blind_sockets");
                    BpfProgram insert = object.program("blind_insert");
                    BpfProgram redirect = object.program("blind_redirect")) {
                redirect.attachToMap(sockets, SockMapHook.MESSAGE);
                return insert.linkCgroup(pod.cgroup());
            }
        }
    }

    @Test
    void shouldRefuseACgroupThatHasABlindAccelerator() throws IOException {
        try (BpfLink _ = attachBlind(); Sandbox free = new Sandbox(); KernelFixture sockway = new KernelFixture(free)) {
            assertThatThrownBy(() -> sockway.accelerator().attach(pod.cgroup()))
                    .hasMessageContaining("another sockmap accelerator (program blind_insert")
                    .hasMessageContaining("attached to " + pod.cgroup()).hasMessageContaining("detach the other one first");
            assertThat(sockway.accelerator().attachments()).hasSize(1);
        }
    }

    @Test
    void shouldLeaveSocketsAloneThatAnotherSockmapHolds() throws IOException {
        try (KernelFixture sockway = new KernelFixture(pod); BpfLink _ = attachBlind()) {
            pod.connectPair("a", "b", "4", "127.0.0.1", 8080);
            sockway.exercise(pod, "a", "b");
            Flow flow = sockway.flow(8080);
            assertThat(flow.state()).isEqualTo(FlowState.PAIRED);
            assertThat(flow.client().reason()).isIn(Reason.OTHER_SOCKMAP, Reason.TURNS);
            assertThat(flow.redirectedBytes()).isZero();
        }
    }

    @Test
    void shouldKeepTheCallbacksThatAnAgentHasAskedFor() throws IOException {
        try (InputStream in = RivalTest.class.getResourceAsStream("/agent.bpf.o");
                BpfObject object = BpfObject.open("agent.bpf.o", in.readAllBytes());
                Arena arena = Arena.ofConfined()) {
            object.load();
            MemorySegment flags = arena.allocate(ValueLayout.JAVA_INT);
            try (BpfMap map = object.map("agent_flags");
                    BpfProgram watch = object.program("agent_watch");
                    BpfLink _ = watch.linkCgroup(pod.cgroup());
                    KernelFixture sockway = new KernelFixture(pod)) {
                pod.connectPair("a", "b", "4", "127.0.0.1", 8080);
                sockway.warmUp(pod, "a", "b", 8080);
                pod.ask("close a");
                pod.ask("close b");
                Sandbox.eventually("both ends have closed", () -> {
                    map.lookup(arena.allocate(ValueLayout.JAVA_INT), flags);
                    return flags.get(ValueLayout.JAVA_INT, 0) != ALL_CALLBACKS;
                });
                assertThat(flags.get(ValueLayout.JAVA_INT, 0) & RETRANSMISSION_TIMEOUTS).isNotZero();
            }
        }
    }

    @Test
    void shouldRefuseAChildOfAnAttachedCgroup() throws IOException {
        try (KernelFixture sockway = new KernelFixture(pod)) {
            Path child = Files.createDirectory(pod.cgroup().resolve("child"));
            try {
                assertThatThrownBy(() -> sockway.accelerator().attach(child)).hasMessageContaining("attached to a parent of " + child);
            } finally {
                Files.delete(child);
            }
        }
    }
}
