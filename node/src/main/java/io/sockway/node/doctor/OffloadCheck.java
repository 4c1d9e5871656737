package io.sockway.node.doctor;

import io.sockway.node.host.Ethtool;
import io.sockway.node.host.NetDevice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Work that a busy device could do and does not. */
final class OffloadCheck implements Check {
    private static final int PACKETS_PER_SECOND = 5_000;
    private static final Map<String, String> WANTED = wanted();

    private static Map<String, String> wanted() {
        Map<String, String> words = new LinkedHashMap<>();
        words.put("tx-tcp-segmentation", "cutting large TCP sends into packets (TSO)|tso");
        words.put("tx-generic-segmentation", "cutting large sends late (GSO)|gso");
        words.put("rx-gro", "joining received packets (GRO)|gro");
        words.put("rx-checksum", "checking checksums of received packets|rx");
        words.put("tx-checksum-ip-generic", "computing checksums of sent packets|tx");
        words.put("tx-checksum-ipv4", "computing checksums of sent packets|tx");
        return words;
    }

    @Override
    public Area area() {
        return Area.OFFLOADS;
    }

    @Override
    public void look(View view, Report report) {
        for (NetDevice device : view.devices()) {
            long packets = view.packets(device.name()).both();
            if ((device.physical() || device.isVeth()) && packets >= PACKETS_PER_SECOND * view.seconds()) {
                look(device, packets, view, report);
            }
        }
    }

    private void look(NetDevice device, long packets, View view, Report report) {
        Map<String, Ethtool.Feature> features = view.host().ethtool().features(device.name());
        List<String> missing = new ArrayList<>();
        StringBuilder command = new StringBuilder("ethtool -K " + device.name());
        WANTED.forEach((name, words) -> {
            Ethtool.Feature feature = features.get(name);
            /* A veth is born without GRO: its packets were joined already, where they came from. */
            boolean asBorn = device.isVeth() && name.equals("rx-gro");
            if (feature != null && !feature.on() && !feature.fixed() && !asBorn) {
                missing.add(words.substring(0, words.indexOf('|')));
                command.append(' ').append(words.substring(words.indexOf('|') + 1)).append(" on");
            }
        });
        if (missing.isEmpty()) {
            return;
        }
        report.found(Finding.of("offload-off", area())
                .seen(device.name() + (device.isVeth() ? " (a veth)" : " (" + device.driver() + ")") + " carries " + view.rate(packets)
                        + " packets (/proc/net/dev) and leaves to the CPU, although it could do it: " + String.join("; ", missing)
                        + " (ethtool -k " + device.name() + ")")
                .why(device.isVeth() ? "Between two pods nothing has to be cut or checked at all; with this off, the CPU handles many "
                        + "small packets in place of few large ones."
                        : "The CPU spends time on every packet that the device could save it.")
                .remedy(command + "   (someone may have switched it off for a reason, for example a driver bug: try, and watch errors)")
                .rated(Severity.ADVICE, Confidence.HIGH));
    }
}
