package io.sockway.bench.network;

import io.sockway.bench.lab.ContainerNetwork;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.NodeSettings;
import io.sockway.bench.lab.Tool;
import io.sockway.bench.lab.UnmetRequirementException;
import io.sockway.bench.scenario.Blueprint;
import io.sockway.bench.scenario.Programs;
import io.sockway.bench.scenario.Variant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A scenario on container networks. */
final class NetworkBlueprint implements Blueprint {
    private static final List<Tool> TOOLS = List.of(Tool.IP, Tool.SS, Tool.NSENTER, Tool.SETPRIV, Tool.SETSID, Tool.TASKSET, Tool.NGINX);

    private final List<NetworkSpec> specs;

    NetworkBlueprint(List<NetworkSpec> specs) {
        this.specs = List.copyOf(specs);
    }

    @Override
    public void require(Programs programs) {
        TOOLS.forEach(Tool::path);
        if (specs.stream().map(NetworkSpec::settings).anyMatch(settings ->
                settings.offloads().isPresent() || settings.rings().isPresent())) {
            Tool.ETHTOOL.path();
        }
        if (programs.peerObject().isPresent()) {
            throw new UnmetRequirementException("--peer-object: there is no proxy in this scenario", "leave the option out");
        }
    }

    @Override
    public Map<String, String> versions() {
        return Map.of("nginx", Tool.NGINX.version());
    }

    @Override
    public Map<String, String> method() {
        Map<String, String> method = new LinkedHashMap<>();
        method.put("Nodes", "two network namespaces, joined by veth, with a pod each; the client's side on one CPU, the server's on "
                + "another where there are two; links are made anew for each slice");
        method.put("Links", specs.stream().map(NetworkSpec::link).distinct().map(link -> link.option() + ": " + link.words())
                .collect(Collectors.joining("; ")));
        if (specs.stream().anyMatch(spec -> !spec.settings().equals(NodeSettings.NONE))) {
            method.put("Settings", "on the device of both pods, and of the machine where they are its own; put back after each slice");
        }
        return method;
    }

    @Override
    public List<Variant> build(Lab lab) {
        ContainerNetwork network = ContainerNetwork.create(lab);
        return specs.stream().<Variant>map(spec -> new NetworkVariant(lab, network, spec)).toList();
    }
}
