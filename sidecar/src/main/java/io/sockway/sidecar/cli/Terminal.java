package io.sockway.sidecar.cli;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * The size of a terminal, each time anew, since its window may change.
 *
 * @param rows at least 1
 * @param columns at least 1
 */
record Terminal(int rows, int columns) {
    private static final int STANDARD_OUTPUT = 1;
    private static final long TIOCGWINSZ = 0x5413;
    /** {@code struct winsize}: rows, columns and two that are not used. */
    private static final int WINSIZE_BYTES = 8;

    /** Empty if standard output is no terminal, or one that does not know its size. */
    @SuppressWarnings("restricted")
    static Optional<Terminal> ofStandardOutput() {
        Linker linker = Linker.nativeLinker();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment size = arena.allocate(WINSIZE_BYTES);
            int failed = (int) linker.downcallHandle(linker.defaultLookup().findOrThrow("ioctl"), FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS),
                    Linker.Option.firstVariadicArg(2)).invokeExact(STANDARD_OUTPUT, TIOCGWINSZ, size);
            int rows = Short.toUnsignedInt(size.get(ValueLayout.JAVA_SHORT, 0));
            int columns = Short.toUnsignedInt(size.get(ValueLayout.JAVA_SHORT, 2));
            return failed != 0 || rows == 0 || columns == 0 ? Optional.empty() : Optional.of(new Terminal(rows, columns));
        } catch (Throwable e) {
            throw new IllegalStateException("ioctl", e);
        }
    }
}
