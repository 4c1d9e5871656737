package io.sockway.bench.lab;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;

/** Moves the calling thread into a network namespace, see setns(2). A thread that has entered never leaves: it has to end. */
@SuppressWarnings("restricted")
final class NamespaceEntry {
    /** Of fcntl.h and sched.h; the same on every architecture that runs Envoy. */
    private static final int O_RDONLY_CLOEXEC = 0x80000;
    private static final int CLONE_NEWNET = 0x40000000;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option CAPTURE_ERRNO = Linker.Option.captureCallState("errno");
    private static final VarHandle ERRNO =
            Linker.Option.captureStateLayout().varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle OPEN = LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow("open"),
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), CAPTURE_ERRNO);
    private static final MethodHandle SETNS = LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow("setns"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT), CAPTURE_ERRNO);
    private static final MethodHandle CLOSE = LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow("close"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private NamespaceEntry() {
    }

    static void enter(Path namespace) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment callState = arena.allocate(Linker.Option.captureStateLayout());
            int descriptor = (int) OPEN.invokeExact(callState, arena.allocateFrom(namespace.toString()), O_RDONLY_CLOEXEC);
            check(descriptor, "open", namespace, callState);
            try {
                check((int) SETNS.invokeExact(callState, descriptor, CLONE_NEWNET), "setns", namespace, callState);
            } finally {
                int ignored = (int) CLOSE.invokeExact(descriptor);
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a downcall threw a checked exception", e);
        }
    }

    private static void check(int result, String operation, Path namespace, MemorySegment callState) {
        if (result < 0) {
            throw new LabException("%s(%s) failed with errno=%d".formatted(operation, namespace, (int) ERRNO.get(callState, 0L)));
        }
    }
}
