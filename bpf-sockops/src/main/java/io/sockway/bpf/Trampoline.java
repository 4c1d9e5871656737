package io.sockway.bpf;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Programs at the entry or exit of the kernel's own functions (fentry, fexit). */
public final class Trampoline {
    private static final long SYS_BPF = Libc.syscallNumber(321, 280);
    private static final int BPF_PROG_LOAD = 5;
    private static final int BPF_PROG_TYPE_TRACING = 26;
    private static final int BPF_TRACE_FENTRY = 24;
    /** {@code r0 = 0; exit}. */
    private static final long[] RETURN_ZERO = {0xb7, 0x95};

    /** Offsets in union bpf_attr, linux/bpf.h. */
    private static final int ATTR_BYTES = 128;
    private static final int PROGRAM_TYPE = 0;
    private static final int INSTRUCTION_COUNT = 4;
    private static final int INSTRUCTIONS = 8;
    private static final int LICENSE = 16;
    private static final int EXPECTED_ATTACH_TYPE = 68;
    private static final int ATTACH_BTF_ID = 108;

    private Trampoline() {
    }

    /**
     * Whether this kernel lets this process load such programs, as far as can be known without trying one: offers a program for a
     * type that is no function, which is found out only after policy has had its say. Costs one system call.
     */
    public static boolean mayBeOffered() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr = arena.allocate(ATTR_BYTES, 8);
            attr.set(JAVA_INT, PROGRAM_TYPE, BPF_PROG_TYPE_TRACING);
            attr.set(JAVA_INT, INSTRUCTION_COUNT, RETURN_ZERO.length);
            attr.set(ADDRESS, INSTRUCTIONS, arena.allocateFrom(JAVA_LONG, RETURN_ZERO));
            attr.set(ADDRESS, LICENSE, arena.allocateFrom("GPL"));
            attr.set(JAVA_INT, EXPECTED_ATTACH_TYPE, BPF_TRACE_FENTRY);
            attr.set(JAVA_INT, ATTACH_BTF_ID, 1);
            return Libc.syscall(SYS_BPF, BPF_PROG_LOAD, attr.address(), ATTR_BYTES) == -Errno.EINVAL;
        }
    }
}
