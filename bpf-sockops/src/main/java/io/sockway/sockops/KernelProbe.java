package io.sockway.sockops;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.sockway.bpf.BpfException;
import io.sockway.bpf.BpfMap;
import io.sockway.bpf.BpfObject;
import io.sockway.bpf.BpfProgram;
import io.sockway.bpf.LoopbackPair;
import io.sockway.bpf.SockMapHook;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Tries on real loopback connections what this kernel does with redirected bytes, instead of trusting its version number.
 *
 * @param redirects redirected bytes arrive
 * @param charges they are charged to the receiver's buffer (kernels with 54f89b3178d5 and d888b7af7c14)
 * @param countsRedirected FIONREAD counts redirected bytes; 6.1 and early 6.12 kernels do not
 * @param exactFionread FIONREAD counts bytes that came by TCP on a member of a sockhash; kernels with 929e30f93125 and without its
 *        correction answer 0, and readers that trust the answer (nginx, the JDK's available()) then stall
 */
record KernelProbe(boolean redirects, boolean charges, boolean countsRedirected, boolean exactFionread) {
    private static final String OBJECT = "probe.bpf.o";
    private static final int WAIT_MILLIS = 200;
    private static final byte[] BYTES = {1, 2, 3};

    /** Probes; what cannot be tried counts as missing, which costs speed and never correctness. */
    static KernelProbe run() {
        try (BpfObject object = BpfObject.open(OBJECT, Resources.bytes(OBJECT))) {
            object.load();
            try (BpfMap sockets = object.map("probe_sockets"); BpfProgram redirect = object.program("sockway_probe")) {
                redirect.attachToMap(sockets, SockMapHook.MESSAGE);
                boolean[] redirected = redirected(sockets);
                return new KernelProbe(redirected[0], redirected[1], redirected[2], fionread(sockets));
            }
        } catch (BpfException e) {
            return new KernelProbe(false, false, false, false);
        }
    }

    private static boolean[] redirected(BpfMap sockets) {
        try (Arena arena = Arena.ofConfined(); LoopbackPair pair = LoopbackPair.connect()) {
            MemorySegment target = arena.allocateFrom(JAVA_INT, 1);
            pair.insertServer(sockets, target);
            pair.insertClient(sockets, arena.allocateFrom(JAVA_INT, 0));
            pair.send(BYTES);
            boolean arrived = pair.awaitReadable(WAIT_MILLIS) && pair.bytesReceivedByTcp() == 0;
            return new boolean[] {arrived, arrived && pair.chargedBytes() > 0, arrived && pair.readable() == BYTES.length};
        }
    }

    private static boolean fionread(BpfMap sockets) {
        try (Arena arena = Arena.ofConfined(); LoopbackPair pair = LoopbackPair.connect()) {
            pair.insertServer(sockets, arena.allocateFrom(JAVA_INT, 2));
            pair.send(BYTES);
            return pair.awaitReadable(WAIT_MILLIS) && pair.readable() == BYTES.length;
        }
    }

    /** As enum feature of layout.h. */
    int bits() {
        return (redirects ? 0 : Layouts.FEATURE_NO_REDIRECT) | (charges ? 0 : Layouts.FEATURE_UNCHARGED)
                | (countsRedirected ? 0 : Layouts.FEATURE_INQ_BLIND) | (exactFionread ? 0 : Layouts.FEATURE_INQ_FAULT);
    }
}
