package io.sockway.bpf;

import io.sockway.libbpf.LibBpf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.function.BiConsumer;

/**
 * A BPF map, by file descriptor. Closing it lets the kernel free the map unless a pin or a program holds it. Keys and values
 * are segments in the layout that the programs use. Thread-safe but for {@link #close()}.
 */
public final class BpfMap implements AutoCloseable {
    private static final long PAGE = 4096;
    /** As much of struct bpf_map_info as is looked at. */
    private static final int INFO_BYTES = 24;
    private static final int BPF_ANY = 0;
    /** What a walk takes at a time. */
    private static final int BATCH_BYTES = 32 << 10;

    private final FileDescriptor fd;
    private final String name;
    private final Info info;

    private BpfMap(FileDescriptor fd, String name) {
        this.fd = fd;
        this.name = name;
        this.info = readInfo();
    }

    static BpfMap own(int fd, String name) {
        return new BpfMap(new FileDescriptor(fd), name);
    }

    /** What the kernel tells of a map; sizes in bytes. */
    public record Info(int id, int type, int keySize, int valueSize, int maxEntries) {
        /** Whether it is a sockmap or sockhash, the mark of an accelerator. */
        public boolean holdsSockets() {
            return type == LibBpf.BPF_MAP_TYPE_SOCKMAP() || type == LibBpf.BPF_MAP_TYPE_SOCKHASH();
        }
    }

    /** Opens a pinned map for reading and writing, or only for reading where the pin's mode allows no more. */
    public static BpfMap openPinned(Path path) {
        return own(Pins.openMap(path), path.getFileName().toString());
    }

    /**
     * Opens a map by its id.
     *
     * @throws BpfException EPERM without CAP_SYS_ADMIN
     */
    public static BpfMap openId(int id) {
        return own(BpfException.check(LibBpfCalls.MAP_BY_ID.applyInt(id), "open map", "id " + id), "id " + id);
    }

    /** What the kernel tells of this map. */
    public Info info() {
        return info;
    }

    /** Bytes of a per-CPU value: one slot for each possible CPU. */
    public long perCpuBytes() {
        return LibBpfCalls.POSSIBLE_CPUS.apply() * (info.valueSize() + 7L & -8L);
    }

    /** Pins the map. */
    public void pin(Path path) {
        Pins.pin(fd.value(), path, "map");
    }

    /** Copies the value of a key into {@code value}; false when there is no such key. A per-CPU value is one slot per CPU. */
    public boolean lookup(MemorySegment key, MemorySegment value) {
        int result = LibBpfCalls.MAP_LOOKUP.applyInt(fd.value(), key.address(), value.address());
        if (result == -Errno.ENOENT) {
            return false;
        }
        BpfException.check(result, "look up in map", name);
        return true;
    }

    /** Sets the value of a key. */
    public void update(MemorySegment key, MemorySegment value) {
        BpfException.check(LibBpfCalls.MAP_UPDATE.applyInt(fd.value(), key.address(), value.address(), BPF_ANY), "update map", name);
    }

    /** Removes a key; false when it was not there. */
    public boolean delete(MemorySegment key) {
        int result = LibBpfCalls.MAP_DELETE.applyInt(fd.value(), key.address());
        if (result == -Errno.ENOENT) {
            return false;
        }
        BpfException.check(result, "delete from map", name);
        return true;
    }

