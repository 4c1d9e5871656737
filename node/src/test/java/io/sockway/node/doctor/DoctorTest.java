package io.sockway.node.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sockway.node.drops.Drop;
import io.sockway.node.host.Host;
import io.sockway.node.host.HostException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each finding comes from the figures that it is about, on a recorded node that is healthy without them. */
class DoctorTest {
    private static final String NETSTAT = "proc/net/netstat";

    @TempDir
    private Path folder;

    private RecordedNode node;

    @BeforeEach
    void record() {
        node = new RecordedNode(folder);
    }

    private Finding only(String id) {
        List<Finding> findings = node.diagnose().findings();
        assertThat(findings).extracting(Finding::id).containsExactly(id);
        return findings.getFirst();
    }

    @Test
    void shouldSayNothingOfAHealthyNode() {
        assertThat(node.diagnose().findings()).isEmpty();
        assertThat(node.diagnose().unseen()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"mlx5_core,rx_out_of_buffer", "ice,rx_dropped.nic", "bnxt_en,[0]: rx_discards", "e1000e,rx_missed_errors",
        "ixgbe,rx_no_dma_resources", "i40e,rx_dropped"})
    void shouldFindAFullRingByTheNameThatTheDriverGivesIt(String driver, String counter) throws IOException {
        String statistics = driver(driver);
        node.card("eth1", driver, 4).received("eth1", 1_000_000).both("ethtool/eth1/S", statistics)
                .both("ethtool/eth1/g", rings(1024, 8192))
                .edit("ethtool/eth1/S", text -> text.replaceFirst("(?m)" + Pattern.quote(counter) + ": \\d+$", counter + ": 99999999999"));
        Finding found = only("nic-ring-full");
        assertThat(found.evidence().toString()).contains(counter + " of eth1 grows").contains("holds 1024 packets and can hold 8192");
        assertThat(found.remedy()).startsWith("ethtool -G eth1 rx 8192");
    }

    @Test
    void shouldNotAskForALargerRingThanThereIs() {
        node.edit("sys/class/net/eth0/statistics/rx_missed_errors", text -> "500\n");
        Finding found = only("nic-ring-full");
        assertThat(found.evidence().toString()).contains("rx_missed_errors of eth0 grows by 500/s");
        assertThat(found.remedy()).startsWith("The ring is as large as it gets").doesNotContain("ethtool -G");
    }

    @Test
    void shouldTellTheCardsOwnMemoryFromTheRing() throws IOException {
        String statistics = driver("mlx5_core");
        node.card("eth1", "mlx5_core", 4).both("ethtool/eth1/S", statistics + "     rx_discards_phy: 5\n")
                .edit("ethtool/eth1/S", text -> text.replace("rx_discards_phy: 5", "rx_discards_phy: 5000")
                        .replaceAll("rx_discards_phy: \\d+\\n(?=.*rx_discards)", ""));
        assertThat(only("nic-buffer-full").remedy()).contains("A larger ring does not help");
    }

    @Test
    void shouldFindABacklogThatOverflowsAndWhere() {
        node.softnet("00000000 00000000 00000000", "00002710 000003e8 00000000")
                .dropped(new Drop("CPU_BACKLOG", "enqueue_to_backlog", 1000));
        Finding found = only("softnet-drops");
        assertThat(found.severity()).isEqualTo(Severity.CRITICAL);
        assertThat(found.evidence()).anyMatch(line -> line.startsWith("CPU 0 drops 1,000/s of 11,000/s packets"))
                .anyMatch(line -> line.contains("enqueue_to_backlog"));
        assertThat(found.remedy()).contains("net.core.netdev_max_backlog=32768   (it is 1000;");
    }

    @Test
    void shouldOnlyNoteWhatWasDroppedEarlier() {
        node.softnet("00002710 000003e8 00000000", "00002720 000003e8 00000000");
        assertThat(node.diagnose().healthy()).isTrue();
        assertThat(node.diagnose().notes()).anyMatch(note -> note.text().startsWith("1,000 packets dropped since boot"));
    }

    @Test
    void shouldCountOverAWrapOfThe32BitCounters() {
        node.softnet("fffffff0 fffffffe 00000000", "00002710 00000002 00000000");
        assertThat(only("softnet-drops").evidence().getFirst()).contains("CPU 0 drops 4.0/s");
    }

    @Test
    void shouldFindSqueezes() {
        node.softnet("00000000 00000000 00000000", "00002710 00000000 00000100");
        assertThat(only("softnet-squeezed").remedy()).contains("net.core.netdev_budget=600");
    }

    @Test
    void shouldFindAFlowThatIsHeldBack() {
        String line = "00000100 00000000 00000000 " + "00000000 ".repeat(7) + "%s 00000000 00000000\n";
        node.both("proc/net/softnet_stat", line.formatted("00000000")).after("proc/net/softnet_stat", line.formatted("00000020"));
        assertThat(only("flow-limit-drops").evidence().getFirst()).startsWith("32 packets of one busy flow");
    }

