package io.sockway.bench.hop;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.sockway.bench.lab.Control;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The process of one end. It connects to a control socket and does what it is told there, a line at a time, until that closes:
 * {@code serve ASSIGNMENT} is answered by {@code ready CLOCK} and later by {@code done}; {@code drive CLOCK ASSIGNMENT} by
 * {@code done SAMPLE}; whatever fails, by {@code failed MESSAGE}.
 */
final class Peer {
    static final String SERVE = "serve";
    static final String DRIVE = "drive";
    static final String READY = "ready";
    static final String DONE = "done";

    /** A mask of so many CPUs; the kernel ignores those that do not exist. */
    private static final int MASK_WORDS = 16;

    private final PrintWriter answers;

    private Peer(PrintWriter answers) {
        this.answers = answers;
    }

    /** {@code arguments} is the path of the control socket. */
    public static void main(String[] arguments) throws IOException {
        Control.serve(arguments[0], (order, answers) -> new Peer(answers).obey(order));
    }

    private void obey(String order) {
        try {
            String[] words = order.split(" ", 2);
            if (words[0].equals(SERVE)) {
                Assignment assignment = Assignment.parse(words[1]);
                pin(assignment.serverCpu());
                String clock = clock();
                Server.serve(assignment, () -> answers.println(READY + " " + clock));
                answers.println(DONE);
            } else {
                String[] parts = words[1].split(" ", 2);
                Assignment assignment = Assignment.parse(parts[1]);
                pin(assignment.clientCpu());
                answers.println(DONE + " " + Client.drive(assignment, Path.of(parts[0])).line());
            }
        } catch (HopException e) {
            answers.println(Control.FAILED + " " + e.getMessage());
        }
    }

    /** Where anyone can read how long this thread has been on a CPU. */
    private static String clock() {
        try {
            return Path.of("/proc").resolve(Files.readSymbolicLink(Path.of("/proc/thread-self"))).resolve("schedstat").toString();
        } catch (IOException e) {
            throw new HopException("cannot read /proc/thread-self", e);
        }
    }

    /** Only this thread: the JVM's own stay where the scheduler puts them. */
    private static void pin(int cpu) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mask = arena.allocate(JAVA_LONG, MASK_WORDS);
            mask.setAtIndex(JAVA_LONG, cpu / Long.SIZE, 1L << cpu % Long.SIZE);
            Libc.affinity(mask);
        }
    }
}
