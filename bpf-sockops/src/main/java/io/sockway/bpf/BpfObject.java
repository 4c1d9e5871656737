package io.sockway.bpf;

import static io.sockway.bpf.NativeCall.string;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * A compiled BPF object between opening and loading. Closing it gives back libbpf's handle; maps and programs that were taken
 * out or pinned live on. Not thread-safe.
 */
public final class BpfObject implements AutoCloseable {
    private final String name;
    private final Arena arena;
    private final MemorySegment elf;
    /** What was asked for before loading. */
    private final List<Runnable> choices = new ArrayList<>();
    private long handle;
    private boolean loaded;

    private BpfObject(String name, Arena arena, MemorySegment elf) {
        this.name = name;
        this.arena = arena;
        this.elf = elf;
    }

    /**
     * Opens an object file, without loading anything into the kernel.
     *
     * @throws BpfException when it is no BPF object
     */
    public static BpfObject open(String name, byte[] elf) {
        Arena arena = Arena.ofConfined();
        try {
            BpfObject object = new BpfObject(name, arena, arena.allocateFrom(ValueLayout.JAVA_BYTE, elf));
            object.handle = LibBpfLog.untilItFails("open BPF object", name, object::openHandle);
            return object;
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    private long openHandle() {
        return LibBpfCalls.OBJECT_OPEN.applyPointer(elf.address(), elf.byteSize(), 0);
    }

    /** Sets the capacity of a map, before {@link #load()}. */
    public void maxEntries(String map, int entries) {
        choose(() -> BpfException.check(LibBpfCalls.MAP_SIZE.applyInt(findMap(map), entries), "size map", map));
    }

    /** Leaves a program out when the others are loaded, before {@link #load()}. */
    public void leaveOut(String program) {
        choose(() -> BpfException.check(LibBpfCalls.PROGRAM_AUTOLOAD.applyInt(findProgram(program), 0), "leave out program", program));
    }

    private void choose(Runnable choice) {
        choice.run();
        choices.add(choice);
    }

    /** Leaves a map out, before {@link #load()}; only code that the verifier drops may use it. */
    public void omit(String map) {
        choose(() -> BpfException.check(LibBpfCalls.MAP_AUTOCREATE.applyInt(findMap(map), 0), "leave out map", map));
    }

    /** Takes a map that exists in place of one of this object's, before {@link #load()}. It stays the caller's. */
    public void reuse(String map, BpfMap existing) {
        choose(() -> BpfException.check(LibBpfCalls.MAP_REUSE.applyInt(findMap(map), existing.fd()), "take over map", map));
    }

    /** Sets the constants of a section that holds nothing else, before {@link #load()}. */
    public void constants(String section, MemorySegment values) {
        MemorySegment kept = arena.allocate(values.byteSize(), 8).copyFrom(values);
        choose(() -> BpfException.check(LibBpfCalls.MAP_INITIAL_VALUE.applyInt(findMap(section), kept.address(), kept.byteSize()),
                "set constants of", section));
    }

    /**
     * Loads maps and programs into the kernel.
     *
     * @throws BpfException with the verifier's last line in the message and the whole log in {@link BpfException#log()}
     */
    public void load() {
        boolean[] again = new boolean[1];
        LibBpfLog.untilItFails("load BPF object", name, () -> {
            if (again[0]) {
                // libbpf loads a handle once
                LibBpfCalls.OBJECT_CLOSE.apply(handle);
                handle = 0;
                handle = BpfException.check(openHandle(), "open BPF object", name);
                choices.forEach(Runnable::run);
            }
            again[0] = true;
            return LibBpfCalls.OBJECT_LOAD.apply(handle);
        });
        loaded = true;
    }

    /** A map of the loaded object; its lifetime is the caller's. */
    public BpfMap map(String map) {
        requireLoaded();
        return BpfMap.own(duplicate(LibBpfCalls.MAP_FD.applyInt(findMap(map)), "map", map), map);
    }

    /** A program of the loaded object; its lifetime is the caller's. */
    public BpfProgram program(String program) {
        requireLoaded();
        return BpfProgram.own(duplicate(LibBpfCalls.PROGRAM_FD.applyInt(findProgram(program)), "program", program), program);
    }

    private void requireLoaded() {
        if (!loaded) {
            throw new IllegalStateException("BPF object " + name + " is not loaded");
        }
    }

    private static int duplicate(int fd, String kind, String name) {
        return BpfException.check(Libc.duplicate(BpfException.check(fd, "find " + kind, name)), "duplicate " + kind, name);
    }

    private long findProgram(String program) {
        return BpfException.check(LibBpfCalls.OBJECT_PROGRAM.applyPointer(handle, string(arena, program)), "find program", program);
    }

    private long findMap(String map) {
        return BpfException.check(LibBpfCalls.OBJECT_MAP.applyPointer(handle, string(arena, map)), "find map", map);
    }

    @Override
    public void close() {
        LibBpfCalls.OBJECT_CLOSE.apply(handle);
        arena.close();
    }
}