    @Test
    void shouldFindCpusThatOnlyTakeInPackets() {
        node.after("proc/stat", "cpu  1040 0 1040 100000 0 0 220 0\ncpu0 520 0 520 50000 0 0 120 0\ncpu1 550 0 550 50000 0 0 50 0\n");
        assertThat(only("softirq-saturated").evidence().getFirst()).startsWith("CPU 0 spends 64 %");
    }

    @Test
    void shouldFindAVethWithoutRpsWhileAnotherCpuIsIdle() {
        node.card("vb", "veth", 1).received("vb", 219_000).softnet("00000000 00000000 00000000", "00035778 00000000 00000000")
                .after("proc/stat", "cpu  1040 0 1040 100100 0 0 160 0\ncpu0 540 0 540 50000 0 0 110 0\ncpu1 500 0 500 50100 0 0 50 0\n");
        files(path -> path.startsWith("sys/class/net/vb/device"));
        Finding found = only("rps-off");
        assertThat(found.evidence().toString()).contains("CPU 0 takes in 219,000/s of 219,000/s packets").contains("CPU 1 is 100 % idle");
        assertThat(found.remedy()).startsWith("echo 3 > /sys/class/net/vb/queues/rx-0/rps_cpus");
        node.both("sys/class/net/vb/queues/rx-0/rps_cpus", "3\n");
        assertThat(node.diagnose().findings()).isEmpty();
    }

    @Test
    void shouldFindACardWithFewQueuesAndInterruptsOnOneCpu() {
        node.card("eth1", "ice", 2).received("eth1", 219_000).softnet("00000000 00000000 00000000", "00035778 00000000 00000000")
                .after("proc/stat", "cpu  1040 0 1040 100100 0 0 160 0\ncpu0 540 0 540 50000 0 0 110 0\ncpu1 500 0 500 50100 0 0 50 0\n")
                .both("ethtool/eth1/l", "Channel parameters for eth1:\nPre-set maximums:\nRX: n/a\nCombined: 32\n"
                        + "Current hardware settings:\nRX: n/a\nCombined: 1\n")
                .both("proc/interrupts", "           CPU0       CPU1\n 50:  10  0 PCI-MSIX eth1-TxRx-0\n 51:  10  0 PCI-MSIX eth1-TxRx-1\n")
                .after("proc/interrupts", "           CPU0       CPU1\n 50:  5010  0 PCI-MSIX eth1-TxRx-0\n 51:  5010  3 PCI-MSIX "
                        + "eth1-TxRx-1\n");
        assertThat(node.diagnose().findings()).extracting(Finding::id).containsExactlyInAnyOrder("nic-few-queues", "irq-one-cpu");
        Finding few = node.diagnose().findings().stream().filter(found -> found.id().equals("nic-few-queues")).findFirst().orElseThrow();
        assertThat(few.remedy()).startsWith("ethtool -L eth1 combined 2");
    }

    @Test
    void shouldFindInterruptsOnTheOtherNumaNode() {
        node.card("eth1", "mlx5_core", 2).both("sys/devices/system/node/node0/cpulist", "0\n")
                .both("sys/devices/system/node/node1/cpulist", "1\n")
                .both("proc/interrupts", "           CPU0       CPU1\n 50:  10  0 PCI-MSIX mlx5_comp0\n")
                .both("sys/class/net/eth1/device/msi_irqs/50", "msix\n")
                .after("proc/interrupts", "           CPU0       CPU1\n 50:  10  9000 PCI-MSIX mlx5_comp0\n");
        assertThat(only("irq-remote-node").remedy()).contains("Give the interrupts of eth1 to CPUs 0");
    }

    @Test
    void shouldFindAFullFlowDirector() throws IOException {
        node.card("eth1", "ixgbe", 2).both("ethtool/eth1/S", driver("ixgbe"))
                .edit("ethtool/eth1/S", text -> text.replace("fdir_miss: 548533583", "fdir_miss: 548583583")
                        .replace("fdir_match: 1335933692", "fdir_match: 1335934692").replace("rx_dropped: 55706", "rx_dropped: 59000"));
        assertThat(node.diagnose().findings()).as("others' packets dropped, and the table has room").isEmpty();
        node.edit("ethtool/eth1/S", text -> text.replace("fdir_overflow: 888", "fdir_overflow: 900"));
        assertThat(only("flow-director-full").evidence().getFirst()).contains("fdir_miss of eth1 grows by 50,000/s");
    }

    @Test
    void shouldFindWhatTheCloudDoesNotAllow() throws IOException {
        node.card("eth1", "ena", 2).both("ethtool/eth1/S", driver("ena"))
                .edit("ethtool/eth1/S", text -> text.replace("available: 601984", "available: 701984"));
        assertThat(node.diagnose().findings()).isEmpty();
        node.edit("ethtool/eth1/S", text -> text.replace("bw_in_allowance_exceeded: 9", "bw_in_allowance_exceeded: 309"));
        assertThat(only("instance-allowance").evidence()).containsExactly("bw_in_allowance_exceeded of eth1 grows by 300/s packets "
                + "(ethtool -S eth1)");
    }

