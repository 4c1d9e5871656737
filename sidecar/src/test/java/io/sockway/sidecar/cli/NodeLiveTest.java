package io.sockway.sidecar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What this machine can be made to suffer from: doctor says nothing before, names it during, tune mends it and revert restores. */
@SuppressWarnings("try")
class NodeLiveTest {
    private static final String FLOOD = """
            import socket, sys
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.connect(("10.9.0.2", 9999))
            %s
            print("ready")
            while True:
                try:
                    s.send(b"x" * %d)
                except OSError:
                    pass
            """;
    private static final String READER = """
            import socket
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.bind(("10.9.0.2", 9999))
            print("ready")
            while True:
                s.recv(65536)
            """;

    @TempDir
    private Path folder;

    private VethPair net;

    @BeforeEach
    void open() {
        net = new VethPair();
    }

    @AfterEach
    void close() {
        net.close();
    }

    @Test
    void shouldFindAndMendAnOverrunBacklog() {
        List<String> node = List.of();
        String before = NodeSysctl.value("net.core.netdev_max_backlog");
        net.python(net.inRight(), READER);
        VethPair.run(net.inLeft(), "ethtool", "-K", "va", "tx-udp-segmentation", "off", "gso", "off");
        try (NodeSysctl ordinary = new NodeSysctl("net.core.netdev_max_backlog", "1000")) {
            assertThat(finding(doctor(node), "softnet-drops")).isEmpty();
        }

        /* One send becomes 60 packets at once: more than the small queue, fewer than the one that tune gives. */
        net.python(net.inLeft(), FLOOD.formatted("s.setsockopt(socket.IPPROTO_UDP, 103, 1000)", 60_000));
        try (NodeSysctl small = new NodeSysctl("net.core.netdev_max_backlog", "10")) {
            JsonObject found = finding(doctor(node), "softnet-drops").orElseThrow();
            assertThat(found.get("evidence").toString()).contains("/proc/net/softnet_stat")
                    .contains("enqueue_to_backlog with reason CPU_BACKLOG").contains("net.core.netdev_max_backlog is 10");
            assertThat(found.get("remedy").getAsString()).contains("net.core.netdev_max_backlog=32768");

            assertThat(tune(node, "apply", "--only", "kernel-input").exitCode()).isZero();
            assertThat(NodeSysctl.value("net.core.netdev_max_backlog")).isEqualTo("32768");
            assertThat(folder.resolve("prefix/etc/sysctl.d/90-sockway.conf")).content().contains("net.core.netdev_max_backlog = 32768");
            Cli.Result verified = tune(node, "verify");
            assertThat(verified.exitCode()).isZero();
            assertThat(verified.out()).contains("kept: 32768").containsPattern("softnet-drops before: CPU \\d+ drops")
                    .contains("now:    gone");

            assertThat(tune(node, "revert").exitCode()).isZero();
            assertThat(NodeSysctl.value("net.core.netdev_max_backlog")).isEqualTo("10");
            assertThat(folder.resolve("prefix/etc/sysctl.d/90-sockway.conf")).doesNotExist();
            assertThat(folder.resolve("journal/tune.journal")).doesNotExist();
        }
        assertThat(NodeSysctl.value("net.core.netdev_max_backlog")).isEqualTo(before);
    }

    @Test
    void shouldFindAndMendAListenOverflow() {
        VethPair.run(net.inRight(), "sysctl", "-qw", "net.core.somaxconn=4");
        assertThat(finding(doctor(net.inRight()), "listen-overflow")).isEmpty();

        Process server = net.python(net.inRight(), listener());
        Process client = net.python(net.inLeft(), connector(40));
        JsonObject found = finding(doctor(net.inRight()), "listen-overflow").orElseThrow();
        assertThat(found.get("severity").getAsString()).isEqualTo("critical");
        assertThat(found.get("evidence").toString()).contains("python3").contains("on port 8080 has 5 connections waiting")
                .contains("net.core.somaxconn is 4").contains("ListenOverflows");
        assertThat(found.get("remedy").getAsString()).contains("net.core.somaxconn=4096");

        assertThat(tune(net.inRight(), "apply", "--no-sample", "--only", "tcp").exitCode()).isZero();
        client.destroyForcibly();
        server.destroyForcibly();
        net.python(net.inRight(), listener());
        net.python(net.inLeft(), connector(40));
        assertThat(finding(doctor(net.inRight()), "listen-overflow")).isEmpty();

        assertThat(tune(net.inRight(), "revert").exitCode()).isZero();
        assertThat(VethPair.run(net.inRight(), "sysctl", "-n", "net.core.somaxconn").strip()).isEqualTo("4");
    }

