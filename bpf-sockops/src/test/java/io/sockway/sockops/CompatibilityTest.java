package io.sockway.sockops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** That an application sees the same with and without Sockway: every row of rows.py runs in a pod of each kind. */
class CompatibilityTest {
    private static final String SCRIPT = script();
    private static final Path DOCUMENT = Path.of("..", "docs", "compatibility.md");
    private static final String WITHOUT_SOCKWAY = "0";
    private static final String UNTIL_REDIRECTED = "5";
    private static final String A_WHILE = "0.7";

    /** What a sockmap cannot carry and is seen before the flow is enrolled. */
    private static final Set<String> STAYS_ON_TCP = Set.of(
            "blocking_with_signal", "dont_wait", "receive_low_water_mark", "reset_in_blocking_recv",
            "second_thread_writes", "self_connection", "simultaneous_open", "two_readers", "urgent_data_by_signal",
            "urgent_data_inline", "wait_all", "zero_copy");

    /** Rows in which the application sees something else. One that has become equal must leave this table. */
    private static final Map<String, String> KNOWN_DIFFERENCES = Map.ofEntries(
            Map.entry("truncate_leaves_buffer", "MSG_TRUNC drops the right bytes, but writes them to the buffer too"),
            Map.entry("truncate_without_buffer", "MSG_TRUNC without a buffer fails with EFAULT while redirected bytes wait"),
            Map.entry("several_messages_without_room",
                    "sendmmsg goes on after a message that was sent in part only, and the rest of that one is lost"),
            Map.entry("splice_from_enrolled_flow", "splice answers EAGAIN while redirected bytes wait; recv gets them"),
            Map.entry("splice_after_partial_read", "splice answers EAGAIN while redirected bytes wait; recv gets them"),
            Map.entry("splice_of_mixed_bytes", "splice answers EAGAIN while redirected bytes wait; recv gets them"),
            Map.entry("splice_relay", "splice answers EAGAIN while redirected bytes wait: the relay stands still"),
            Map.entry("io_uring_send_zero_copy", "SEND_ZC on an enrolled flow fails with ENOTSUP"),
            Map.entry("close_with_unread_data",
                    "close with unread redirected bytes sends FIN instead of RST: the sender sees a clean end, not ECONNRESET"),
            Map.entry("close_with_partly_read_data",
                    "close with unread redirected bytes sends FIN instead of RST: the sender sees a clean end, not ECONNRESET"),
            Map.entry("close_with_unread_data_after_an_answer",
                    "close with unread redirected bytes sends FIN instead of RST: the sender sees a clean end, not ECONNRESET"),
            Map.entry("close_with_unread_tcp_data", "bytes by TCP wait in the redirect queue too, so close sends FIN instead of RST"),
            Map.entry("peer_killed_with_unread_data",
                    "close with unread redirected bytes sends FIN instead of RST: the sender sees a clean end, not ECONNRESET"),
            Map.entry("wait_all_after_blocking_mode", "the first MSG_WAITALL after switching to blocking mode returns short"),
            Map.entry("signal_after_blocking_mode",
                    "a member's blocking recv answers EAGAIN when anything but data wakes it, until a pass has taken it out"),
            Map.entry("reset_after_blocking_mode",
                    "a member's blocking recv answers EAGAIN when anything but data wakes it, until a pass has taken it out"),
            Map.entry("tcp_info_counters",
                    "bytes_received, bytes_acked and segment counts of TCP_INFO stand still while messages are redirected"),
            Map.entry("packets_dropped_under_traffic",
                    "redirected messages pass by iptables: they arrive, until keepalive probes go unanswered"),
            Map.entry("urgent_data", "MSG_OOB on an enrolled flow arrives inline, without POLLPRI or mark"));

    /** As before, but depending on whether a pass comes in time. */
    private static final Map<String, String> SOMETIMES_DIFFERENT = Map.ofEntries(
            Map.entry("zero_copy_after_enrolment",
                    "no completion in the first millisecond after SO_ZEROCOPY is set, or where reads are watched after the first one"),
            Map.entry("queue_length_option_after_enrolment",
                    "no queue length in the first millisecond after TCP_INQ is set, or where reads are watched after the first read"),
            Map.entry("peek_offset",
                    "SO_PEEK_OFF counts from about a millisecond after it is set, or where reads are watched after the first look"),
            Map.entry("timestamps_after_enrolment",
                    "no time in the first millisecond after SO_TIMESTAMPNS is set, or where reads are watched after the first read"),
            Map.entry("two_readers_after_blocking_mode",
                    "a member's blocking recv answers EAGAIN when anything but data wakes it, until a pass has taken it out"),
            Map.entry("second_thread_writes_after_blocking_mode",
                    "a member's blocking recv answers EAGAIN when anything but data wakes it, until a pass has taken it out"));