    @Test
    void shouldFindAnOffloadThatABusyDeviceCouldDo() {
        node.card("eth1", "ice", 2).received("eth1", 50_000)
                .both("ethtool/eth1/k", "Features for eth1:\nrx-checksumming: on\n\ttx-tcp-segmentation: off\ngeneric-receive-offload: "
                        + "off\n"
                        + "large-receive-offload: off [fixed]\n");
        Finding found = only("offload-off");
        assertThat(found.remedy()).startsWith("ethtool -K eth1 tso on gro on");
    }

    @ParameterizedTest
    @CsvSource({"SOCKET_RCVBUFF,receive buffer was full", "QDISC_DROP,send queue dropped", "PROTO_MEM,memory limit"})
    void shouldSayWhyPacketsAreDropped(String reason, String words) {
        node.dropped(new Drop(reason, "some_function", 500));
        assertThat(only("packet-drops").evidence().getFirst()).startsWith("500/s: ").contains(words).contains("some_function");
    }

    @ParameterizedTest
    @ValueSource(strings = {"NO_SOCKET", "TCP_OLD_DATA", "CPU_BACKLOG", "NOT_SPECIFIED"})
    void shouldKeepQuietAboutDropsThatAreNormalOrToldElsewhere(String reason) {
        node.dropped(new Drop(reason, "some_function", 5000), new Drop("NETFILTER_DROP", "nft_do_chain", 20));
        assertThat(node.diagnose().findings()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"TCPReqQFullDrop,syn-queue-full", "TCPTimeWaitOverflow,time-wait-overflow", "TCPRcvQDrop,tcp-receive-buffer-full",
        "TCPAbortOnMemory,tcp-memory-pressure"})
    void shouldFindWhatTcpCounts(String counter, String id) {
        node.count(NETSTAT, "TcpExt:", counter, 40);
        assertThat(only(id).evidence().getFirst()).isNotEmpty();
    }

    @Test
    void shouldFindRetransmissionsOnlyWhenTheyAreMany() {
        node.count("proc/net/snmp", "Tcp:", "OutSegs", 100_000).count("proc/net/snmp", "Tcp:", "RetransSegs", 100);
        assertThat(node.diagnose().findings()).isEmpty();
        node.count("proc/net/snmp", "Tcp:", "RetransSegs", 2_000);
        assertThat(only("tcp-retransmits").evidence().getFirst()).contains("2.1 %");
        node.count("proc/net/snmp", "Tcp:", "RetransSegs", 297_900);
        assertThat(only("tcp-retransmits").evidence().getFirst()).startsWith("300,000/s of 400,000/s segments were sent again, 75 %");
    }

    @Test
    void shouldNameTheListenerThatOverflowsAndWhoShortensIt() {
        String row = "   0: 00000000:1F90 00000000:0000 0A 00000000:%08X 00:00000000 00000000     0        0 4242 1 0 100 0 0 10 0\n";
        node.count(NETSTAT, "TcpExt:", "ListenOverflows", 30).both("proc/net/tcp", "header\n" + row.formatted(129))
                .both("proc/77/comm", "shop\n");
        assertThat(only("listen-overflow").remedy()).contains("the program itself asks for that length");
        assertThat(only("listen-overflow").evidence().toString()).contains("on port 8080 has 129 connections waiting");
        node.both("proc/sys/net/core/somaxconn", "128\n");
        assertThat(only("listen-overflow").remedy()).contains("sysctl -w net.core.somaxconn=4096");
    }

    @Test
    void shouldFindListenersThatShareAPortUnevenly() {
        String row = "   0: 00000000:1F90 00000000:0000 0A 00000000:%08X 00:00000000 00000000     0        0 %d 1 0 100 0 0 10 0\n";
        node.count(NETSTAT, "TcpExt:", "ListenOverflows", 30)
                .both("proc/net/tcp", "header\n" + row.formatted(129, 1) + row.formatted(0, 2));
        assertThat(node.diagnose().findings()).extracting(Finding::id).containsExactly("listen-overflow", "reuseport-uneven");
    }

    @Test
    void shouldFindPortsRunningOutTowardsOneDestination() {
        StringBuilder table = new StringBuilder("header\n");
        for (int port = 40_000; port < 40_090; port++) {
            table.append(String.format("   0: 0100000A:%04X 0200000A:1F90 06 00000000:00000000 00:00000000 00000000     0        0 0 3 "
                    + "0\n", port));
        }
        node.both("proc/sys/net/ipv4/ip_local_port_range", "40000\t40099\n").both("proc/net/tcp", table.toString())
                .both("proc/net/sockstat", "sockets: used 5\nTCP: inuse 2 orphan 0 tw 90 alloc 3 mem 1\n");
        Finding found = only("port-exhaustion");
        assertThat(found.severity()).isEqualTo(Severity.WARNING);
        assertThat(found.evidence().getFirst()).startsWith("90 of 100 local ports").contains("10.0.0.2:8080");
        node.both("proc/sys/net/ipv4/ip_local_reserved_ports", "40090-40099\n");
        assertThat(only("port-exhaustion").severity()).isEqualTo(Severity.CRITICAL);
    }

