package io.sockway.bpf;

/** What the kernel lets others do with this process. */
public final class OwnProcess {
    private OwnProcess() {
    }

    /**
     * Keeps other processes of the same user out: they can no longer reach this one's descriptors, memory and mounts ({@code /proc/PID/fd},
     * {@code mem}, {@code root}), which hold its pins. Root is not kept out.
     */
    public static void closeToItsUser() {
        BpfException.check(Libc.prctl(Libc.PR_SET_DUMPABLE, 0), "prctl", "PR_SET_DUMPABLE");
    }
}