    private static Pod plain;
    private static Pod accelerated;
    private static KernelFixture sockway;

    /** What a row printed: the path that its messages took, and what the application saw. */
    private record Result(String path, List<String> transcript) {
    }

    /** A pod with the process that runs rows in it, one at a time. */
    private static final class Pod implements AutoCloseable {
        private final Sandbox sandbox = new Sandbox();
        private final PrintWriter commands;
        private final BufferedReader output;

        Pod() throws IOException {
            sandbox.inside("iptables", "-t", "nat", "-A", "OUTPUT", "-p", "tcp", "--dport", "80", "-j", "REDIRECT", "--to-ports", "15001");
            Process process = sandbox.start("ip", "netns", "exec", sandbox.namespace(), "python3", "-c", SCRIPT);
            commands = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
            output = process.inputReader(StandardCharsets.UTF_8);
        }

        void start(String row, String patience) {
            commands.println(row + " " + patience);
        }

        Result result() throws IOException {
            List<String> lines = new ArrayList<>();
            for (String line = output.readLine(); line != null && !line.isEmpty(); line = output.readLine()) {
                lines.add(line);
            }
            assertThat(lines).as("output of the row").isNotEmpty();
            return new Result(lines.getFirst(), lines.subList(1, lines.size()));
        }

        @Override
        public void close() {
            commands.close();
            sandbox.close();
        }
    }

    @BeforeAll
    static void makePods() throws IOException {
        plain = new Pod();
        accelerated = new Pod();
        sockway = new KernelFixture(accelerated.sandbox);
    }

    @AfterAll
    static void removePods() {
        if (sockway != null) {
            sockway.close();
        }
        Stream.of(plain, accelerated).filter(Objects::nonNull).forEach(Pod::close);
    }

    static Stream<String> rows() {
        return Pattern.compile("^@row\\Rdef (\\w+)", Pattern.MULTILINE).matcher(SCRIPT).results().map(match -> match.group(1));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void shouldLookTheSame(String row) throws IOException {
        boolean stays = STAYS_ON_TCP.contains(row);
        plain.start(row, WITHOUT_SOCKWAY);
        accelerated.start(row, stays ? A_WHILE : UNTIL_REDIRECTED);
        Result want = plain.result();
        Result got = accelerated.result();
        assertThat(want.transcript()).as("without Sockway").isNotEmpty()
                .noneMatch(line -> line.startsWith("ends with") || line.equals("hangs"));
        if (SOMETIMES_DIFFERENT.containsKey(row)) {
            assertThat(got.transcript()).as(SOMETIMES_DIFFERENT.get(row)).hasSameSizeAs(want.transcript());
        } else if (KNOWN_DIFFERENCES.containsKey(row)) {
            assertThat(got.transcript()).as("no known difference any more, take it out of the table").isNotEqualTo(want.transcript());
        } else {
            assertThat(got.transcript()).as("with Sockway, path: " + got.path()).containsExactlyElementsOf(want.transcript());
            assertThat(got.path().equals("tcp")).as("path is TCP all the time").isEqualTo(stays);
        }
    }

    @Test
    void shouldNameProcessesThatMaySendWithoutCopyByIoUring() throws IOException {
        accelerated.start("io_uring_poll", UNTIL_REDIRECTED);
        accelerated.result();
        assertThat(sockway.accelerator().habits()).extracting(Habit::reason).contains(Reason.IO_URING);
    }

    @Test
    void shouldBeDocumented() throws IOException {
        Map<String, String> wanted = new TreeMap<>();
        rows().forEach(row -> wanted.put(row, STAYS_ON_TCP.contains(row) ? "stays on TCP" : "as TCP"));
        KNOWN_DIFFERENCES.forEach((row, reason) -> wanted.put(row, "known difference: " + reason));
        SOMETIMES_DIFFERENT.forEach((row, reason) -> wanted.put(row, "known difference, sometimes: " + reason));
        Map<String, String> documented = new TreeMap<>();
        Pattern.compile("^\\| `(\\w+)` \\|.*\\| (as TCP|stays on TCP|known difference.*?)(, leaves)? \\|$", Pattern.MULTILINE)
                .matcher(Files.readString(DOCUMENT)).results().forEach(line -> documented.put(line.group(1), line.group(2)));
        assertThat(documented).isEqualTo(wanted);
    }

    @Test
    void shouldNameEachRowInOneTableAtMost() {
        List<String> named = Stream.of(STAYS_ON_TCP, KNOWN_DIFFERENCES.keySet(), SOMETIMES_DIFFERENT.keySet()).flatMap(Set::stream)
                .toList();
        assertThat(named).doesNotHaveDuplicates();
        assertThat(rows()).containsAll(named);
    }

    private static String script() {
        try (InputStream in = CompatibilityTest.class.getResourceAsStream("/rows.py")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