    @Test
    void shouldFindAConnectionTableThatFillsUp() {
        node.both("proc/sys/net/netfilter/nf_conntrack_max", "1000\n").both("proc/sys/net/netfilter/nf_conntrack_count", "850\n");
        assertThat(only("conntrack-full").severity()).isEqualTo(Severity.WARNING);
        String table = "entries drop early_drop insert_failed\n00000352 %s 00000000 %s\n";
        node.both("proc/net/stat/nf_conntrack", table.formatted("00000000", "00000000"))
                .after("proc/net/stat/nf_conntrack", table.formatted("00000010", "00000004"));
        assertThat(node.diagnose().findings()).extracting(Finding::id).containsExactly("conntrack-full", "conntrack-insert-failed");
        assertThat(node.diagnose().findings().getFirst().severity()).isEqualTo(Severity.CRITICAL);
    }

    @Test
    void shouldFindLocalConnectionsInTheTable() {
        node.both("proc/sys/net/netfilter/nf_conntrack_max", "1000\n").both("proc/sys/net/netfilter/nf_conntrack_count", "600\n")
                .both("proc/net/nf_conntrack", "ipv4 2 tcp 6 ESTABLISHED src=127.0.0.1 dst=127.0.0.1 sport=1 dport=2\n".repeat(2)
                        + "ipv4 2 tcp 6 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2\n");
        assertThat(only("conntrack-local").evidence().getFirst()).startsWith("2 of 3 tracked connections");
    }

    @Test
    void shouldFindStolenAndSaturatedCpus() {
        node.after("proc/stat", "cpu  1100 0 1050 100000 0 0 100 50\ncpu0 550 0 525 50000 0 0 50 25\ncpu1 550 0 525 50000 0 0 50 25\n")
                .both("proc/pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n")
                .after("proc/pressure/cpu", "some avg10=9.00 avg60=0.00 avg300=0.00 total=700000\n");
        assertThat(node.diagnose().findings()).extracting(Finding::id).containsExactly("cpu-steal", "cpu-saturated");
        assertThat(node.diagnose().findings().getFirst().evidence().getFirst()).contains("25 %");
    }

    @Test
    void shouldFindCgroupsThatAreStoppedByTheirLimit() {
        node.both("sys/fs/cgroup/cgroup.controllers", "cpu\n").both("sys/fs/cgroup/cgroup.procs", "")
                .both("sys/fs/cgroup/pod/cgroup.procs", "1\n")
                .both("sys/fs/cgroup/pod/cpu.max", "20000 100000\n").both("sys/fs/cgroup/pod/cpu.stat", "nr_periods 10\nnr_throttled 2\n")
                .after("sys/fs/cgroup/pod/cpu.stat", "nr_periods 20\nnr_throttled 9\n");
        assertThat(only("cpu-throttled").evidence().getFirst()).startsWith("/sys/fs/cgroup/pod was stopped in 7 of 10 periods");
    }

    @Test
    void shouldFindAClockThatStaysLow() {
        String policy = "sys/devices/system/cpu/cpufreq/policy0/";
        node.both(policy + "scaling_governor", "powersave\n").both(policy + "scaling_driver", "acpi-cpufreq\n")
                .both(policy + "scaling_cur_freq", "1200000\n").both(policy + "cpuinfo_max_freq", "3400000\n");
        assertThat(node.diagnose().findings()).isEmpty();
        node.after("proc/stat", "cpu  1150 0 1000 100050 0 0 100 0\ncpu0 575 0 500 50025 0 0 50 0\ncpu1 575 0 500 50025 0 0 50 0\n");
        only("cpu-powersave");
        node.both(policy + "scaling_driver", "intel_pstate\n");
        assertThat(node.diagnose().findings()).isEmpty();
    }

    @Test
    void shouldFindPagesFromTheWrongNumaNode() {
        for (int i = 0; i < 2; i++) {
            node.both("sys/devices/system/node/node" + i + "/numastat", "numa_hit 100\nnuma_miss 0\n")
                    .after("sys/devices/system/node/node" + i + "/numastat", "numa_hit 10100\nnuma_miss 4000\n");
        }
        only("numa-misses");
    }

