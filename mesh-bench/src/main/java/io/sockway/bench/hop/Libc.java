package io.sockway.bench.hop;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The system calls of an end, straight: java.nio would add work of its own to each message. Pointers travel as numbers, so that no
 * call allocates; the caller keeps what they point to alive. Constants are Linux's, the same on x86-64 and aarch64.
 */
@SuppressWarnings("restricted")
final class Libc {
    static final int AF_UNIX = 1;
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;
    static final int SOCK_STREAM = 1;
    static final int SOCK_NONBLOCK = 0x800;
    static final int SOL_SOCKET = 1;
    static final int SO_REUSEADDR = 2;
    static final int IPPROTO_TCP = 6;
    static final int TCP_NODELAY = 1;
    static final int TCP_INFO = 11;
    static final int F_SETFL = 4;
    static final int SHUT_WR = 1;
    static final int MSG_NOSIGNAL = 0x4000;
    static final int EPOLL_CTL_ADD = 1;
    static final int EPOLL_CTL_MOD = 3;
    static final int EPOLLIN = 1;
    static final int EPOLLOUT = 4;
    static final int CLOCK_THREAD_CPUTIME_ID = 3;
    /** The kernel's name for a process's clock: the complement of its pid above three bits that say which of its clocks. */
    static final int PID_SHIFT = 3;
    static final int CPUCLOCK_SCHED = 2;
    static final int EINTR = 4;
    static final int EAGAIN = 11;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final VarHandle ERRNO = Linker.Option.captureStateLayout()
            .varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle SOCKET = of("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle BIND = of("bind", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle LISTEN = of("listen", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle ACCEPT = of("accept4", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
    private static final MethodHandle CONNECT = of("connect", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle SETSOCKOPT = of("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle GETSOCKOPT = of("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle FCNTL = LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow("fcntl"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT), Linker.Option.firstVariadicArg(2),
            Linker.Option.captureCallState("errno"));
    private static final MethodHandle SHUTDOWN = of("shutdown", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle CLOSE = of("close", JAVA_INT, JAVA_INT);
    private static final MethodHandle SEND = of("send", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
    private static final MethodHandle RECV = of("recv", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
    private static final MethodHandle EPOLL_CREATE = of("epoll_create1", JAVA_INT, JAVA_INT);
    private static final MethodHandle EPOLL_CTL = of("epoll_ctl", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle EPOLL_WAIT = of("epoll_wait", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);
    private static final MethodHandle SET_AFFINITY = of("sched_setaffinity", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle CLOCK = of("clock_gettime", JAVA_INT, JAVA_INT, JAVA_LONG);

    /** Where the last failed call left its errno; each process has one thread that calls. */
    private static final MemorySegment STATE = Arena.global().allocate(Linker.Option.captureStateLayout());

    private Libc() {
    }

    /** The errno of the last call that returned -1. */
    static int errno() {
        return (int) ERRNO.get(STATE, 0L);
    }

    static int socket(int domain, int type) {
        try {
            return check("socket", (int) SOCKET.invokeExact(STATE, domain, type, 0));
        } catch (Throwable e) {
            throw sneaky(e);
        }
    }

    static void bind(int socket, MemorySegment address) {
        try {
            check("bind", (int) BIND.invokeExact(STATE, socket, address.address(), (int) address.byteSize()));
        } catch (Throwable e) {
            throw sneaky(e);
        }
    }

    static void listen(int socket, int backlog) {
        try {
            check("listen", (int) LISTEN.invokeExact(STATE, socket, backlog));
        } catch (Throwable e) {
            throw sneaky(e);
        }
    }

    /** Waits for a connection; its socket does not block. */
    static int accept(int socket) {
        try {
            return check("accept4", (int) ACCEPT.invokeExact(STATE, socket, 0L, 0L, SOCK_NONBLOCK));
        } catch (Throwable e) {
            throw sneaky(e);
        }
    }

    static void connect(int socket, MemorySegment address) {
        try {
            check("connect", (int) CONNECT.invokeExact(STATE, socket, address.address(), (int) address.byteSize()));
        } catch (Throwable e) {
            throw sneaky(e);
        }
    }

    static void setOption(int socket, int level, int option, MemorySegment value) {
        try {
            check("setsockopt", (int) SETSOCKOPT.invokeExact(STATE, socket, level, option, value.address(), (int) value.byteSize()));
        } catch (Throwable e) {
            throw sneaky(e);
        }
    }

    /** Fills {@code value}; {@code length} says how many bytes it has and gets how many were written. */
    static void option(int socket, int level, int option, MemorySegment value, MemorySegment length) {
        try {
            check("getsockopt", (int) GETSOCKOPT.invokeExact(STATE, socket, level, option, value.address(), length.address()));
        } catch (Throwable e) {
            throw sneaky(e);
        }
    }

    static void doNotBlock(int socket) {
        try {
            check("fcntl", (int) FCNTL.invokeExact(STATE, socket, F_SETFL, SOCK_NONBLOCK));
        } catch (Throwable e) {
            throw sneaky(e);
        }
    }

    static void shutdown(int socket, int how) {
        try {
            check("shutdown", (int) SHUTDOWN.invokeExact(STATE, socket, how));
        } catch (Throwable e) {
            throw sneaky(e);
        }
    }

    static void close(int descriptor) {
        try {
            check("close", (int) CLOSE.invokeExact(STATE, descriptor));
        } catch (Throwable e) {
            throw sneaky(e);
        }
    }

    /** How many bytes were taken, or -1 and {@link #errno()}. */
    static long send(int socket, long address, long length) {
        try {
            return (long) SEND.invokeExact(STATE, socket, address, length, MSG_NOSIGNAL);
        } catch (Throwable e) {
            throw sneaky(e);
        }
    }

    /** How many bytes came, 0 at the end, or -1 and {@link #errno()}. */
    static long receive(int socket, long address, long length) {
        try {
            return (long) RECV.invokeExact(STATE, socket, address, length, 0);
        } catch (Throwable e) {
            throw sneaky(e);
        }
    }

    static int epoll() {
        try {
            return check("epoll_create1", (int) EPOLL_CREATE.invokeExact(STATE, 0));
        } catch (Throwable e) {
            throw sneaky(e);
        }
    }

    static void epollControl(int epoll, int operation, int socket, MemorySegment event) {
        try {
            check("epoll_ctl", (int) EPOLL_CTL.invokeExact(STATE, epoll, operation, socket, event.address()));
        } catch (Throwable e) {
            throw sneaky(e);
        }
    }

    /** How many events came before {@code millis} were over, at most one, or -1 and {@link #errno()}. */
    static int epollWait(int epoll, long event, int millis) {
        try {
            return (int) EPOLL_WAIT.invokeExact(STATE, epoll, event, 1, millis);
        } catch (Throwable e) {
            throw sneaky(e);
        }
    }

    /** Keeps the calling thread on the CPUs whose bits are set in {@code mask}. */
    static void affinity(MemorySegment mask) {
        try {
            check("sched_setaffinity", (int) SET_AFFINITY.invokeExact(STATE, 0, mask.byteSize(), mask.address()));
        } catch (Throwable e) {
            throw sneaky(e);
        }
    }

    /** CPU time of the calling thread so far, user and system, in nanoseconds. */
    static long threadCpuNanos() {
        return nanos(CLOCK_THREAD_CPUTIME_ID);
    }

    /** CPU time of all threads of a process so far, user and system, in nanoseconds; see clock_getcpuclockid(3). */
    static long processCpuNanos(long pid) {
        return nanos((int) (~pid << PID_SHIFT) | CPUCLOCK_SCHED);
    }

    private static long nanos(int clock) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment time = arena.allocate(JAVA_LONG, 2);
            check("clock_gettime", (int) CLOCK.invokeExact(STATE, clock, time.address()));
            return time.getAtIndex(JAVA_LONG, 0) * 1_000_000_000 + time.getAtIndex(JAVA_LONG, 1);
        } catch (Throwable e) {
            throw sneaky(e);
        }
    }

    /** A failure of the last call. */
    static HopException failure(String call) {
        return new HopException("%s failed with errno=%d".formatted(call, errno()));
    }

    private static int check(String call, int result) {
        if (result < 0) {
            throw failure(call);
        }
        return result;
    }

    private static MethodHandle of(String name, MemoryLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), FunctionDescriptor.of(result, arguments),
                Linker.Option.captureCallState("errno"));
    }

    /** Downcalls throw nothing of their own. */
    private static RuntimeException sneaky(Throwable failure) {
        switch (failure) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new AssertionError("a downcall threw a checked exception", failure);
        }
    }
}
