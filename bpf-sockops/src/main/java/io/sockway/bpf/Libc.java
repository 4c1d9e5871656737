package io.sockway.bpf;

import static io.sockway.bpf.NativeCall.Returns.INT;
import static io.sockway.bpf.NativeCall.Returns.LONG;
import static io.sockway.bpf.NativeCall.string;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

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
    private static final NativeCall OPEN = NativeCall.libc("open", INT);
    private static final NativeCall CLOSE = NativeCall.libc("close", INT);
    private static final NativeCall READ = NativeCall.libc("read", LONG);
    private static final NativeCall WRITE = NativeCall.libc("write", LONG);
    private static final NativeCall FCNTL = NativeCall.libc("fcntl", INT);
    private static final NativeCall POLL = NativeCall.libc("poll", INT);
    private static final NativeCall EVENTFD = NativeCall.libc("eventfd", INT);
    private static final NativeCall INOTIFY = NativeCall.libc("inotify_init1", INT);
    private static final NativeCall WATCH = NativeCall.libc("inotify_add_watch", INT);
    private static final NativeCall MMAP = NativeCall.libc("mmap", LONG);
    private static final NativeCall MUNMAP = NativeCall.libc("munmap", INT);
    private static final NativeCall MADVISE = NativeCall.libc("madvise", INT);
    private static final NativeCall MALLOC_TRIM = NativeCall.libc("malloc_trim", INT);
    private static final NativeCall PAGE_SIZE = NativeCall.libc("getpagesize", INT);
    private static final NativeCall MOUNT = NativeCall.libc("mount", INT);
    private static final NativeCall STATFS = NativeCall.libc("statfs", INT);
    private static final NativeCall FLOCK = NativeCall.libc("flock", INT);
    private static final NativeCall SETNS = NativeCall.libc("setns", INT);
    private static final NativeCall CLOCK_GETTIME = NativeCall.libc("clock_gettime", INT);
    private static final NativeCall PRCTL = NativeCall.libc("prctl", INT);
    private static final NativeCall STRERROR = NativeCall.libc("strerror", LONG);
    private static final NativeCall SYSCALL = NativeCall.libc("syscall", LONG);

    private Libc() {
    }

    static int prctl(int option, long argument) {
        return PRCTL.applyInt(option, argument);
    }

    /** The number of a system call: x86_64's, or the one that all later architectures have. */
    static long syscallNumber(long x86, long others) {
        return System.getProperty("os.arch").equals("amd64") ? x86 : others;
    }

    /** A system call that has no function; arguments are numbers and addresses. */
    static long syscall(long number, long... arguments) {
        long[] all = new long[arguments.length + 1];
        all[0] = number;
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return SYSCALL.apply(all);
    }

    /** Seconds and nanoseconds of a clock. */
    static int clockGetTime(int clock, MemorySegment time) {
        return CLOCK_GETTIME.applyInt(clock, time.address());
    }

    static int open(String path, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            return OPEN.applyInt(string(arena, path), flags | O_CLOEXEC);
        }
    }

    static int close(int fd) {
        return CLOSE.applyInt(fd);
    }

    static int duplicate(int fd) {
        return FCNTL.applyInt(fd, F_DUPFD_CLOEXEC, 0);
    }

    static long read(int fd, MemorySegment to) {
        return READ.apply(fd, to.address(), to.byteSize());
    }

    static long write(int fd, MemorySegment from) {
        return WRITE.apply(fd, from.address(), from.byteSize());
    }

    static int eventfd() {
        return EVENTFD.applyInt(0, O_CLOEXEC);
    }

    static int inotify(int flags) {
        return INOTIFY.applyInt(flags | O_CLOEXEC);
    }

    static int watch(int inotify, String path, int events) {
        try (Arena arena = Arena.ofConfined()) {
            return WATCH.applyInt(inotify, string(arena, path), events);
        }
    }

    /** Waits for one of some struct pollfd; how many there are. */
    static int poll(MemorySegment descriptors, long count, int millis) {
        return POLL.applyInt(descriptors.address(), count, millis);
    }

    static int advise(long address, long bytes, int advice) {
        return MADVISE.applyInt(address, bytes, advice);
    }

    static void trimHeap() {
        MALLOC_TRIM.apply(0);
    }

    static long pageSize() {
        return PAGE_SIZE.apply();
    }

    /** Maps a part of a descriptor; the segment dies with the arena. */
    @SuppressWarnings("restricted")
    static MemorySegment map(int fd, long offset, long bytes, boolean writable, Arena arena, String what) {
        long address = MMAP.apply(0, bytes, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, fd, offset);
        if (address < 0 && address > -4096) {
            throw new BpfException("map", what, (int) -address);
        }
        return MemorySegment.ofAddress(address).reinterpret(bytes, arena, s -> MUNMAP.apply(address, bytes));
    }

    /** Mounts a file system that needs no device. */
    static int mount(String type, String target) {
        try (Arena arena = Arena.ofConfined()) {
            long name = string(arena, type);
            return MOUNT.applyInt(name, string(arena, target), name, 0, 0);
        }
    }

    /** The file system's magic number, or minus errno. */
    static long fileSystemMagic(String path) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buf = arena.allocate(256, 8);
            long result = STATFS.apply(string(arena, path), buf.address());
            return result < 0 ? result : buf.get(ValueLayout.JAVA_LONG, 0);
        }
    }

    static int flock(int fd, int operation) {
        int result;
        do {
            result = FLOCK.applyInt(fd, operation);
        } while (result == -Errno.EINTR);
        return result;
    }

    static int setns(int fd, int type) {
        return SETNS.applyInt(fd, type);
    }

    @SuppressWarnings("restricted")
    static String strerror(int errno) {
        return MemorySegment.ofAddress(STRERROR.apply(errno)).reinterpret(256).getString(0);
    }
}