    @Test
    void shouldFindPressureOnMemoryAndDisk() {
        for (String resource : List.of("memory", "io")) {
            node.both("proc/pressure/" + resource, "some avg10=0.00 total=0\nfull avg10=0.00 total=0\n")
                    .after("proc/pressure/" + resource, "some avg10=0.00 total=400000\nfull avg10=0.00 total=20000\n");
        }
        node.both("sys/block/nvme0n1/queue/scheduler", "none mq-deadline [bfq]\n").both("sys/block/nvme0n1/queue/rotational", "0\n");
        assertThat(node.diagnose().findings()).extracting(Finding::id)
                .containsExactly("memory-pressure", "disk-pressure", "disk-scheduler");
        node.both("proc/mounts", "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n")
                .both("sys/fs/cgroup/unified/cgroup.controllers", "hugetlb\n");
        assertThat(diskRemedy()).startsWith("'iotop' shows who").doesNotContain("io.stat", "io.max");
        node.both("sys/fs/cgroup/unified/cgroup.controllers", "cpu io memory\n");
        assertThat(diskRemedy()).startsWith("'iotop' or /sys/fs/cgroup/unified/*/io.stat shows who").contains("io.max");
    }

    private String diskRemedy() {
        return node.diagnose().findings().stream().filter(finding -> finding.id().equals("disk-pressure")).findFirst().orElseThrow()
                .remedy();
    }

    @ParameterizedTest
    @CsvSource({"allocstall_normal,direct-reclaim", "oom_kill,oom-kill"})
    void shouldFindWhatMemoryCounts(String counter, String id) {
        node.edit("proc/vmstat", text -> text.replaceFirst("(?m)^" + counter + " \\d+$", counter + " 900000"));
        only(id);
    }

    @Test
    void shouldFindWritersThatWait() {
        node.edit("proc/vmstat", text -> text.replaceFirst("(?m)^nr_dirty \\d+$", "nr_dirty 99000000"));
        only("dirty-limit");
    }

    @Test
    void shouldSayWhatTheMeshLacks() {
        node.mesh(null, MeshState.absent("/sys/fs/bpf/sockway"));
        assertThat(node.diagnose().healthy()).as("no Envoy, no Sockway").isTrue();
        node.both("proc/55/comm", "envoy\n");
        only("sockway-not-attached");
        MeshState earlier = mesh("on", true, 1000, Map.of("a long run without an answer", 100L), 0, List.of());
        node.mesh(earlier, earlier);
        assertThat(node.diagnose().healthy()).isTrue();
        node.mesh(earlier, mesh("on", true, 1100, Map.of("a long run without an answer", 900L), 0, List.of()));
        assertThat(only("sockway-flows-pass").evidence()).anyMatch(line -> line.contains("800/s: a long run without an answer"));
        node.mesh(earlier, mesh("paused", false, 1000, Map.of(), 3, List.of(new MeshState.Habit("haproxy (12), 4 sockets: splices", 0))));
        assertThat(node.diagnose().findings()).extracting(Finding::id)
                .containsExactly("sockway-not-served", "sockway-flows-full", "sockway-paused", "sockway-habits");
        node.mesh(earlier, mesh("on", true, 1000, Map.of(), 0, List.of(new MeshState.Habit("haproxy (12), 4 sockets: splices", 2))));
        assertThat(only("sockway-habits").severity()).isEqualTo(Severity.WARNING);
        assertThat(only("sockway-habits").evidence().getFirst()).contains("on 2 of them before that was known");
    }

    @Test
    void shouldLookAtEachPodsSockway() {
        MeshState none = MeshState.absent("/sys/fs/bpf/sockway");
        MeshState one = pod("one", true, 10);
        node.mesh(List.of(none, one, pod("two", true, 5000)), List.of(none, pod("one", true, 30), pod("two", true, 5000)))
                .both("proc/55/comm", "envoy\n").both("proc/55/cgroup", "0::/kubepods/podone/envoy\n")
                .both("proc/56/comm", "envoy\n").both("proc/56/cgroup", "0::/kubepods/podtwo/envoy\n");
        assertThat(node.diagnose().findings()).isEmpty();
        assertThat(node.diagnose().notes().toString()).contains("attached to 2 cgroups");
        node.mesh(List.of(none, one, pod("two", true, 5000)), List.of(none, pod("one", true, 910), pod("two", false, 5000)));
        assertThat(node.diagnose().findings()).extracting(Finding::id).containsExactly("sockway-not-served", "sockway-flows-pass");
        assertThat(node.diagnose().findings().getFirst().evidence().getFirst()).contains("/pods/two");
        assertThat(node.diagnose().findings().getLast().evidence().toString()).contains("/pods/one").contains("900/s: no answer");
    }

    private static MeshState pod(String uid, boolean served, long passed) {
        return new MeshState("/pods/" + uid, List.of("/sys/fs/cgroup/kubepods/pod" + uid), "on", served, 0, Map.of("no answer", passed),
                Map.of(), 0, 16, List.of());
    }

    private static MeshState mesh(String mode, boolean served,
            long redirected, Map<String, Long> passes, long refused,
            List<MeshState.Habit> habits) {
        return new MeshState("/pins", List.of("/sys/fs/cgroup/pod"), mode, served, redirected, passes, Map.of(), refused, 16, habits);
    }

    @Test
    void shouldFindACardThatSendsWithoutXps() {
        node.card("eth1", "ixgbe", 4).sent("eth1", 90_000);
        assertThat(only("xps-off").evidence().getFirst()).startsWith("eth1 sends 90,000/s packets").contains("by 4 queues");
        node.both("sys/class/net/eth1/queues/tx-2/xps_cpus", "4\n");
        assertThat(node.diagnose().findings()).isEmpty();
    }

