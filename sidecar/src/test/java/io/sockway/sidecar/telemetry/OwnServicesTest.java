package io.sockway.sidecar.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sockway.xds.discovery.EnvoyNode;
import io.sockway.xds.peers.PeerTable;
import io.sockway.xds.peers.Workload;
import io.sockway.xds.stats.PluginConfig.Service;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class OwnServicesTest {
    private static final EnvoyNode ENVOY = new EnvoyNode("web", "", "1.40.0");
    private static final NodeIdentity WEB = NodeIdentity.parse("workload=web-v1,namespace=demo");

    private static Workload peer(String name, String namespace, Map<String, Set<Integer>> services) {
        return new Workload(name, namespace, "", "", "", "", "", "", services);
    }

    private static Service service(String host) {
        return OwnServices.named(host);
    }

    @Test
    void shouldNameTheServicesOfItsWorkloadAsIstioDoes() {
        PeerTable peers = new PeerTable(Map.of(
                "10.0.0.1", peer("web-v1", "demo", Map.of("web.demo", Set.of(8080), "admin.demo", Set.of(9000))),
                "10.0.0.2", peer("web-v1", "demo", Map.of("web.demo", Set.of(8081), "web-all.demo", Set.of(8081))),
                "10.0.0.3", peer("web-v1", "other", Map.of("no.other", Set.of(1))),
                "10.0.0.4", peer("db", "demo", Map.of("db.demo", Set.of(2)))));

        OwnServices own = OwnServices.of(WEB, ENVOY, peers, new TreeMap<>());

        assertThat(own.any()).contains(new Service("admin.demo.svc.cluster.local", "admin"));
        assertThat(own.byCluster()).isEqualTo(Map.of("inbound|8080||", service("web.demo.svc.cluster.local"), "inbound|8081||",
                service("web.demo.svc.cluster.local"), "inbound|9000||", service("admin.demo.svc.cluster.local")));
    }

    @Test
    void shouldTakeTheDomainFromTheIdOfIstiosProxy() {
        PeerTable peers = new PeerTable(Map.of("10.0.0.1", peer("web-v1", "demo", Map.of("web.demo", Set.of())),
                "10.0.0.2", peer("web-v1", "demo", Map.of("web.example.com", Set.of(443)))));

        OwnServices own = OwnServices.of(WEB, new EnvoyNode("sidecar~10.0.0.1~web-1.demo~demo.svc.corp.internal", "", "1.40.0"), peers,
                new TreeMap<>());

        assertThat(own.any()).contains(service("web.demo.svc.corp.internal"));
        assertThat(own.byCluster()).isEqualTo(Map.of("inbound|443||", service("web.example.com")));
    }

    @Test
    void shouldPreferWhatItIsTold() {
        NodeIdentity told = NodeIdentity.parse("workload=web-v1,namespace=demo,service=shop.example.com");
        PeerTable peers = new PeerTable(Map.of("10.0.0.1", peer("web-v1", "demo", Map.of("web.demo", Set.of(80)))));

        OwnServices own = OwnServices.of(told, ENVOY, peers, new TreeMap<>());

        assertThat(own.any()).contains(new Service("shop.example.com", "shop"));
        assertThat(own.byCluster()).isEmpty();
        assertThat(OwnServices.of(NodeIdentity.UNKNOWN, ENVOY, peers, new TreeMap<>()).any()).isEmpty();
        assertThatThrownBy(() -> NodeIdentity.parse("service=" + "x".repeat(256))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldBelieveIstiodBeforePeers() {
        PeerTable peers = new PeerTable(Map.of("10.0.0.1", peer("web-v1", "demo", Map.of("a.demo", Set.of(80, 81)))));
        TreeMap<String, Service> clusters = new TreeMap<>();
        InboundClusters.parse("""
                {"configs":[{"cluster":{"name":"inbound|80||","metadata":{"filter_metadata":{"istio":{"services":[
                {"host":"web.demo.svc.cluster.local","name":"web","namespace":"demo"},{"host":"other"}]}}}}},
                {"cluster":{"name":"inbound|7||","metadata":{"filter_metadata":{"istio":{"services":[]}}}}}, {"cluster":{"name":"none"}}]}
                """, clusters);

        OwnServices own = OwnServices.of(WEB, ENVOY, peers, clusters);

        assertThat(own.byCluster()).isEqualTo(Map.of("inbound|80||", service("web.demo.svc.cluster.local"), "inbound|81||",
                service("a.demo.svc.cluster.local")));
        assertThat(own.any()).contains(service("web.demo.svc.cluster.local"));
    }
}