    @Test
    void shouldBlameTheProgramWhoseOwnBacklogIsTooShort() {
        net.python(net.inRight(), listener().replace("listen(4096)", "listen(2)"));
        net.python(net.inLeft(), connector(20));
        JsonObject found = finding(doctor(net.inRight()), "listen-overflow").orElseThrow();
        assertThat(found.get("evidence").toString()).contains("has 3 connections waiting");
        assertThat(found.get("remedy").getAsString()).contains("the program itself asks for that length").doesNotContain("sysctl -w");
    }

    @Test
    void shouldFindAndMendAnExhaustedPortRange() {
        VethPair.run(net.inLeft(), "sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 40099");
        net.python(net.inRight(), listener().replace("print(", "import threading; threading.Thread(target=lambda: "
                + "[s.accept() for _ in range(10**6)], daemon=True).start(); print("));
        assertThat(finding(doctor(net.inLeft()), "port-exhaustion")).isEmpty();

        net.python(net.inLeft(), """
                import socket, time
                kept = []
                try:
                    while True:
                        s = socket.socket()
                        s.connect(("10.9.0.2", 8080))
                        kept.append(s)
                except OSError as e:
                    assert e.errno == 99, e
                print("ready")
                time.sleep(60)
                """);
        JsonObject found = finding(doctor(net.inLeft()), "port-exhaustion").orElseThrow();
        assertThat(found.get("severity").getAsString()).isEqualTo("critical");
        assertThat(found.get("evidence").toString()).contains("100 of 100 local ports").contains("10.9.0.2:8080");

        assertThat(tune(net.inLeft(), "apply", "--no-sample", "--only", "tcp").exitCode()).isZero();
        assertThat(finding(doctor(net.inLeft()), "port-exhaustion")).isEmpty();
        VethPair.run(net.inLeft(), "python3", "-c", "import socket; socket.create_connection(('10.9.0.2', 8080))");

        assertThat(tune(net.inLeft(), "revert").exitCode()).isZero();
        assertThat(VethPair.run(net.inLeft(), "sysctl", "-n", "net.ipv4.ip_local_port_range")).isEqualTo("40000\t40099\n");
        assertThat(VethPair.run(net.inLeft(), "sysctl", "-n", "net.ipv4.ip_local_reserved_ports").strip()).isEmpty();
    }

    @Test
    void shouldFindAndMendAFullConnectionTable() {
        VethPair.run(net.inLeft(), "iptables", "-A", "OUTPUT", "-m", "conntrack", "--ctstate", "INVALID", "-j", "DROP");
        assertThat(finding(doctor(net.inLeft()), "conntrack-full")).isEmpty();
        try (NodeSysctl small = new NodeSysctl("net.netfilter.nf_conntrack_max", "2048")) {
            net.python(net.inLeft(), """
                    import socket, time
                    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                    def send(port):
                        try:
                            s.sendto(b"x", ("10.9.0.2", port))
                        except OSError:
                            pass
                    for port in range(20000, 22100):
                        send(port)
                    print("ready")
                    while True:
                        for port in range(30000, 60000):
                            send(port)
                            time.sleep(0.001)
                    """);
            JsonObject found = finding(doctor(net.inLeft()), "conntrack-full").orElseThrow();
            assertThat(found.get("evidence").toString()).contains("of 2,048 entries").contains("/proc/net/stat/nf_conntrack");

            List<String> node = List.of();
            assertThat(tune(node, "apply", "--no-sample", "--only", "conntrack").exitCode()).isZero();
            assertThat(finding(doctor(net.inLeft()), "conntrack-full")).isEmpty();
            assertThat(tune(node, "revert").exitCode()).isZero();
            assertThat(NodeSysctl.value("net.netfilter.nf_conntrack_max")).isEqualTo("2048");
        }
    }