    /**
     * Visits the entries of a map. Entries that come or go meanwhile may be met or not. The segments are valid during the call only.
     */
    public void forEach(BiConsumer<MemorySegment, MemorySegment> visitor) {
        int room = Math.clamp(BATCH_BYTES / (info.keySize() + info.valueSize()), 1, info.maxEntries());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment position = arena.allocate(Math.max(info.keySize(), Long.BYTES), 8);
            MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
            MemorySegment keys = arena.allocate((long) room * info.keySize(), 8);
            MemorySegment values = arena.allocate((long) room * info.valueSize(), 8);
            MemorySegment from = MemorySegment.NULL;
            int result = 0;
            while (result == 0) {
                count.set(ValueLayout.JAVA_INT, 0, room);
                result = LibBpfCalls.MAP_LOOKUP_BATCH.applyInt(fd.value(), from.address(), position.address(), keys.address(),
                        values.address(), count.address(), 0);
                if (result == -Errno.ENOSPC) {
                    // a bucket of a hash table that has more
                    room *= 2;
                    keys = arena.allocate((long) room * info.keySize(), 8);
                    values = arena.allocate((long) room * info.valueSize(), 8);
                    result = 0;
                } else if (from == MemorySegment.NULL && (result == -Errno.ENOTSUPP || result == -Errno.EOPNOTSUPP)) {
                    forEachKey(visitor);
                    return;
                } else if (result < 0 && result != -Errno.ENOENT) {
                    throw new BpfException("walk map", name, -result);
                } else {
                    for (int i = 0; i < count.get(ValueLayout.JAVA_INT, 0); i++) {
                        visitor.accept(keys.asSlice((long) i * info.keySize(), info.keySize()),
                                values.asSlice((long) i * info.valueSize(), info.valueSize()));
                    }
                    from = position;
                }
            }
        }
    }

    /** For kinds of maps that give one entry at a time; none is met twice but when keys are deleted behind the walk. */
    private void forEachKey(BiConsumer<MemorySegment, MemorySegment> visitor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment key = arena.allocate(info.keySize(), 8);
            MemorySegment next = arena.allocate(info.keySize(), 8);
            MemorySegment value = arena.allocate(info.valueSize(), 8);
            int result = LibBpfCalls.MAP_NEXT_KEY.applyInt(fd.value(), 0, next.address());
            for (long visited = 0; result == 0 && visited < 2L * info.maxEntries(); visited++) {
                key.copyFrom(next);
                if (lookup(key, value)) {
                    visitor.accept(key, value);
                }
                result = LibBpfCalls.MAP_NEXT_KEY.applyInt(fd.value(), key.address(), next.address());
            }
            if (result < 0 && result != -Errno.ENOENT) {
                throw new BpfException("walk map", name, -result);
            }
        }
    }

    /** Maps the values of a mmapable array into memory; they are valid as long as the arena, whatever becomes of this map. */
    public MemorySegment memory(Arena arena) {
        long bytes = (long) info.maxEntries() * ((info.valueSize() + 7L) & -8L);
        return Libc.map(fd.value(), 0, (bytes + PAGE - 1) & -PAGE, true, arena, name);
    }

    /**
     * Puts a map into this map of maps, where it is kept alive, and returns when no program that was running before the call runs any more.
     *
     * @see <a href="https://docs.kernel.org/bpf/map_of_maps.html">the kernel's documentation of maps of maps</a>
     */
    public void replaceInner(MemorySegment key, BpfMap inner) {
        try (Arena arena = Arena.ofConfined()) {
            update(key, arena.allocateFrom(ValueLayout.JAVA_INT, inner.fd()));
        }
    }

    int fd() {
        return fd.value();
    }

    String name() {
        return name;
    }

    private Info readInfo() {
        try (Arena arena = Arena.ofConfined()) {
            // struct bpf_map_info: __u32 type, id, key_size, value_size, max_entries, ...
            MemorySegment raw = arena.allocate(INFO_BYTES, 8);
            long length = NativeCall.pointerTo(arena, INFO_BYTES);
            BpfException.check(LibBpfCalls.INFO.applyInt(fd.value(), raw.address(), length), "ask about map", name);
            return new Info(raw.get(ValueLayout.JAVA_INT, 4), raw.get(ValueLayout.JAVA_INT, 0), raw.get(ValueLayout.JAVA_INT, 8),
                    raw.get(ValueLayout.JAVA_INT, 12), raw.get(ValueLayout.JAVA_INT, 16));
        } catch (BpfException e) {
            fd.close();
            throw e;
        }
    }

    @Override
    public void close() {
        fd.close();
    }
}
