package io.sockway.bpf;

import java.util.Map;

/** Names and texts of error numbers, as the kernel's headers and strerror(3) give them. */
public final class Errno {
    /** Operation not permitted. */
    public static final int EPERM = 1;
    /** No such file, or no such key in a map. */
    public static final int ENOENT = 2;
    /** Interrupted system call. */
    public static final int EINTR = 4;
    /** Too many elements for the map. */
    public static final int E2BIG = 7;
    /** Resource temporarily unavailable. */
    public static final int EAGAIN = 11;
    /** Permission denied. */
    public static final int EACCES = 13;
    /** Already there. */
    public static final int EEXIST = 17;
    /** Invalid argument. */
    public static final int EINVAL = 22;
    /** No space left. */
    public static final int ENOSPC = 28;
    /** Operation not supported. */
    public static final int EOPNOTSUPP = 95;
    /** The same, from inside the kernel. */
    public static final int ENOTSUPP = 524;

    private static final Map<Integer, String> NAMES = Map.ofEntries(
            Map.entry(EPERM, "EPERM"), Map.entry(ENOENT, "ENOENT"), Map.entry(EINTR, "EINTR"), Map.entry(E2BIG, "E2BIG"),
            Map.entry(9, "EBADF"), Map.entry(EAGAIN, "EAGAIN"), Map.entry(12, "ENOMEM"), Map.entry(EACCES, "EACCES"),
            Map.entry(14, "EFAULT"), Map.entry(16, "EBUSY"), Map.entry(EEXIST, "EEXIST"), Map.entry(19, "ENODEV"),
            Map.entry(20, "ENOTDIR"), Map.entry(EINVAL, "EINVAL"), Map.entry(24, "EMFILE"), Map.entry(ENOSPC, "ENOSPC"),
            Map.entry(38, "ENOSYS"), Map.entry(EOPNOTSUPP, "EOPNOTSUPP"), Map.entry(ENOTSUPP, "ENOTSUPP"));

    private Errno() {
    }

    /** The text of an error number and its name, for example {@code Operation not permitted (EPERM)}. */
    public static String describe(int errno) {
        String name = NAMES.getOrDefault(errno, "errno " + errno);
        return errno == ENOTSUPP ? "Operation not supported (ENOTSUPP)" : Libc.strerror(errno) + " (" + name + ")";
    }
}