    @Test
    void shouldNameWhyPacketsAreDropped() {
        assertThat(finding(doctor(net.inRight()), "packet-drops")).isEmpty();
        net.python(net.inRight(), READER.replace("while True:\n    s.recv(65536)", "import time; time.sleep(60)"));
        net.python(net.inLeft(), FLOOD.formatted("", 100));
        assertThat(finding(doctor(List.of()), "packet-drops").orElseThrow().get("evidence").toString()).contains("receive buffer was full")
                .contains("SOCKET_RCVBUFF").contains("kernel function udp_");
        assertThat(finding(doctor(net.inRight()), "udp-buffer-full").orElseThrow().get("evidence").toString())
                .contains("Udp RcvbufErrors").contains("kernel function udp_");
        assertThat(finding(doctor(net.inLeft()), "packet-drops")).as("seen from the other namespace").isEmpty();
    }

    @Test
    void shouldFindAndMendASlowStartAfterAPause() {
        net.python(net.inRight(), """
                import socket, threading, time
                listener = socket.socket()
                listener.bind(("10.9.0.2", 8080))
                listener.listen(64)
                def serve(s):
                    while data := s.recv(65536):
                        if len(data) == 1:
                            time.sleep(0.02)
                            s.send(b"y")
                def accept():
                    while True:
                        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
                threading.Thread(target=accept, daemon=True).start()
                print("ready")
                time.sleep(60)
                """);
        assertThat(finding(doctor(net.inLeft()), "slow-start-after-idle")).isEmpty();

        /* The bulk makes the window large, the answers that take their time the round trip long. */
        net.python(net.inLeft(), """
                import socket, time
                kept = [socket.create_connection(("10.9.0.2", 8080)) for _ in range(12)]
                for s in kept:
                    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"reno")
                    for _ in range(8):
                        s.sendall(b"x" * 400000)
                    for _ in range(3):
                        time.sleep(0.005)
                        s.sendall(b"x")
                        s.recv(1)
                time.sleep(1)
                print("ready")
                time.sleep(60)
                """);
        assertThat(finding(doctor(net.inLeft()), "slow-start-after-idle").orElseThrow().get("evidence").toString())
                .contains("of 12 established connections").contains("net.ipv4.tcp_slow_start_after_idle is 1");

        assertThat(tune(net.inLeft(), "apply", "--no-sample", "--only", "tcp").exitCode()).isZero();
        assertThat(finding(doctor(net.inLeft()), "slow-start-after-idle")).isEmpty();
        assertThat(tune(net.inLeft(), "revert").exitCode()).isZero();
        assertThat(VethPair.run(net.inLeft(), "sysctl", "-n", "net.ipv4.tcp_slow_start_after_idle").strip()).isEqualTo("1");
    }

    @Test
    void shouldFindASendQueueThatDrops() {
        assertThat(finding(doctor(net.inLeft()), "qdisc-drops")).isEmpty();
        VethPair.run(net.inLeft(), "tc", "qdisc", "add", "dev", "va", "root", "tbf", "rate", "1mbit", "burst", "10kb", "limit", "10kb");
        net.python(net.inRight(), READER);
        net.python(net.inLeft(), FLOOD.formatted("", 1000));
        JsonObject found = finding(doctor(net.inLeft()), "qdisc-drops").orElseThrow();
        assertThat(found.get("evidence").toString()).contains("the send queue of va (tbf").contains("tc -s qdisc show dev va");
        assertThat(found.get("remedy").getAsString()).contains("egress-bandwidth");
    }

