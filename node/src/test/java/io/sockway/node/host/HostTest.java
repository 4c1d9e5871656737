package io.sockway.node.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sockway.bpf.NetworkNamespace;
import java.io.BufferedReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostTest {
    @TempDir
    private Path folder;

    @Test
    void shouldReadSysctlsWhole() throws Exception {
        Process sysctl = new ProcessBuilder("sysctl", "-n", "net.ipv4.tcp_rmem").start();
        String expected = new String(sysctl.getInputStream().readAllBytes()).strip();
        assertThat(Host.live().sysctl("net.ipv4.tcp_rmem")).contains(expected);
        assertThat(Host.live().numbers("proc/sys/net/ipv4/tcp_rmem")).hasSize(3);
    }

    @Test
    void shouldAskTheKernelForWhatEthtoolPrints() throws Exception {
        Optional<NetDevice> card = NetDevice.all(Host.live()).stream().filter(NetDevice::physical).findFirst();
        assumeTrue(card.isPresent(), "this machine has no physical network card to compare");
        String device = card.get().name();
        Path recorded = Files.createDirectories(folder.resolve("ethtool").resolve(device));
        for (String option : List.of("i", "g", "l", "k", "S")) {
            Files.write(recorded.resolve(option), new ProcessBuilder("ethtool", "-" + option, device).start().getInputStream()
                    .readAllBytes());
        }
        Ethtool live = Host.live().ethtool();
        Ethtool printed = Host.recorded(folder).ethtool();
        assertThat(live.driver(device)).isEqualTo(printed.driver(device)).isPresent();
        assertThat(live.rings(device)).isEqualTo(printed.rings(device));
        assertThat(live.channels(device)).isEqualTo(printed.channels(device));
        assertThat(live.statistics(device).keySet()).isEqualTo(printed.statistics(device).keySet());
        for (String feature : List.of("rx-gro", "tx-tcp-segmentation", "tx-generic-segmentation", "rx-lro", "rx-checksum")) {
            assertThat(live.features(device).get(feature)).as(feature).isEqualTo(printed.features(device).get(feature)).isNotNull();
        }
    }

    @Test
    void shouldCountOnlyWhatADeviceHasWhileItsQueuesChange() throws Exception {
        Process queues = new ProcessBuilder("unshare", "-n", "sh", "-ec", """
                ip link add va numrxqueues 128 numtxqueues 128 type veth peer name vb
                ethtool -L va rx 128 tx 1
                echo ready
                for i in $(seq 200); do
                    ethtool -L va rx 1
                    ethtool -L va rx 128
                done
                """).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (BufferedReader lines = queues.inputReader()) {
            assertThat(lines.readLine()).isEqualTo("ready");
            try (NetworkNamespace there = NetworkNamespace.of(queues.pid())) {
                Set<Set<String>> seen = there.call(() -> {
                    Set<Set<String>> all = new HashSet<>();
                    while (queues.isAlive()) {
                        all.add(Host.live().ethtool().statistics("va").keySet());
                    }
                    return all;
                });
                assertThat(queues.waitFor()).isZero();
                seen.remove(Set.of());
                assertThat(seen).hasSize(2).allMatch(names -> names.contains("peer_ifindex") && !names.contains(""));
                assertThat(seen).extracting(names -> names.stream().filter(name -> name.matches("rx_queue_\\d+_drops")).count())
                        .containsExactlyInAnyOrder(1L, 128L);
            }
        } finally {
            queues.destroyForcibly();
        }
    }

    @Test
    void shouldAskTheKernelForWhatTcPrints() throws Exception {
        Map<String, Qdisc> printed = Qdisc.parse(new String(new ProcessBuilder("tc", "-s", "qdisc", "show").start().getInputStream()
                .readAllBytes()));
        Map<String, Qdisc> live = Host.live().qdiscs();
        assertThat(printed).containsKey("lo");
        assertThat(live.keySet()).containsAll(printed.keySet());
        printed.forEach((device, queue) -> assertThat(live.get(device).kinds()).as(device).isEqualTo(queue.kinds()));
    }

    @Test
    void shouldCountConnectionsOfBothFamilies() throws Exception {
        for (String address : List.of("127.0.0.1", "::1")) {
            int before = Host.live().windows().connections();
            List<AutoCloseable> open = new ArrayList<>();
            try (ServerSocket server = new ServerSocket(0, 200, InetAddress.getByName(address))) {
                for (int i = 0; i < 100; i++) {
                    open.add(new Socket(server.getInetAddress(), server.getLocalPort()));
                }
                assertThat(Host.live().windows().connections()).as(address).isGreaterThan(before + 100);
            }
            for (AutoCloseable socket : open) {
                socket.close();
            }
        }
    }

    @Test
    void shouldSayWhatADeviceRefuses() {
        assertThat(Host.live().ethtool().rings("lo")).isEmpty();
        assertThat(Host.live().ethtool().features("nosuch")).isEmpty();
        assertThatThrownBy(() -> Host.live().ethtool().set("lo", Ethtool.Knob.RING_RX, 64)).isInstanceOf(HostException.class)
                .hasMessage("lo refuses 'ethtool -G lo rx 64': Operation not supported");
    }

    @Test
    void shouldSpellMasksAsTheKernelDoes() {
        assertThat(CpuList.mask(List.of(0, 1))).isEqualTo("3");
        assertThat(CpuList.mask(List.of(0, 35))).isEqualTo("8,00000001");
        assertThat(CpuList.mask("00000008,00000001")).isEqualTo(CpuList.mask("8,00000001"));
        assertThat(CpuList.parse("0-2,5")).containsExactly(0, 1, 2, 5);
    }
}
