package io.sockway.bpf;

import io.sockway.libbpf.LibBpf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A loaded BPF program, by file descriptor. Closing it lets the kernel free the program unless a pin, a link or an attachment
 * holds it. Thread-safe but for {@link #close()}.
 */
public final class BpfProgram implements AutoCloseable {
    private static final int MAX_MAPS = 64;
    /** Of struct bpf_prog_info, linux/bpf.h: as much as is looked at, and where. */
    private static final int INFO_BYTES = 80;
    private static final int INFO_ID = 4;
    private static final int INFO_MAPS = 52;
    private static final int INFO_MAP_IDS = 56;
    private static final int INFO_NAME = 64;

    private final FileDescriptor fd;
    private final String name;

    private BpfProgram(FileDescriptor fd, String name) {
        this.fd = fd;
        this.name = name;
    }

    static BpfProgram own(int fd, String name) {
        return new BpfProgram(new FileDescriptor(fd), name);
    }

    /** What the kernel tells of a program. Maps are ids. */
    public record Info(int id, String name, List<Integer> maps) {
    }

    /** Opens a pinned program. */
    public static BpfProgram openPinned(Path path) {
        return own(Pins.open(path, "program"), path.getFileName().toString());
    }

    /**
     * Opens a loaded program by its id.
     *
     * @throws BpfException EPERM without CAP_SYS_ADMIN
     */
    public static BpfProgram openId(int id) {
        return own(BpfException.check(LibBpfCalls.PROGRAM_BY_ID.applyInt(id), "open program", "id " + id), "id " + id);
    }

    /**
     * The ids of all programs that are loaded on this machine at the moment.
     *
     * @throws BpfException EPERM without CAP_SYS_ADMIN
     */
    public static List<Integer> ids() {
        List<Integer> ids = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment next = arena.allocate(ValueLayout.JAVA_INT);
            int id = 0;
            int result = LibBpfCalls.PROGRAM_NEXT_ID.applyInt(id, next.address());
            while (result == 0) {
                id = next.get(ValueLayout.JAVA_INT, 0);
                ids.add(id);
                result = LibBpfCalls.PROGRAM_NEXT_ID.applyInt(id, next.address());
            }
            if (result != -Errno.ENOENT) {
                throw new BpfException("list", "programs", -result);
            }
        }
        return ids;
    }

    /** Pins the program. */
    public void pin(Path path) {
        Pins.pin(fd.value(), path, "program");
    }

    /** Runs this program for the sockets of a sockmap or sockhash, for as long as that map lives. */
    public void attachToMap(BpfMap map, SockMapHook hook) {
        BpfException.check(LibBpfCalls.PROGRAM_ATTACH.applyInt(fd.value(), map.fd(), hook.attachType(), 0), "attach " + name + " to",
                map.name());
    }

    /** Attaches a sock_ops program to a cgroup beside programs that are there already. */
    public BpfLink linkCgroup(Path cgroup) {
        try (FileDescriptor dir = new FileDescriptor(BpfException.check(
                Libc.open(cgroup.toString(), Libc.O_RDONLY | Libc.O_DIRECTORY), "open cgroup", cgroup.toString()))) {
            return BpfLink.own(BpfException.check(
                    LibBpfCalls.LINK_CREATE.applyInt(fd.value(), dir.value(), LibBpf.BPF_CGROUP_SOCK_OPS(), 0),
                    "attach " + name + " to cgroup", cgroup.toString()), name);
        }
    }

    /** Makes an iterator of this program; each reader of {@link BpfLink#readIterator} runs one pass. */
    public BpfLink linkIterator() {
        return BpfLink.own(BpfException.check(
                LibBpfCalls.LINK_CREATE.applyInt(fd.value(), 0, LibBpf.BPF_TRACE_ITER(), 0), "make iterator of", name), name);
    }

    /**
     * Attaches a tracepoint program for the whole machine.
     *
     * @param event for example {@code syscalls/sys_enter_splice}
     * @return empty where the kernel does not offer the tracepoint, or does not let this process use it
     */
    public Optional<BpfLink> linkTracepoint(String event) {
        int perf = Tracepoint.open(event);
        if (perf < 0) {
            return Optional.empty();
        }
        try (FileDescriptor opened = new FileDescriptor(perf)) {
            int link = LibBpfCalls.LINK_CREATE.applyInt(fd.value(), opened.value(), Tracepoint.BPF_PERF_EVENT, 0);
            return link < 0 ? Optional.empty() : Optional.of(BpfLink.own(link, name));
        }
    }

    /**
     * Attaches a program to the kernel function (fentry, fexit) or tracepoint (tp_btf) that its section names.
     *
     * @throws BpfException where the kernel has no trampolines, or as many at this function as it takes
     */
    public BpfLink linkFunction() {
        int link = LibBpfCalls.RAW_TRACEPOINT_OPEN.applyInt(0, fd.value());
        return BpfLink.own(BpfException.check(link, "attach to its function", name), name);
    }

    /** Asks the kernel about this program. */
    public Info info() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(INFO_BYTES, 8);
            MemorySegment maps = arena.allocate(ValueLayout.JAVA_INT, MAX_MAPS);
            info.set(ValueLayout.JAVA_INT, INFO_MAPS, MAX_MAPS);
            info.set(ValueLayout.JAVA_LONG, INFO_MAP_IDS, maps.address());
            long length = NativeCall.pointerTo(arena, INFO_BYTES);
            BpfException.check(LibBpfCalls.INFO.applyInt(fd.value(), info.address(), length), "ask about program", name);
            List<Integer> ids = new ArrayList<>();
            for (int i = 0; i < Math.min(MAX_MAPS, info.get(ValueLayout.JAVA_INT, INFO_MAPS)); i++) {
                ids.add(maps.getAtIndex(ValueLayout.JAVA_INT, i));
            }
            return new Info(info.get(ValueLayout.JAVA_INT, INFO_ID), info.getString(INFO_NAME), List.copyOf(ids));
        }
    }

    @Override
    public void close() {
        fd.close();
    }
}
