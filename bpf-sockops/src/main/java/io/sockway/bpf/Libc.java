package io.sockway.bpf;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** The few system calls that neither the JDK nor libbpf offers. Results follow libbpf: negative is minus errno. Thread-safe. */
final class Libc {
    static final int O_RDONLY = 0;
    static final int O_CLOEXEC = 02000000;
    static final int O_DIRECTORY = 0200000;
    static final int CLONE_NEWNET = 0x40000000;
    static final int LOCK_EX = 2;
    static final int LOCK_NB = 4;
    static final int PROT_READ = 1;
    static final int PROT_WRITE = 2;
    static final int MAP_SHARED = 1;
    static final int CLOCK_THREAD_CPUTIME_ID = 3;
    static final int PR_SET_DUMPABLE = 4;
    static final int POLLIN = 1;

    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final long ERRNO = STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final MemoryLayout PTR = ValueLayout.ADDRESS;

    private Libc() {
    }

    /** A call that returns -1 and sets errno on failure. */
    static final class Call {
        private final MethodHandle handle;

        @SuppressWarnings("restricted")
        Call(String name, int variadicFrom, MemoryLayout result, MemoryLayout... args) {
            FunctionDescriptor descriptor = FunctionDescriptor.of(result, args);
            MemorySegment symbol = LINKER.defaultLookup().findOrThrow(name);
            Linker.Option capture = Linker.Option.captureCallState("errno");
            this.handle = variadicFrom < 0
                    ? LINKER.downcallHandle(symbol, descriptor, capture)
                    : LINKER.downcallHandle(symbol, descriptor, capture, Linker.Option.firstVariadicArg(variadicFrom));
        }

        long apply(Object... args) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment state = arena.allocate(STATE);
                Object[] all = new Object[args.length + 1];
                all[0] = state;
                System.arraycopy(args, 0, all, 1, args.length);
                long result = switch (handle.invokeWithArguments(all)) {
                    case Integer i -> i;
                    case Long l -> l;
                    case Object other -> throw new IllegalStateException(String.valueOf(other));
                };
                return result == -1 ? -state.get(INT, ERRNO) : result;
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static final class Calls {
        static final Call OPEN = new Call("open", 2, INT, PTR, INT);
        static final Call CLOSE = new Call("close", -1, INT, INT);
        static final Call READ = new Call("read", -1, LONG, INT, PTR, LONG);
        static final Call FCNTL = new Call("fcntl", 2, INT, INT, INT, INT);
    }

    private static final class Mapping {
        static final Call MMAP = new Call("mmap", -1, LONG, PTR, LONG, INT, INT, INT, LONG);
        static final Call MUNMAP = new Call("munmap", -1, INT, LONG, LONG);
        static final Call PAGE_SIZE = new Call("getpagesize", -1, INT);
    }

    private static final class Waits {
        static final Call EVENTFD = new Call("eventfd", -1, INT, INT, INT);
        static final Call WRITE = new Call("write", -1, LONG, INT, PTR, LONG);
        static final Call POLL = new Call("poll", -1, INT, PTR, LONG, INT);
    }

    private static final class Mounts {
        static final Call MOUNT = new Call("mount", -1, INT, PTR, PTR, PTR, LONG, PTR);
        static final Call STATFS = new Call("statfs", -1, INT, PTR, PTR);
    }

    private static final class Locks {
        static final Call FLOCK = new Call("flock", -1, INT, INT, INT);
    }

    private static final class Namespaces {
        static final Call SETNS = new Call("setns", -1, INT, INT, INT);
    }

    private static final class Clocks {
        static final Call CLOCK_GETTIME = new Call("clock_gettime", -1, INT, INT, PTR);
    }

    private static final class Processes {
        static final Call PRCTL = new Call("prctl", 1, INT, INT, LONG);
    }

    static int prctl(int option, long argument) {
        return (int) Processes.PRCTL.apply(option, argument);
    }

    /** Seconds and nanoseconds of a clock. */
    static int clockGetTime(int clock, MemorySegment time) {
        return (int) Clocks.CLOCK_GETTIME.apply(clock, time);
    }

    static int open(String path, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            return (int) Calls.OPEN.apply(arena.allocateFrom(path), flags | O_CLOEXEC);
        }
    }

    static int close(int fd) {
        return (int) Calls.CLOSE.apply(fd);
    }

    static int duplicate(int fd) {
        return (int) Calls.FCNTL.apply(fd, F_DUPFD_CLOEXEC, 0);
    }

    static long read(int fd, MemorySegment to) {
        return Calls.READ.apply(fd, to, to.byteSize());
    }

    static long write(int fd, MemorySegment from) {
        return Waits.WRITE.apply(fd, from, from.byteSize());
    }

    static int eventfd() {
        return (int) Waits.EVENTFD.apply(0, O_CLOEXEC);
    }

    /** Waits for one of some struct pollfd; how many there are. */
    static int poll(MemorySegment descriptors, long count, int millis) {
        return (int) Waits.POLL.apply(descriptors, count, millis);
    }

    static long pageSize() {
        return Mapping.PAGE_SIZE.apply();
    }

    /** Maps a part of a descriptor; the segment dies with the arena. */
    @SuppressWarnings("restricted")
    static MemorySegment map(int fd, long offset, long bytes, boolean writable, Arena arena, String what) {
        long address = Mapping.MMAP.apply(MemorySegment.NULL, bytes, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, fd, offset);
        if (address < 0 && address > -4096) {
            throw new BpfException("map", what, (int) -address);
        }
        return MemorySegment.ofAddress(address).reinterpret(bytes, arena, s -> Mapping.MUNMAP.apply(address, bytes));
    }

    /** Mounts a file system that needs no device. */
    static int mount(String type, String target) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(type);
            return (int) Mounts.MOUNT.apply(name, arena.allocateFrom(target), name, 0L, MemorySegment.NULL);
        }
    }

    /** The file system's magic number, or minus errno. */
    static long fileSystemMagic(String path) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buf = arena.allocate(256, 8);
            long result = Mounts.STATFS.apply(arena.allocateFrom(path), buf);
            return result < 0 ? result : buf.get(LONG, 0);
        }
    }

    static int flock(int fd, int operation) {
        int result;
        do {
            result = (int) Locks.FLOCK.apply(fd, operation);
        } while (result == -Errno.EINTR);
        return result;
    }

    static int setns(int fd, int type) {
        return (int) Namespaces.SETNS.apply(fd, type);
    }

    @SuppressWarnings("restricted")
    static String strerror(int errno) {
        try {
            MethodHandle handle = LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow("strerror"),
                    FunctionDescriptor.of(ValueLayout.ADDRESS, INT));
            return ((MemorySegment) handle.invokeExact(errno)).reinterpret(256).getString(0);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