    @Test
    void shouldFindFlowSteeringThatIsSetUpByHalf() {
        node.both("proc/sys/net/core/rps_sock_flow_entries", "32768\n");
        assertThat(only("rfs-half-set").remedy()).startsWith("echo 4096 > ");
        node.both("sys/class/net/eth0/queues/rx-0/rps_flow_cnt", "4096\n");
        assertThat(node.diagnose().findings()).isEmpty();
        node.both("proc/sys/net/core/rps_sock_flow_entries", "0\n");
        assertThat(only("rfs-half-set").remedy()).startsWith("sysctl -w net.core.rps_sock_flow_entries=32768");
    }

    @Test
    void shouldFindSleepsThatPacketsWaitFor() {
        for (int cpu = 0; cpu < 2; cpu++) {
            String state = "sys/devices/system/cpu/cpu" + cpu + "/cpuidle/state";
            node.both(state + "1/name", "C1\n").both(state + "1/latency", "2\n").both(state + "1/usage", "5\n")
                    .after(state + "1/usage", "90000\n");
            node.both(state + "3/name", "C6\n").both(state + "3/latency", "133\n").both(state + "3/usage", "100\n")
                    .after(state + "3/usage", "1300\n");
        }
        assertThat(node.diagnose().findings()).as("nothing comes in").isEmpty();
        node.softnet("00000000 00000000 00000000", "00000800 00000000 00000000");
        assertThat(only("deep-sleep").evidence().getFirst()).startsWith("CPUs fall 2,400/s times").contains("C6 with 133 µs");
    }

    @Test
    void shouldFindPacketsOnCpusOfOneContainer() {
        String state = "{'policyName':'static','defaultCpuSet':'0','entries':{'uid-1':{'search':'1'}},'checksum':1}".replace('\'', '"');
        node.both("var/lib/kubelet/cpu_manager_state", state);
        assertThat(node.diagnose().healthy()).isTrue();
        assertThat(node.diagnose().notes()).anyMatch(note -> note.text().startsWith("1 CPU belong"));
        node.after("proc/stat", "cpu  1040 0 1040 100100 0 0 160 0\ncpu0 540 0 540 50000 0 0 50 0\ncpu1 500 0 500 50060 0 0 90 0\n");
        Finding found = only("pinned-cpu-interrupted");
        assertThat(found.evidence().getFirst()).startsWith("CPU 1 of container search of pod uid-1 spends 40 %");
        assertThat(found.remedy()).contains("IRQBALANCE_BANNED_CPULIST=1 ").contains("echo 1 > /sys/class/net/DEVICE");
        for (String broken : List.of("", "{", "[]", "{\"entries\":5}", "{\"entries\":{\"a\":5}}", "{\"entries\":{\"a\":{\"b\":{}}}}")) {
            node.both("var/lib/kubelet/cpu_manager_state", broken);
            assertThat(node.diagnose().findings()).as(broken).isEmpty();
        }
    }

    @Test
    void shouldFindBusyPollingOnBusyCpus() {
        node.both("proc/sys/net/core/busy_poll", "50\n");
        assertThat(node.diagnose().healthy()).isTrue();
        assertThat(node.diagnose().notes()).anyMatch(note -> note.text().contains("net.core.busy_poll 50 µs"));
        node.after("proc/stat", "cpu  1200 0 1000 100000 0 0 100 0\ncpu0 600 0 500 50000 0 0 50 0\ncpu1 600 0 500 50000 0 0 50 0\n");
        assertThat(only("busy-poll-cost").evidence().getFirst()).contains("100 % busy");
    }

    @Test
    void shouldFindBulkDataThatIsCutBeforeAVirtualDevice() {
        node.card("vb", "veth", 1).card("eth1", "ice", 2).received("vb", 40_000, 1_514 * 40_000L);
        files(path -> path.startsWith("sys/class/net/vb/device"));
        assertThat(only("offload-lost").confidence()).isEqualTo(Confidence.LOW);
        node.both("ethtool/eth1/k", "Features for eth1:\ngeneric-receive-offload: off\ntx-udp_tnl-segmentation: off [fixed]\n");
        Finding found = only("offload-lost");
        assertThat(found.evidence().getFirst()).startsWith("vb (veth) takes in 40,000/s packets of 1514 bytes");
        assertThat(found.remedy()).isEqualTo("ethtool -K eth1 gro on");
        node.card("vx", "vxlan", 1).received("vb", 40_000, 1_514 * 40_000L);
        files(path -> path.startsWith("sys/class/net/vx/device"));
        assertThat(only("offload-lost").evidence()).contains("tx-udp_tnl-segmentation of eth1 is off, and cannot be on (ethtool -k eth1)");
    }

