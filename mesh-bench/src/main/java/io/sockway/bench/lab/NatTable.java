package io.sockway.bench.lab;

import java.util.ArrayList;
import java.util.List;

/** Writes a network namespace's nat table, whichever iptables the machine has. */
final class NatTable {
    /** Which of the two kernel interfaces works in a namespace depends on the machine: its own choice first. */
    private static final List<String> BACKENDS = List.of("tables", "tables-nft", "tables-legacy");

    private NatTable() {
    }

    /** Replaces the table of {@code family} by {@code rules}, in the form of iptables-save. */
    static void load(NetworkNamespace namespace, IpFamily family, String rules) {
        String prefix = family == IpFamily.IPV6 ? "ip6" : "ip";
        List<String> complaints = new ArrayList<>();
        for (String backend : BACKENDS) {
            var restore = Tool.find(prefix + backend + "-restore");
            if (restore.isEmpty()) {
                continue;
            }
            Command.Result result = namespace.command(restore.get()).withInput(rules).result();
            if (result.exitCode() == 0) {
                return;
            }
            complaints.add(restore.get().getFileName() + ": " + result.errors().strip());
        }
        throw complaints.isEmpty()
                ? new UnmetRequirementException("iptables not found", "install it, for example by apt-get install iptables")
                : new UnmetRequirementException("no iptables variant takes Istio's rules in a network namespace",
                        "load the kernel modules nft_redir, xt_REDIRECT and xt_owner (" + String.join("; ", complaints) + ")");
    }
}
