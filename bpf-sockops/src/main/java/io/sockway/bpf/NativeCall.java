package io.sockway.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.Collections;

/**
 * A C function of integers and pointers, eight at most. For each signature Java makes some ten classes while it runs, which take
 * milliseconds and tens of kilobytes each time a process starts; so all functions are called by one. On x86_64, aarch64 and riscv64
 * integers and pointers travel alike, in the same registers and then on the stack, variadic or not, and a function takes no notice of
 * arguments that it does not have. Thread-safe.
 */
final class NativeCall {
    private static final int ARGUMENTS = 8;
    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final long ERRNO = STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle CALL = handle();

    /** What a function returns. */
    enum Returns {
        /** int, of which the upper half of the register says nothing. */
        INT,
        /** long, ssize_t or a pointer. */
        LONG
    }

    private final MemorySegment function;
    private final Returns returns;

    private NativeCall(MemorySegment function, Returns returns) {
        this.function = function;
        this.returns = returns;
    }

    /** A function of the C library. */
    static NativeCall libc(String name, Returns returns) {
        return new NativeCall(LINKER.defaultLookup().findOrThrow(name), returns);
    }

    /** A function of libbpf. */
    static NativeCall libbpf(String name, Returns returns) {
        return new NativeCall(LibBpfFile.LOOKUP.findOrThrow(name), returns);
    }

    @SuppressWarnings("restricted")
    private static final class LibBpfFile {
        static final SymbolLookup LOOKUP = SymbolLookup.libraryLookup("libbpf.so.1", Arena.global());
    }

    @SuppressWarnings("restricted")
    private static MethodHandle handle() {
        MemoryLayout[] arguments = Collections.nCopies(ARGUMENTS, JAVA_LONG).toArray(MemoryLayout[]::new);
        return LINKER.downcallHandle(FunctionDescriptor.of(JAVA_LONG, arguments), Linker.Option.captureCallState("errno"));
    }

    /** The result; -1 becomes minus errno, where the function sets it. Pointers are passed as their addresses. */
    long apply(long... arguments) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            long result = call(state, arguments);
            return result == -1 ? -state.get(JAVA_INT, ERRNO) : result;
        }
    }

    /** The same as an int. */
    int applyInt(long... arguments) {
        return (int) apply(arguments);
    }

    /** A pointer that the function returns; null becomes minus errno. */
    long applyPointer(long... arguments) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            long result = call(state, arguments);
            return result == 0 ? -state.get(JAVA_INT, ERRNO) : result;
        }
    }

    private long call(MemorySegment state, long... arguments) {
        long[] a = Arrays.copyOf(arguments, ARGUMENTS);
        try {
            long result = (long) CALL.invokeExact(function, state, a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]);
            return returns == Returns.INT ? (int) result : result;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Text as C has it. */
    static long string(Arena arena, String text) {
        return arena.allocateFrom(text).address();
    }

    /** A copy of an int, for functions that take its address. */
    static long pointerTo(Arena arena, int value) {
        return arena.allocateFrom(ValueLayout.JAVA_INT, value).address();
    }
}
