package io.sockway.bench.network;

import io.sockway.bench.faults.Faults;
import io.sockway.bench.lab.ContainerNetwork;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.NodeSettings;
import io.sockway.bench.lab.Sockway;
import io.sockway.bench.lab.Tool;
import io.sockway.bench.lab.UnmetRequirementException;
import io.sockway.bench.report.Goal;
import io.sockway.bench.scenario.Blueprint;
import io.sockway.bench.scenario.Programs;
import io.sockway.bench.scenario.Variant;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** A scenario on container networks. */
final class NetworkBlueprint implements Blueprint {
    private static final List<Tool> TOOLS = List.of(Tool.IP, Tool.SS, Tool.NSENTER, Tool.SETPRIV, Tool.SETSID, Tool.TASKSET, Tool.NGINX);

    private final List<NetworkSpec> specs;
    private final List<String> faults;
    private Optional<Path> launcher = Optional.empty();
    private ContainerNetwork network;

    NetworkBlueprint(List<NetworkSpec> specs, List<String> faults) {
        this.specs = List.copyOf(specs);
        this.faults = List.copyOf(faults);
    }

    @Override
    public void require(Programs programs) {
        TOOLS.forEach(Tool::path);
        if (specs.stream().map(NetworkSpec::settings).anyMatch(settings ->
                settings.offloads().isPresent() || settings.rings().isPresent())) {
            Tool.ETHTOOL.path();
        }
        if (!faults.isEmpty()) {
            List.of(Tool.ETHTOOL, Tool.IPTABLES).forEach(Tool::path);
            launcher = Optional.of(Sockway.find(programs.sockway()));
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
        if (!faults.isEmpty()) {
            method.put("Faults", "made one after the other on two namespaces with a veth, before anything is compared; each fails the run "
                    + "unless 'sockway doctor' is silent before and names it during, 'sockway tune' mends it, and 'revert' puts all back");
        }
        if (specs.stream().anyMatch(spec -> !spec.settings().equals(NodeSettings.NONE))) {
            method.put("Settings", "on the device of both pods, and of the machine where they are its own; put back after each slice");
        }
        return method;
    }

    @Override
    public List<Goal> demonstrate(Lab lab, PrintWriter progress) {
        return launcher.map(sockway -> Faults.run(lab, network(lab), faults, sockway, progress)).orElse(List.of());
    }

    /** One for the whole lab: its pods have fixed names. */
    private ContainerNetwork network(Lab lab) {
        if (network == null) {
            network = ContainerNetwork.create(lab);
        }
        return network;
    }

    @Override
    public List<Variant> build(Lab lab) {
        ContainerNetwork shared = network(lab);
        return specs.stream().<Variant>map(spec -> new NetworkVariant(lab, shared, spec)).toList();
    }
}