    @Test
    void shouldSpreadTheFlowsOfAVethByRps() {
        List<String> onOneCpu = new ArrayList<>(net.inLeft());
        onOneCpu.addAll(List.of("taskset", "-c", "0"));
        net.python(net.inRight(), READER.replace("while True:\n    s.recv(65536)", "import time; time.sleep(90)"));
        net.python(onOneCpu, """
                import socket
                flows = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(16)]
                for s in flows:
                    s.connect(("10.9.0.2", 9999))
                print("ready")
                while True:
                    for s in flows:
                        try:
                            s.send(b"x")
                        except OSError:
                            pass
                """);
        JsonObject found = eventually(net.inRight(), "rps-off");
        assertThat(found.get("evidence").toString()).contains("CPU 0 takes in").contains("vb has one receive queue and no RPS");
        assertThat(tune(net.inRight(), "plan", "--only", "steering").out())
                .containsPattern("/sys/class/net/vb/queues/rx-0/rps_cpus +0 -> ");
        JsonObject planned = JsonParser.parseString(tune(net.inRight(), "plan", "--only", "steering", "--json").out()).getAsJsonObject();
        assertThat(planned.get("changes").getAsInt()).isPositive();
        assertThat(planned.getAsJsonArray("settings").get(0).getAsJsonObject().keySet())
                .contains("key", "area", "now", "value", "reason", "command", "state");

        assertThat(tune(net.inRight(), "apply", "--no-sample", "--only", "steering").exitCode()).isZero();
        String mask = VethPair.run(net.inRight(), "cat", "/sys/class/net/vb/queues/rx-0/rps_cpus").strip();
        assertThat(Long.bitCount(Long.parseLong(mask, 16))).isEqualTo(Runtime.getRuntime().availableProcessors());
        long steered = steeredPackets();
        assertThat(finding(doctor(net.inRight()), "rps-off")).isEmpty();
        assertThat(steeredPackets()).as("packets that RPS gave to another CPU").isGreaterThan(steered + 1000);
        assertThat(tune(net.inRight(), "apply", "--only", "steering").out()).contains("0 changes").contains("nothing to do");

        assertThat(tune(net.inRight(), "revert").exitCode()).isZero();
        assertThat(VethPair.run(net.inRight(), "cat", "/sys/class/net/vb/queues/rx-0/rps_cpus").strip()).matches("0+");
    }

