package io.sockway.node.doctor;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.sockway.node.host.CpuList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** CPUs that the kubelet gave to one container alone, and that take in the node's packets all the same. */
final class PinningCheck implements Check {
    private static final String STATE = "var/lib/kubelet/cpu_manager_state";
    private static final double SHARE = 0.1;

    @Override
    public Area area() {
        return Area.CPU;
    }

    @Override
    public void look(View view, Report report) {
        Optional<String> state = view.host().text(STATE);
        if (view.host().denied().containsKey(STATE)) {
            report.unseen(area(), "which CPUs the kubelet gave to containers: /" + STATE + " needs root");
        }
        Map<Integer, String> owners = state.map(PinningCheck::owners).orElse(Map.of());
        Set<Integer> disturbed = new HashSet<>();
        StringBuilder lines = new StringBuilder();
        view.cpuSince().forEach((cpu, since) -> {
            double share = since.share(since.softirq() + since.irq());
            if (owners.containsKey(cpu) && share >= SHARE) {
                disturbed.add(cpu);
                lines.append(lines.isEmpty() ? "" : "; ").append("CPU ").append(cpu).append(" of ").append(owners.get(cpu))
                        .append(" spends ").append(Figures.percent(share)).append(" of its time on interrupts and packets");
            }
        });
        if (!disturbed.isEmpty()) {
            Set<Integer> others = new HashSet<>(view.host().cpus());
            others.removeAll(owners.keySet());
            report.found(Finding.of("pinned-cpu-interrupted", area()).seen(lines + " (/proc/stat; /" + STATE + ")")
                    .why("The kubelet's CPU manager keeps these CPUs free of other containers, but not of interrupts and packets of the "
                            + "whole node. The container pays for CPUs that it does not have for itself.")
                    .remedy(others.isEmpty() ? "Leave some CPUs to the node: the kubelet's reservedSystemCPUs."
                            : "Keep interrupts and RPS to the other CPUs: IRQBALANCE_BANNED_CPULIST=" + list(disturbed) + " for "
                            + "irqbalance, or echo N > /proc/irq/IRQ/smp_affinity_list; echo " + CpuList.mask(others)
                            + " > /sys/class/net/DEVICE/queues/rx-0/rps_cpus. The kubelet's reservedSystemCPUs keeps CPUs for the node.")
                    .rated(Severity.WARNING, Confidence.MEDIUM));
        } else if (!owners.isEmpty()) {
            report.note(area(), Figures.plural(owners.size(), "CPU") + " belong to single containers (/" + STATE + "), and the node's "
                    + "packets leave them alone");
        }
    }

    private static String list(Set<Integer> cpus) {
        return String.join(",", cpus.stream().sorted().map(String::valueOf).toList());
    }

    /** Whose each exclusive CPU is; {@code entries} leads from pod UIDs to containers to lists of CPUs. */
    private static Map<Integer, String> owners(String text) {
        Map<Integer, String> owners = new LinkedHashMap<>();
        try {
            JsonElement entries = JsonParser.parseString(text).getAsJsonObject().get("entries");
            if (entries instanceof JsonObject pods) {
                pods.entrySet().forEach(pod -> pod.getValue().getAsJsonObject().entrySet().forEach(container ->
                        CpuList.parse(container.getValue().getAsString()).forEach(cpu ->
                                owners.put(cpu, "container " + container.getKey() + " of pod " + pod.getKey()))));
            }
            return owners;
        } catch (JsonParseException | IllegalStateException | UnsupportedOperationException e) {
            return Map.of();
        }
    }
}
