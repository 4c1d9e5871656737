package io.sockway.bench.pods;

import io.sockway.bench.lab.EnvoyBinary;
import io.sockway.bench.lab.IpFamily;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.Sockway;
import io.sockway.bench.lab.Tool;
import io.sockway.bench.lab.TwoPodMesh;
import io.sockway.bench.lab.UnmetRequirementException;
import io.sockway.bench.scenario.Blueprint;
import io.sockway.bench.scenario.Programs;
import io.sockway.bench.scenario.Variant;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A scenario on two pods. */
public final class PodsBlueprint implements Blueprint {
    private static final List<Tool> TOOLS = List.of(
            Tool.IP, Tool.SS, Tool.IPTABLES, Tool.NSENTER, Tool.SETPRIV, Tool.SETSID, Tool.TASKSET, Tool.NGINX);

    private final IpFamily family;
    private final List<PodSpec> specs;
    private EnvoyBinary envoy;
    private Optional<Path> launcher = Optional.empty();
    private Optional<Path> peerObject = Optional.empty();

    /** Nothing is looked for yet. */
    public PodsBlueprint(IpFamily family, List<PodSpec> specs) {
        this.family = family;
        this.specs = List.copyOf(specs);
    }

    @Override
    public void require(Programs programs) {
        TOOLS.forEach(Tool::path);
        envoy = EnvoyBinary.find(programs.envoy());
        if (uses(Accelerator.Sockway.class)) {
            launcher = Optional.of(Sockway.find(programs.sockway()));
        }
        peerObject = programs.peerObject();
        if (uses(Accelerator.Peer.class)) {
            peerObject.ifPresent(object -> {
                Tool.BPFTOOL.path();
                if (!Files.isReadable(object) || Files.isDirectory(object)) {
                    throw new UnmetRequirementException("no file at " + object, "name a BPF object with --peer-object FILE");
                }
            });
        } else if (peerObject.isPresent()) {
            throw new UnmetRequirementException("--peer-object: this scenario has no variant with 'accelerator: peer-object'",
                    "leave the option out, or name a scenario that has one");
        }
    }

    private boolean uses(Class<? extends Accelerator> kind) {
        return specs.stream().anyMatch(spec -> kind.isInstance(spec.accelerator()));
    }

    @Override
    public Map<String, String> versions() {
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("envoy", envoy.version());
        versions.put("nginx", Tool.NGINX.version());
        return versions;
    }

    @Override
    public Map<String, String> method() {
        Map<String, String> method = new LinkedHashMap<>();
        method.put("Pods", "two network namespaces with a cgroup each, joined by veth, under the nat rules that istio-init writes; each "
                + "pod on a CPU of its own where there are two" + (family == IpFamily.IPV6 ? "; IPv6" : ""));
        if (specs.stream().anyMatch(PodSpec::proxies)) {
            method.put("Proxies", "Envoy with one worker thread, in Istio's shape but with the router as its only filter: no TLS "
                    + "between the proxies, no telemetry");
        }
        if (specs.stream().anyMatch(spec -> !spec.proxies())) {
            method.put("Without proxies", "two more pods of the same kind, without nat rules: the client asks the server's address itself");
        }
        return method;
    }

    @Override
    public List<Variant> build(Lab lab) {
        Map<Boolean, TwoPodMesh> pods = new HashMap<>();
        PodVariant.Programs programs = new PodVariant.Programs(envoy, launcher, peerObject, lab.hostProcesses("sockway"));
        return specs.stream().<Variant>map(spec -> new PodVariant(lab, pods.computeIfAbsent(spec.proxies(), proxies ->
                proxies ? TwoPodMesh.create(lab, family) : TwoPodMesh.bare(lab, family)), spec, programs)).toList();
    }
}