    @Test
    void shouldFindASendQueueThatDrops() {
        String queue = "qdisc mq 0: dev eth0 root \n Sent 1 bytes 1 pkt (dropped %1$d, overlimits 0 requeues 0) \n"
                + " backlog 0b 0p requeues 0\nqdisc fq_codel 0: dev eth0 parent :1 limit 10240p\n"
                + " Sent 1 bytes 1 pkt (dropped %1$d, overlimits 0 requeues 0) \n";
        node.both("tc/qdisc", queue.formatted(5)).after("tc/qdisc", queue.formatted(6));
        assertThat(node.diagnose().findings()).as("fq_codel tells a sender").isEmpty();
        node.after("tc/qdisc", queue.formatted(405)).dropped(new Drop("QDISC_DROP", "dev_qdisc_enqueue", 400));
        assertThat(only("qdisc-drops").evidence().getFirst()).startsWith("the send queue of eth0 (mq, fq_codel) drops 400/s");
    }

    @Test
    void shouldFindBbrWithoutFq() {
        String queue = "qdisc %s 0: dev eth0 root \n Sent 1 bytes 1 pkt (dropped 0, overlimits 0 requeues 0) \n";
        node.both("tc/qdisc", queue.formatted("pfifo_fast")).sent("eth0", 5_000)
                .both("proc/sys/net/ipv4/tcp_congestion_control", "cubic\n");
        assertThat(node.diagnose().findings()).as("cubic").isEmpty();
        node.both("proc/sys/net/ipv4/tcp_congestion_control", "bbr\n");
        assertThat(only("bbr-without-fq").remedy()).startsWith("tc qdisc replace dev eth0 root fq");
        node.both("tc/qdisc", queue.formatted("fq"));
        assertThat(node.diagnose().findings()).isEmpty();
    }

    @Test
    void shouldFindConnectionsThatBeginSlowlyAfterAPause() {
        String line = "0 0 10.0.0.1:8080 10.0.0.2:5000 %s wscale:7,7 rto:204 rtt:%s/0.1 mss:1448 cwnd:%d lastsnd:%d lastrcv:1\n";
        String resting = line.formatted("cubic", "1.5", 40, 5000);
        String others = line.formatted("cubic", "1.5", 10, 5000) + line.formatted("cubic", "0.05", 40, 5000)
                + line.formatted("cubic", "1.5", 40, 100) + line.formatted("bbr", "1.5", 40, 5000);
        node.both("ss/established", others.repeat(10)).both("proc/sys/net/ipv4/tcp_slow_start_after_idle", "1\n");
        assertThat(node.diagnose().findings()).isEmpty();
        node.both("ss/established", others + resting.repeat(12));
        assertThat(only("slow-start-after-idle").evidence().getFirst()).startsWith("12 of 16 established connections");
        node.both("proc/sys/net/ipv4/tcp_slow_start_after_idle", "0\n");
        assertThat(node.diagnose().findings()).isEmpty();
    }

    @Test
    void shouldFindFullBuffersOfDatagrams() {
        node.count("proc/net/snmp", "Udp:", "RcvbufErrors", 12).dropped(new Drop("SOCKET_RCVBUFF", "udp_queue_rcv_one_skb", 12));
        assertThat(only("udp-buffer-full").evidence().toString()).contains("12/s UDP datagrams").contains("udp_queue_rcv_one_skb");
    }

    @Test
    void shouldFindFullBuffersOfDatagramsOverIpv6Alone() {
        node.both("proc/net/snmp6", "Ip6InReceives                   \t5\nUdp6RcvbufErrors                \t5\n")
                .after("proc/net/snmp6", "Ip6InReceives                   \t5\nUdp6RcvbufErrors                \t25\n");
        assertThat(only("udp-buffer-full").evidence().getFirst()).startsWith("20/s UDP datagrams");
    }

    @Test
    void shouldFindReceiversThatTellSendersToStop() {
        node.count(NETSTAT, "TcpExt:", "TCPToZeroWindowAdv", 400);
        assertThat(only("tcp-window-closed").evidence().getFirst()).contains("400/s times to stop");
    }

    @Test
    void shouldFindListenersThatShareAPortUnevenlyBeforeOneOverflows() {
        String row = "   0: 00000000:1F90 00000000:0000 0A 00000000:%08X 00:00000000 00000000     0        0 %d 1 0 100 0 0 10 0\n";
        node.both("proc/net/tcp", "header\n" + row.formatted(40, 1) + row.formatted(1, 2));
        assertThat(only("reuseport-uneven").evidence().getFirst()).contains("the fullest has 40");
    }

    @Test
    void shouldSayWhichCongestionControlMeetsTheLoss() {
        node.count("proc/net/snmp", "Tcp:", "OutSegs", 10_000).count("proc/net/snmp", "Tcp:", "RetransSegs", 2_000)
                .both("proc/sys/net/ipv4/tcp_congestion_control", "cubic\n");
        assertThat(only("tcp-retransmits").evidence()).anyMatch(line -> line.startsWith("net.ipv4.tcp_congestion_control is cubic"));
        assertThat(only("tcp-retransmits").remedy()).contains("net.ipv4.tcp_congestion_control=bbr");
    }

