package io.sockway.node.doctor;

import io.sockway.node.host.Ethtool;
import io.sockway.node.host.NetDevice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Large packets that were cut before a virtual device, where they could have stayed whole; and what busy polling costs. */
final class VirtualPathCheck implements Check {
    private static final int PACKETS_PER_SECOND = 20_000;
    /** Packets that are about as long as a frame may be: bulk data that was cut. */
    private static final int FULL_FRAME = 1_200;
    private static final int CUT = 1_600;
    private static final double BUSY = 0.9;
    private static final Set<String> TUNNELS = Set.of("vxlan", "geneve", "ipip", "gre", "sit");
    private static final Map<String, String> CARD = card();

    private static Map<String, String> card() {
        Map<String, String> features = new LinkedHashMap<>();
        features.put("rx-gro", "gro");
        features.put("tx-tcp-segmentation", "tso");
        features.put("tx-udp_tnl-segmentation", "tx-udp_tnl-segmentation");
        return features;
    }

    @Override
    public Area area() {
        return Area.OFFLOADS;
    }

    @Override
    public void look(View view, Report report) {
        for (NetDevice device : view.devices()) {
            View.Packets packets = view.packets(device.name());
            if (!device.physical() && !device.name().equals("lo") && packets.received() >= PACKETS_PER_SECOND * view.seconds()) {
                long bytes = packets.receivedBytes() / packets.received();
                if (bytes >= FULL_FRAME && bytes <= CUT) {
                    lost(device, packets, bytes, view, report);
                }
            }
        }
        busyPoll(view, report);
    }

    private void lost(NetDevice device, View.Packets packets, long bytes, View view, Report report) {
        List<String> off = new ArrayList<>();
        StringBuilder commands = new StringBuilder();
        boolean tunnels = view.devices().stream().anyMatch(any -> TUNNELS.contains(any.driver()));
        for (NetDevice card : view.devices()) {
            Map<String, Ethtool.Feature> features = card.physical() ? view.host().ethtool().features(card.name()) : Map.of();
            CARD.forEach((feature, option) -> {
                boolean matters = tunnels || !feature.contains("tnl");
                if (matters && features.containsKey(feature) && !features.get(feature).on()) {
                    off.add(feature + " of " + card.name() + " is off" + (features.get(feature).fixed() ? ", and cannot be on" : "")
                            + " (ethtool -k " + card.name() + ")");
                    commands.append(features.get(feature).fixed() ? "" : "ethtool -K " + card.name() + " " + option + " on; ");
                }
            });
        }
        report.found(Finding.of("offload-lost", area())
                .seen(device.name() + " (" + (device.driver().isEmpty() ? "virtual" : device.driver()) + ") takes in "
                        + view.rate(packets.received()) + " packets of " + bytes + " bytes on average (/proc/net/dev): bulk data in "
                        + "frames")
                .seen(off)
                .why("A virtual device can pass on 64 kB at once. Where an offload on the way is off, or a tunnel's card has none, the "
                        + "data is cut early or never joined, and every device behind it handles up to 45 times as many packets.")
                .remedy(!commands.isEmpty() ? commands.substring(0, commands.length() - 2)
                        : "Look for the place: 'ethtool -k' of the sender's veth in the pod (tso, gso) and of " + device.name()
                        + " (gro: ethtool -K " + device.name() + " gro on joins them here); UDP is not joined unless the program asks.")
                .rated(Severity.ADVICE, off.isEmpty() ? Confidence.LOW : Confidence.MEDIUM));
    }

    private void busyPoll(View view, Report report) {
        long poll = view.sysctl("net.core.busy_poll", 0);
        long read = view.sysctl("net.core.busy_read", 0);
        if (poll + read <= 0 || view.cpuSince().get(-1) == null) {
            return;
        }
        String setting = "net.core.busy_read is " + read + ", net.core.busy_poll " + poll + " µs";
        double busy = view.cpuSince().get(-1).busy();
        if (busy < BUSY) {
            report.note(area(), setting + ": programs wait for packets awake; that is for latency, as long as there is CPU to spare");
            return;
        }
        report.found(Finding.of("busy-poll-cost", area())
                .seen(setting + ", and the CPUs are " + Figures.percent(busy) + " busy (/proc/stat)")
                .seen(Figures.plural(view.since("TcpExt.BusyPollRxPackets"), "packet") + " found that way in this time (BusyPollRxPackets "
                        + "in /proc/net/netstat)")
                .why("Busy polling trades CPU for latency: every program that waits for packets spins. With no CPU left, the spinning "
                        + "keeps others from working.")
                .remedy("sysctl -w net.core.busy_poll=0 net.core.busy_read=0; programs that gain from it ask for it themselves "
                        + "(SO_BUSY_POLL).")
                .rated(Severity.WARNING, Confidence.MEDIUM));
    }
}
