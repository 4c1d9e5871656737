package io.sockway.sockops;

import io.sockway.bpf.BpfException;
import io.sockway.bpf.BpfMap;
import io.sockway.bpf.LoopbackPair;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Tries whether FIONREAD counts bytes that came by TCP on a member of a sockhash. Kernels with 929e30f93125 and without its
 * correction answer 0, and readers that trust the answer (nginx, the JDK's available()) then stall.
 */
final class InqProbe {
    private static final int WAIT_MILLIS = 200;

    private InqProbe() {
    }

    /** Whether the kernel gets it wrong, or could not be tried; the sockhash must be the new one, with only the gate attached. */
    static boolean isFaulty(BpfMap members) {
        try (Arena arena = Arena.ofConfined(); LoopbackPair pair = LoopbackPair.connect()) {
            MemorySegment key = arena.allocate(Layouts.FLOW_KEY);
            byte[] bytes = {1, 2, 3};
            pair.insertServer(members, key);
            try {
                pair.send(bytes);
                return !pair.awaitReadable(WAIT_MILLIS) || pair.readable() != bytes.length;
            } finally {
                members.delete(key);
            }
        } catch (BpfException e) {
            return true;
        }
    }
}
