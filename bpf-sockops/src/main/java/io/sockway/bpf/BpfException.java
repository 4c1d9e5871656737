package io.sockway.bpf;

import java.util.Optional;

/** An operation on a BPF object that failed. The message names the operation, the object and the kernel's reason. */
public final class BpfException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private static final String END_OF_VERIFIER_LOG = "-- END PROG LOAD LOG --";

    private final int errno;
    private final String log;

    BpfException(String operation, String object, int errno) {
        this(operation, object, errno, "");
    }

    BpfException(String operation, String object, int errno, String log) {
        super(message(operation, object, errno, log));
        this.errno = errno;
        this.log = log;
    }

    /** The positive error number. */
    public int errno() {
        return errno;
    }

    /** The whole log of the verifier and of libbpf, empty where there is none; the message shows its last line. */
    public String log() {
        return log;
    }

    static int check(int result, String operation, String object) {
        if (result < 0) {
            throw new BpfException(operation, object, -result);
        }
        return result;
    }

    /** The same for addresses, which are positive in user space. */
    static long check(long result, String operation, String object) {
        if (result < 0) {
            throw new BpfException(operation, object, (int) -result);
        }
        return result;
    }

    private static String message(String operation, String object, int errno, String log) {
        String text = operation + " " + object + ": " + Errno.describe(errno);
        return lastLine(log).map(line -> text + ": " + line).orElse(text);
    }

    /** What the verifier ended with, or else what libbpf ended with. */
    private static Optional<String> lastLine(String log) {
        int end = log.indexOf(END_OF_VERIFIER_LOG);
        return (end < 0 ? log : log.substring(0, end)).lines().map(String::strip).filter(BpfException::isVerdict)
                .reduce((first, last) -> last);
    }

    private static boolean isVerdict(String line) {
        return !line.isEmpty() && !line.startsWith("processed ") && !line.startsWith("verification time")
                && !line.startsWith("stack depth") && !line.startsWith("-- ");
    }
}
