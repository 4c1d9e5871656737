package io.sockway.node.tune;

import io.sockway.node.doctor.Area;
import io.sockway.node.host.Ethtool;
import io.sockway.node.host.Host;
import io.sockway.node.host.HostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What someone asks for.
 *
 * @param profile may be null where single settings are given
 * @param only the areas to touch; empty for all
 * @param settings single values by key, which come before the profile's
 */
public record Request(Profile profile, Set<Area> only, Map<String, String> settings) {
    /**
     * Compares it with the node.
     *
     * @throws HostException when a key is no setting
     */
    public Plan plan(Host host) {
        List<Proposal> proposals = new ArrayList<>();
        settings.forEach((key, value) -> {
            Target target = Target.of(key);
            proposals.add(new Proposal(target, area(target), value, "asked for with --set"));
        });
        if (profile != null) {
            profile.propose(host).stream().filter(proposal -> only.isEmpty() || only.contains(proposal.area()))
                    .filter(proposal -> !settings.containsKey(proposal.target().key())).forEach(proposals::add);
        }
        return Plan.of(host, proposals);
    }

    private static Area area(Target target) {
        return switch (target) {
            case Target.Sysctl sysctl when sysctl.key().startsWith("net.core.netdev") -> Area.KERNEL_INPUT;
            case Target.Sysctl sysctl when sysctl.key().startsWith("net.core.rps") -> Area.STEERING;
            case Target.Sysctl sysctl when sysctl.key().startsWith("net.netfilter") -> Area.CONNTRACK;
            case Target.Sysctl sysctl when sysctl.key().startsWith("vm.") -> Area.MEMORY;
            case Target.Sysctl sysctl when sysctl.key().startsWith("net.") -> Area.TCP;
            case Target.Sysctl sysctl -> Area.CPU;
            case Target.SysFile file when file.key().startsWith("/sys/class/net/") -> Area.STEERING;
            case Target.SysFile file when file.key().startsWith("/sys/block/") -> Area.DISK;
            case Target.SysFile file -> Area.CPU;
            case Target.DeviceSetting setting -> setting.knob().isFeature() ? Area.OFFLOADS
                    : setting.knob() == Ethtool.Knob.CHANNELS ? Area.STEERING : Area.RINGS;
        };
    }
}
