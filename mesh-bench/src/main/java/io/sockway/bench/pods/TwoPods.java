package io.sockway.bench.pods;

import io.sockway.bench.lab.IpFamily;
import io.sockway.bench.scenario.Blueprint;
import io.sockway.bench.scenario.Fields;
import io.sockway.bench.scenario.Topology;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/** The smallest mesh: two pods with a proxy each, as Istio makes them. */
public final class TwoPods implements Topology {
    private static final String NONE = "none";
    private static final String BOTH = "both";
    private static final String SOCKWAY = "sockway";
    private static final String PEER = "peer-object";
    private static final List<String> CGROUP_TYPES = List.of("sock_ops", "connect4", "connect6", "getsockopt", "setsockopt", "sock_create");
    private static final List<String> MAP_TYPES = List.of(
            "sk_msg_verdict", "sk_skb_verdict", "sk_skb_stream_verdict", "sk_skb_stream_parser");

    @Override
    public String name() {
        return "two-pods";
    }

    @Override
    public String description() {
        return "two pods (network namespaces, cgroups, Istio's iptables rules) with an Envoy each, joined by veth";
    }

    @Override
    public Blueprint read(Fields scenario, List<Fields> variants) {
        IpFamily family = scenario.choice("family", List.of("ipv4", "ipv6")).equals("ipv6") ? IpFamily.IPV6 : IpFamily.IPV4;
        boolean proxies = scenario.choice("proxies", List.of(BOTH, NONE)).equals(BOTH);
        boolean tcp = scenario.section("load").map(load -> load.text("protocol").orElse("")).orElse("").equals("tcp");
        String server = scenario.choice("server", tcp ? List.of("echo", "nginx") : List.of("nginx", "echo"));
        if (server.equals("echo") != tcp) {
            scenario.problem("server", "nginx goes with HTTP and echo with 'protocol: tcp'; change one of the two");
        }
        List<PodSpec> specs = variants.stream().map(fields -> spec(fields, proxies)).toList();
        for (int number = 0; tcp && number < specs.size(); number++) {
            if (specs.get(number).unixApp()) {
                variants.get(number).problem("app", "the echo server has no Unix socket; leave out 'app: unix', or 'protocol: tcp'");
            }
        }
        return new PodsBlueprint(family, specs);
    }

    private static PodSpec spec(Fields fields, boolean usually) {
        boolean proxies = fields.has("proxies") ? fields.choice("proxies", List.of(BOTH, NONE)).equals(BOTH) : usually;
        boolean unix = fields.choice("app", List.of("tcp", "unix")).equals("unix");
        String accelerator = fields.choice("accelerator", List.of(NONE, SOCKWAY, PEER));
        if (unix && !proxies) {
            fields.problem("app", "an app on a Unix socket is reached through a proxy only; leave out 'proxies: none'");
        }
        Accelerator chosen = switch (accelerator) {
            case SOCKWAY -> new Accelerator.Sockway(flags(fields));
            case PEER -> new Accelerator.Peer(attachments(fields), new HashSet<>(fields.texts("redirects")));
            default -> new Accelerator.None();
        };
        return new PodSpec(fields.text("name").orElse(""), proxies, unix, chosen);
    }

    private static List<String> flags(Fields fields) {
        List<String> flags = fields.texts("flags");
        if (flags.stream().anyMatch(flag -> !flag.startsWith("--"))) {
            fields.problem("flags", "expected options of 'sockway run', like [--same-node]");
        }
        return flags;
    }

    private static List<Accelerator.Attachment> attachments(Fields fields) {
        List<Accelerator.Attachment> attachments = new ArrayList<>();
        List<Fields> items = fields.sections("attach");
        if (items.isEmpty()) {
            fields.missing("attach");
        }
        for (Fields item : items) {
            String program = item.text("program").orElse("");
            if (!item.has("program")) {
                item.missing("program");
            }
            List<String> types = new ArrayList<>(CGROUP_TYPES);
            types.addAll(MAP_TYPES);
            String type = item.choice("type", types);
            String map = item.text("map").orElse("");
            if (MAP_TYPES.contains(type) && map.isEmpty()) {
                item.problem("type", "a program of type %s is attached to a map; add 'map: NAME'".formatted(type));
            }
            item.rejectUnknown();
            attachments.add(new Accelerator.Attachment(program, type, map));
        }
        return attachments;
    }
}