    /** What one of many looks finds: where other programs use the CPUs too, none is idle all the time. */
    private static JsonObject eventually(List<String> where, String id) {
        List<String> command = new ArrayList<>(where);
        command.addAll(Cli.command("doctor", "--json", "--watch", "--interval", "300ms"));
        try {
            Process watch = new ProcessBuilder(command).start();
            try (BufferedReader lines = watch.inputReader()) {
                for (int look = 0; look < 150; look++) {
                    Optional<JsonObject> found = finding(JsonParser.parseString(lines.readLine()).getAsJsonObject(), id);
                    if (found.isPresent()) {
                        return found.get();
                    }
                }
                throw new AssertionError("never found: " + id);
            } finally {
                watch.destroyForcibly();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The tenth column, received_rps, of all CPUs. */
    private static long steeredPackets() {
        return VethPair.run("cat", "/proc/net/softnet_stat").lines().mapToLong(line -> Long.parseLong(line.split(" ")[9], 16)).sum();
    }

    @Test
    void shouldLeaveEverythingAsItWasAfterApplyAndRevert() {
        String before = settings();
        assertThat(tune(net.inRight(), "apply", "--no-sample", "--profile", "throughput").exitCode()).isZero();
        assertThat(settings()).isNotEqualTo(before);
        assertThat(tune(net.inRight(), "apply", "--no-sample", "--profile", "latency").exitCode()).isZero();
        assertThat(tune(net.inRight(), "revert").exitCode()).isZero();
        assertThat(settings()).isEqualTo(before);
    }

    @Test
    void shouldPutEverythingBackAfterAKillInTheMiddle() throws Exception {
        String before = settings();
        Path journal = folder.resolve("journal/tune.journal");
        for (int lines : new int[] {1, 5}) {
            List<String> command = new ArrayList<>(net.inRight());
            command.addAll(Cli.command("tune", "apply", "--profile", "throughput", "--no-sample", "--journal",
                    folder.resolve("journal").toString(), "--prefix", folder.resolve("prefix").toString()));
            Process process = new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            while (process.isAlive() && (!Files.exists(journal) || Files.readAllLines(journal).size() < lines)) {
                Thread.onSpinWait();
            }
            process.destroyForcibly().waitFor();
            assertThat(journal).exists();
            assertThat(tune(net.inRight(), "revert").exitCode()).isZero();
            assertThat(settings()).isEqualTo(before);
        }
    }

    @Test
    void shouldRefuseWhatIsNotOfferedAndSayWhatIs() {
        String before = settings();
        Cli.Result result = tune(net.inRight(), "apply", "--no-sample", "--set", "vb/ring-rx=4096", "--set",
                "net.ipv4.tcp_congestion_control=nosuch", "--set", "net.core.netdev_max_backlog=5", "--set", "net.core.somaxconn=-1");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out()).contains("vb does not offer ring-rx").contains("this kernel offers").contains("and not nosuch")
                .contains("this network namespace does not show net.core.netdev_max_backlog")
                .contains("the kernel refuses net.core.somaxconn = -1");
        assertThat(settings()).isEqualTo(before);
        assertThat(folder.resolve("journal")).doesNotExist();
        Cli.Result noArea = Cli.run("tune", "plan", "--only", "mesh");
        assertThat(noArea.exitCode()).isEqualTo(2);
        assertThat(noArea.err()).contains("'mesh' is no area with settings: there are nic-rings,");
    }

    @Test
    void shouldSayWhatItCannotLookAtOrHowLong() {
        for (String[] wrong : new String[][] {{"--interval", "99ms", "100ms or more"}, {"--interval", "25h", "24h or less"},
            {"--root", "/nowhere", "/nowhere/proc is not a Linux /proc"}}) {
            Cli.Result result = Cli.run("doctor", wrong[0], wrong[1]);
            assertThat(result.exitCode()).isEqualTo(2);
            assertThat(result.errorLine()).contains(wrong[2]);
        }
    }

    @Test
    void shouldLookWithoutRootAndSayWhatItCouldNotSee() {
        Cli.Result result = Cli.runUnder(List.of("setpriv", "--inh-caps=-all", "--bounding-set=-all"), "doctor", "--json");
        assertThat(result.exitCode()).isIn(0, 1);
        JsonObject diagnosis = JsonParser.parseString(result.out()).getAsJsonObject();
        assertThat(diagnosis.getAsJsonArray("unseen").toString()).contains("drop-reasons").contains("needs root");
        assertThat(result.err()).isEmpty();
    }

    private String settings() {
        return VethPair.run(net.inRight(), "sh", "-c", "sysctl -a 2>/dev/null | grep -e ^net -e ^vm | grep -v "
                + "-e conntrack_count -e stat_refresh; ethtool -k vb; ethtool -g vb 2>&1; ethtool -l vb 2>&1; "
                + "grep -r . /sys/class/net/vb/queues 2>/dev/null | grep -v byte_queue");
    }

    private static String listener() {
        return """
                import socket, time
                s = socket.socket()
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.bind(("0.0.0.0", 8080))
                s.listen(4096)
                print("ready")
                time.sleep(60)
                """;
    }

    private static String connector(int n) {
        return """
                import socket, time
                kept = [socket.socket() for _ in range(%d)]
                for s in kept:
                    s.setblocking(False)
                    s.connect_ex(("10.9.0.2", 8080))
                print("ready")
                while True:
                    for s in kept[-5:]:
                        s.close()
                    kept[-5:] = [socket.socket() for _ in range(5)]
                    for s in kept[-5:]:
                        s.setblocking(False)
                        s.connect_ex(("10.9.0.2", 8080))
                    time.sleep(0.1)
                """.formatted(n);
    }

    private JsonObject doctor(List<String> where) {
        Cli.Result result = Cli.runUnder(where, "doctor", "--json", "--interval", "500ms");
        assertThat(result.err()).isEmpty();
        return JsonParser.parseString(result.out()).getAsJsonObject();
    }

    private Cli.Result tune(List<String> where, String command, String... more) {
        List<String> arguments = new ArrayList<>(List.of("tune", command));
        if (!command.equals("plan")) {
            arguments.addAll(List.of("--journal", folder.resolve("journal").toString(), "--prefix", folder.resolve("prefix").toString()));
        }
        arguments.addAll(List.of(more));
        Cli.Result result = Cli.runUnder(where, arguments.toArray(String[]::new));
        assertThat(result.err()).isEmpty();
        return result;
    }

    private static Optional<JsonObject> finding(JsonObject diagnosis, String id) {
        return StreamSupport.stream(diagnosis.getAsJsonArray("findings").spliterator(), false).map(JsonElement::getAsJsonObject)
                .filter(finding -> finding.get("id").getAsString().equals(id)).findFirst();
    }
}