    @Test
    void shouldFindSaturatedCpusOnAKernelWithoutPressureFigures() {
        files(path -> path.equals("proc/pressure/cpu"));
        node.after("proc/stat", "cpu  1200 0 1000 100000 0 0 100 0\ncpu0 600 0 500 50000 0 0 50 0\ncpu1 600 0 500 50000 0 0 50 0\n"
                + "procs_running 9\n");
        assertThat(only("cpu-saturated").evidence().getFirst()).contains("9 tasks run or wait");
    }

    @Test
    void shouldNameEnvoysThatSockwayIsNotAttachedTo() {
        MeshState mesh = mesh("on", true, 0, Map.of(), 0, List.of());
        node.mesh(mesh, mesh).both("proc/55/comm", "envoy\n").both("proc/55/cgroup", "0::/pod/envoy\n");
        assertThat(node.diagnose().findings()).isEmpty();
        node.both("proc/56/comm", "envoy\n").both("proc/56/cgroup", "0::/podder\n");
        assertThat(only("sockway-envoy-left-out").evidence().getFirst())
                .isEqualTo("1 Envoy is in no cgroup that Sockway is attached to: process 56 in /sys/fs/cgroup/podder (/proc/PID/cgroup)");
        node.both("proc/mounts", "tmpfs /sys/fs/cgroup tmpfs rw 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n");
        assertThat(only("sockway-envoy-left-out").evidence().getFirst()).contains("process 56 in /sys/fs/cgroup/unified/podder (");
    }

    @Test
    void shouldSayWhatSockwayNeedsBeforeItCanBeAttached() {
        node.mesh(null, MeshState.absent("/sys/fs/bpf/sockway")).both("proc/55/comm", "envoy\n")
                .both("proc/mounts", "proc /proc proc rw 0 0\n");
        assertThat(only("sockway-not-attached").evidence().toString()).contains("no BPF file system").contains("cgroups of version 2");
    }

    @Test
    void shouldPutTheWorstFirst() {
        node.softnet("00000000 00000000 00000000", "00002710 00000000 00000100").count(NETSTAT, "TcpExt:", "TCPTimeWaitOverflow", 3)
                .edit("proc/vmstat", text -> text.replaceFirst("(?m)^oom_kill \\d+$", "oom_kill 5"));
        assertThat(node.diagnose().findings()).extracting(Finding::severity)
                .containsExactly(Severity.CRITICAL, Severity.WARNING, Severity.ADVICE);
        assertThat(DiagnosisText.of(node.diagnose())).startsWith("3 findings on this node").contains("CRITICAL  oom-kill (memory)")
                .contains("docs/findings/oom-kill.md");
        assertThat(DiagnosisJson.of(node.diagnose()).getAsJsonArray("findings").get(0).getAsJsonObject().keySet())
                .contains("id", "area", "severity", "evidence", "why", "remedy", "confidence");
    }

    @Test
    void shouldRefuseAFolderThatIsNoNode() {
        assertThatThrownBy(() -> new Doctor(Host.recorded(folder.resolve("nowhere")), _ -> null)).isInstanceOf(HostException.class)
                .hasMessageContaining("nowhere/proc is not a Linux /proc");
    }

    @Test
    void shouldExplainEveryFindingOnAPageOfItsOwn() throws IOException {
        Set<String> ids = new HashSet<>();
        try (Stream<Path> sources = Files.walk(Path.of("src/main/java/io/sockway/node/doctor"))) {
            for (Path source : sources.filter(Files::isRegularFile).toList()) {
                Matcher matcher = Pattern.compile("Finding\\.of\\(\\s*\"([a-z-]+)\"").matcher(Files.readString(source));
                while (matcher.find()) {
                    ids.add(matcher.group(1));
                }
            }
        }
        try (Stream<Path> pages = Files.list(Path.of("../docs/findings"))) {
            Set<String> names = pages.map(page -> page.getFileName().toString().replace(".md", "")).collect(Collectors.toSet());
            names.remove("README");
            assertThat(names).isEqualTo(ids);
        }
        assertThat(ids).hasSizeGreaterThan(30);
    }

    private void files(Predicate<String> gone) {
        for (String reading : List.of("before", "after")) {
            Path root = folder.resolve(reading);
            try (Stream<Path> all = Files.walk(root)) {
                for (Path file : all.sorted(Comparator.reverseOrder()).filter(path -> gone.test(root.relativize(path).toString()))
                        .toList()) {
                    Files.delete(file);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** What ethtool printed of a real card. */
    private static String driver(String name) throws IOException {
        return Files.readString(Path.of("src/test/resources/recorded/drivers", name));
    }

    private static String rings(int now, int max) {
        return "Ring parameters for eth1:\nPre-set maximums:\nRX:\t\t" + max + "\nTX:\t\t" + max + "\nCurrent hardware "
                + "settings:\nRX:\t\t" + now
                + "\nTX:\t\t" + now + "\n";
    }
}
