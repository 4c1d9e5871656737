package io.sockway.node.doctor;

import io.sockway.node.host.Ethtool;
import io.sockway.node.host.NetDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Packets that a network card had nowhere to put, because the kernel had not emptied its receive ring yet. */
final class RingCheck implements Check {
    /** How drivers name packets that found no free descriptor: Intel, Broadcom, Mellanox, Solarflare, Emulex. */
    private static final Set<String> NO_ROOM = Set.of("rx_missed", "rx_missed_errors", "rx_no_buffer", "rx_no_buffer_count",
            "rx_no_dma_resources", "rx_out_of_buffer", "rx_fifo_errors", "rx_nodesc_drops", "port_rx_nodesc_drops", "rx_nodesc_drop_cnt",
            "rx_discards", "rx_total_ring_discards", "rx_stat_discard", "rx_hw_drop_overruns", "rx_drops_no_frags", "rx_drops_no_pbuf",
            "rx_dropped.nic", "port.rx_dropped");
    /** With other drivers this counter has packets for nobody too, such as unknown multicast. */
    private static final Set<String> DROPPED_IS_NO_ROOM = Set.of("i40e", "iavf", "ice");
    /** Packets that the card itself had no room for: the bus or the host memory is too slow, and a larger ring does not help. */
    private static final Pattern CARD_FULL = Pattern.compile("rx_discards_phy|rx_buffer_passed_thres_phy");
    private static final double SERIOUS_SHARE = 0.001;

    @Override
    public Area area() {
        return Area.RINGS;
    }

    @Override
    public void look(View view, Report report) {
        for (NetDevice device : view.devices()) {
            if (device.physical()) {
                look(device, view, report);
            }
        }
    }

    private void look(NetDevice device, View view, Report report) {
        Map<String, Long> moved = view.statisticsSince(device.name());
        List<String> evidence = new ArrayList<>();
        long lost = 0;
        for (Map.Entry<String, Long> each : moved.entrySet()) {
            if (noRoom(each.getKey()) || each.getKey().equals("rx_dropped") && DROPPED_IS_NO_ROOM.contains(device.driver())) {
                lost = Math.max(lost, each.getValue());
                evidence.add(each.getKey() + " of " + device.name() + " grows by " + view.rate(each.getValue())
                        + " (ethtool -S " + device.name() + ")");
            }
        }
        for (String file : List.of("statistics/rx_missed_errors", "statistics/rx_fifo_errors")) {
            long n = view.numberSince(device.file(file));
            if (n > 0) {
                lost = Math.max(lost, n);
                evidence.add(file.substring(file.indexOf('/') + 1) + " of " + device.name() + " grows by " + view.rate(n) + " (/"
                        + device.file(file) + ")");
            }
        }
        if (lost > 0) {
            report.found(ringFull(device, view, evidence, lost));
        } else {
            long total = view.number(device.file("statistics/rx_missed_errors")) + view.number(device.file("statistics/rx_fifo_errors"));
            if (total > 0) {
                report.note(area(), device.name() + " missed " + Figures.plural(total, "packet") + " since boot, none now");
            }
        }
        allowances(device, view, report, moved);
        moved.forEach((name, n) -> {
            if (CARD_FULL.matcher(name).matches()) {
                report.found(cardFull(device, view, name, n));
            }
        });
    }

    private void allowances(NetDevice device, View view, Report report, Map<String, Long> moved) {
        List<String> evidence = moved.entrySet().stream().filter(each -> each.getKey().endsWith("_allowance_exceeded"))
                .map(each -> each.getKey() + " of " + device.name() + " grows by " + view.rate(each.getValue()) + " packets (ethtool -S "
                        + device.name() + ")").toList();
        if (!evidence.isEmpty()) {
            report.found(Finding.of("instance-allowance", area()).seen(evidence)
                    .why("The cloud lets an instance of this type have so much bandwidth (bw), so many packets a second (pps), tracked "
                            + "connections (conntrack) and requests to its own services such as DNS (linklocal). What is above waits or is "
                            + "dropped outside of this machine.")
                    .remedy(evidence.toString().contains("linklocal") ? "A DNS cache on each node (NodeLocal DNSCache), so that fewer "
                            + "queries leave it." : "A larger instance type, or the load spread over more instances; no setting of this "
                            + "machine helps.")
                    .rated(Severity.WARNING, Confidence.HIGH));
        }
    }

    /** Whether a counter, of the card or of one queue ({@code rx3_out_of_buffer}, {@code [3]: rx_discards}), is one of those. */
    private static boolean noRoom(String counter) {
        String name = counter.substring(Math.max(counter.lastIndexOf(':'), counter.lastIndexOf('.')) + 1).strip();
        return NO_ROOM.contains(counter) || NO_ROOM.contains(name.replaceFirst("^rx(_queue)?_?\\d+_", "rx_"));
    }

    private Finding ringFull(NetDevice device, View view, List<String> evidence, long lost) {
        Optional<Ethtool.Rings> rings = view.host().ethtool().rings(device.name());
        rings.ifPresent(r -> evidence.add("the receive ring of " + device.name() + " holds " + r.rx() + " packets and can hold "
                + r.rxMax() + " (ethtool -g " + device.name() + ")"));
        String remedy = rings.filter(r -> r.rx() < r.rxMax())
                .map(r -> Ethtool.Knob.RING_RX.command(device.name(), r.rxMax()) + "   (it is " + r.rx()
                        + "; 'sockway tune apply --only nic-rings' does it, and can put it back)")
                .orElse("The ring is as large as it gets: let more CPUs empty it (more queues: ethtool -l " + device.name()
                        + "; see the findings on steering), or give the node less traffic.");
        long received = view.packets(device.name()).received();
        boolean serious = received > 0 && (double) lost / (received + lost) > SERIOUS_SHARE;
        return Finding.of("nic-ring-full", area()).seen(evidence.subList(0, Math.min(6, evidence.size())))
                .why("The card receives packets faster than the kernel takes them out of the ring, and throws away what does not fit. "
                        + "TCP sends them again after 200 ms or more.")
                .remedy(remedy).rated(serious ? Severity.CRITICAL : Severity.WARNING, Confidence.HIGH);
    }

    private Finding cardFull(NetDevice device, View view, String counter, long n) {
        return Finding.of("nic-buffer-full", area())
                .seen(counter + " of " + device.name() + " grows by " + view.rate(n) + " (ethtool -S " + device.name() + ")")
                .why("The card's own memory overflows before packets reach the ring: it cannot hand them to the host fast enough. They "
                        + "are lost and have to be sent again.")
                .remedy("Look at the PCIe link (lspci -vv: LnkSta against LnkCap) and at the NUMA node of the CPUs that take the "
                        + "packets; flow control (ethtool -A) makes the switch wait instead. A larger ring does not help.")
                .rated(Severity.WARNING, Confidence.MEDIUM);
    }
}
