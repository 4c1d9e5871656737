package io.sockway.bpf;

import io.sockway.libbpf.LibBpf;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * A compiled BPF object between opening and loading. Closing it gives back libbpf's handle; maps and programs that were taken
 * out or pinned live on. Not thread-safe.
 */
public final class BpfObject implements AutoCloseable {
    private final String name;
    private final MemorySegment handle;
    private final Arena arena;
    private boolean loaded;

    private BpfObject(String name, MemorySegment handle, Arena arena) {
        this.name = name;
        this.handle = handle;
        this.arena = arena;
    }

    /**
     * Opens an object file, without loading anything into the kernel.
     *
     * @throws BpfException when it is no BPF object
     */
    public static BpfObject open(String name, byte[] elf) {
        Arena arena = Arena.ofConfined();
        try {
            MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, elf);
            MemorySegment[] handle = new MemorySegment[1];
            int[] errno = new int[1];
            String log = LibBpfLog.capture(() -> handle[0] = OpenMem.call(arena, bytes, errno));
            if (MemorySegment.NULL.equals(handle[0])) {
                throw new BpfException("open BPF object", name, errno[0], log);
            }
            return new BpfObject(name, handle[0], arena);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /** Sets the capacity of a map, before {@link #load()}. */
    public void maxEntries(String map, int entries) {
        BpfException.check(LibBpf.bpf_map__set_max_entries(findMap(map), entries), "size map", map);
    }

    /** Leaves a program out when the others are loaded, before {@link #load()}. */
    public void leaveOut(String program) {
        BpfException.check(LibBpf.bpf_program__set_autoload(findProgram(program), false), "leave out program", program);
    }

    /** Leaves a map out, before {@link #load()}; only code that the verifier drops may use it. */
    public void omit(String map) {
        BpfException.check(LibBpf.bpf_map__set_autocreate(findMap(map), false), "leave out map", map);
    }

    /** Takes a map that exists in place of one of this object's, before {@link #load()}. It stays the caller's. */
    public void reuse(String map, BpfMap existing) {
        BpfException.check(LibBpf.bpf_map__reuse_fd(findMap(map), existing.fd()), "take over map", map);
    }

    /** Sets the constants of a section that holds nothing else, before {@link #load()}. */
    public void constants(String section, MemorySegment values) {
        BpfException.check(LibBpf.bpf_map__set_initial_value(findMap(section), values, values.byteSize()), "set constants of", section);
    }

    /**
     * Loads maps and programs into the kernel.
     *
     * @throws BpfException with the verifier's last line in the message and the whole log in {@link BpfException#log()}
     */
    public void load() {
        int[] result = new int[1];
        String log = LibBpfLog.capture(() -> result[0] = LibBpf.bpf_object__load(handle));
        if (result[0] < 0) {
            throw new BpfException("load BPF object", name, -result[0], log);
        }
        loaded = true;
    }

    /** A map of the loaded object; its lifetime is the caller's. */
    public BpfMap map(String map) {
        requireLoaded();
        return BpfMap.own(duplicate(LibBpf.bpf_map__fd(findMap(map)), "map", map), map);
    }

    /** A program of the loaded object; its lifetime is the caller's. */
    public BpfProgram program(String program) {
        requireLoaded();
        return BpfProgram.own(duplicate(LibBpf.bpf_program__fd(findProgram(program)), "program", program), program);
    }

    private void requireLoaded() {
        if (!loaded) {
            throw new IllegalStateException("BPF object " + name + " is not loaded");
        }
    }

    private static int duplicate(int fd, String kind, String name) {
        return BpfException.check(Libc.duplicate(BpfException.check(fd, "find " + kind, name)), "duplicate " + kind, name);
    }

    private MemorySegment findProgram(String program) {
        MemorySegment found = LibBpf.bpf_object__find_program_by_name(handle, arena.allocateFrom(program));
        if (MemorySegment.NULL.equals(found)) {
            throw new BpfException("find program", program, Errno.ENOENT);
        }
        return found;
    }

    private MemorySegment findMap(String map) {
        MemorySegment found = LibBpf.bpf_object__find_map_by_name(handle, arena.allocateFrom(map));
        if (MemorySegment.NULL.equals(found)) {
            throw new BpfException("find map", map, Errno.ENOENT);
        }
        return found;
    }

    @Override
    public void close() {
        LibBpf.bpf_object__close(handle);
        arena.close();
    }

    /** bpf_object__open_mem with errno, which the generated binding does not keep. */
    private static final class OpenMem {
        private static final StructLayout STATE = Linker.Option.captureStateLayout();
        private static final long ERRNO = STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));
        private static final MethodHandle HANDLE = handle();

        static MemorySegment call(Arena arena, MemorySegment bytes, int[] errno) {
            MemorySegment state = arena.allocate(STATE);
            try {
                MemorySegment result = (MemorySegment) HANDLE.invokeExact(state, bytes, bytes.byteSize(), MemorySegment.NULL);
                errno[0] = state.get(ValueLayout.JAVA_INT, ERRNO);
                return result;
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }

        @SuppressWarnings("restricted")
        private static MethodHandle handle() {
            FunctionDescriptor descriptor = LibBpf.bpf_object__open_mem$descriptor();
            return Linker.nativeLinker().downcallHandle(LibBpf.bpf_object__open_mem$address(), descriptor,
                    Linker.Option.captureCallState("errno"));
        }
    }
}
