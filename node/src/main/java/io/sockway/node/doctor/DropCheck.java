package io.sockway.node.doctor;

import io.sockway.node.drops.Drop;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Packets that the kernel threw away, by its own account of the reason. */
final class DropCheck implements Check {
    private static final int SHOWN = 5;
    private static final int MANY_PER_SECOND = 100;
    private static final int FEW_PER_SECOND = 5;
    private static final int UNKNOWN_PER_SECOND = 100;
    /** Someone's rules: what they drop is as a rule meant to be dropped. */
    private static final Set<String> RULES = Set.of("NETFILTER_DROP", "TC_INGRESS", "TC_EGRESS", "XDP", "BPF_CGROUP_EGRESS", "IP_RPFILTER");
    private static final Set<String> OUTWARD = Set.of("IP_OUTNOROUTES", "IP_INNOROUTES",
            "NEIGH_FAILED", "TCP_RFC7323_PAWS", "TCP_OVERWINDOW");

    @Override
    public Area area() {
        return Area.DROPS;
    }

    @Override
    public void look(View view, Report report) {
        List<Drop> known = new ArrayList<>();
        List<Drop> unknown = new ArrayList<>();
        for (Drop drop : view.drops().orElse(List.of())) {
            if (DropMeaning.silent(drop.reason())) {
                continue;
            }
            if (DropMeaning.of(drop.reason()) != null) {
                known.add(drop);
            } else if (drop.count() >= UNKNOWN_PER_SECOND * view.seconds()) {
                unknown.add(drop);
            }
        }
        known.removeIf(drop -> quiet(drop, view) || toldElsewhere(drop, view));
        if (!known.isEmpty()) {
            report.found(found(view, known));
        }
        unknown.stream().limit(SHOWN).forEach(drop -> report.note(area(), view.rate(drop.count()) + " packets freed in the kernel function "
                + drop.site() + " with reason " + drop.reason() + ", which some functions do as part of normal work"));
    }

    /** Where this namespace's own counters tell the same, there is a finding that says more. */
    private static boolean toldElsewhere(Drop drop, View view) {
        return switch (drop.reason()) {
            case "SOCKET_RCVBUFF" -> BufferCheck.full(view) > 0;
            case "QDISC_DROP", "QDISC_OVERLIMIT", "QDISC_CONGESTED" -> view.devices().stream().anyMatch(device ->
                    view.qdiscSince(device.name()).filter(queue ->
                            SendQueueCheck.drops(queue, view)).isPresent());
            default -> false;
        };
    }

    /** A rule that drops, or a host that does not answer, is news only when it happens all the time. */
    private static boolean quiet(Drop drop, View view) {
        boolean often = RULES.contains(drop.reason()) || OUTWARD.contains(drop.reason());
        return drop.count() < (often ? MANY_PER_SECOND : FEW_PER_SECOND) * view.seconds();
    }

    private Finding found(View view, List<Drop> drops) {
        List<String> evidence = new ArrayList<>();
        drops.stream().limit(SHOWN).forEach(drop -> evidence.add(view.rate(drop.count()) + ": " + DropMeaning.of(drop.reason()).words()
                + " (reason " + drop.reason() + " in the kernel function " + drop.site() + ", tracepoint skb:kfree_skb)"));
        Drop most = drops.getFirst();
        boolean meant = drops.stream().allMatch(drop -> RULES.contains(drop.reason()));
        boolean many = drops.stream().filter(drop -> !RULES.contains(drop.reason())).mapToLong(Drop::count).sum()
                >= MANY_PER_SECOND * view.seconds();
        String remedy = DropMeaning.of(most.reason()).remedy();
        return Finding.of("packet-drops", area()).seen(evidence)
                .why(meant ? "These packets never arrive. If a rule drops what is wanted, connections hang or fail."
                        : "These packets never reach a socket. TCP sends them again, later; UDP does not.")
                .remedy("For the first line: " + remedy + ".")
                .rated(meant ? Severity.ADVICE : many ? Severity.CRITICAL : Severity.WARNING, meant ? Confidence.LOW : Confidence.MEDIUM);
    }
}
