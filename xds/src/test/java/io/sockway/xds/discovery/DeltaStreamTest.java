package io.sockway.xds.discovery;

import static io.sockway.xds.testing.Resources.cluster;
import static io.sockway.xds.testing.Resources.clusters;
import static io.sockway.xds.testing.Resources.discovered;
import static io.sockway.xds.testing.Resources.endpoints;
import static io.sockway.xds.testing.Resources.route;
import static org.assertj.core.api.Assertions.assertThat;

import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.sockway.xds.testing.XdsClient;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DeltaStreamTest extends AdsStreamTest {
    private static List<String> names(DeltaDiscoveryResponse response) {
        return response.getResourcesList().stream().map(io.envoyproxy.envoy.service.discovery.v3.Resource::getName).toList();
    }

    @Test
    void shouldSendOnlyWhatChangedAndTheNamesOfWhatIsGone() {
        publish(clusters(cluster("a", 1), cluster("b", 1), cluster("c", 1)));
        XdsClient.Delta envoy = client.delta("e");
        envoy.subscribe(CDS);
        DeltaDiscoveryResponse first = envoy.next(CDS);
        envoy.accept(first);

        publish(clusters(cluster("a", 1), cluster("b", 2)));

        DeltaDiscoveryResponse second = envoy.next(CDS);
        assertThat(names(first)).containsExactly("a", "b", "c");
        assertThat(names(second)).containsExactly("b");
        assertThat(second.getRemovedResourcesList()).containsExactly("c");
    }

    @Test
    void shouldSendAnEnvoyThatComesBackOnlyWhatItDoesNotHave() {
        publish(clusters(cluster("a", 1), cluster("b", 2)));
        XdsClient.Delta envoy = client.delta("e");

        envoy.subscribeKnowing(CDS, Map.of("a", cluster("a", 1).version(), "b", cluster("b", 1).version(), "gone", "1"));

        DeltaDiscoveryResponse response = envoy.next(CDS);
        assertThat(names(response)).containsExactly("b");
        assertThat(response.getRemovedResourcesList()).containsExactly("gone");
    }

    @Test
    void shouldSendNothingToAnEnvoyThatComesBackWithEverything() {
        publish(clusters(cluster("a", 1)));
        XdsClient.Delta envoy = client.delta("e");

        envoy.subscribeKnowing(CDS, Map.of("a", cluster("a", 1).version()));

        envoy.requireSilence();
    }

    @Test
    void shouldTellThatAResourceDoesNotExistAndSendItOnceItDoes() {
        XdsClient.Delta envoy = client.delta("e");
        envoy.subscribe(EDS, "a");
        DeltaDiscoveryResponse none = envoy.next(EDS);
        assertThat(none.getRemovedResourcesList()).containsExactly("a");
        envoy.accept(none);
        envoy.requireSilence();

        publish(endpoints(endpoints("a", 1)));

        assertThat(names(envoy.next(EDS))).containsExactly("a");
    }

    @Test
    void shouldSendAResourceAgainThatIsAskedForAgain() {
        publish(endpoints(endpoints("a", 1)));
        XdsClient.Delta envoy = client.delta("e");
        envoy.subscribe(EDS, "a");
        envoy.accept(envoy.next(EDS));

        envoy.subscribe(EDS, "a");

        assertThat(names(envoy.next(EDS))).containsExactly("a");
    }

    @Test
    void shouldSendNothingMoreOfWhatIsNotWantedAnyMore() {
        publish(endpoints(endpoints("a", 1), endpoints("b", 1)));
        XdsClient.Delta envoy = client.delta("e");
        envoy.subscribe(EDS, "a", "b");
        envoy.accept(envoy.next(EDS));
        envoy.unsubscribe(EDS, "b");
        envoy.requireSilence();

        publish(endpoints(endpoints("a", 2), endpoints("b", 2)));

        assertThat(names(envoy.next(EDS))).containsExactly("a");
    }

    @Test
    void shouldSendNothingAgainThatWasRefusedUntilItChanges() {
        publish(endpoints(endpoints("a", 1), endpoints("b", 1)));
        XdsClient.Delta envoy = client.delta("e");
        envoy.subscribe(EDS, "a", "b");
        envoy.refuse(envoy.next(EDS), "a is bad");
        envoy.requireSilence();

        publish(endpoints(endpoints("a", 2), endpoints("b", 1)));

        assertThat(names(envoy.next(EDS))).containsExactly("a", "b");
        assertThat(events.rejections()).containsExactly("e EDS a is bad");
    }

    @Test
    void shouldSendTheOldContentWhenARefusedChangeIsTakenBack() {
        publish(endpoints(endpoints("a", 1)));
        XdsClient.Delta envoy = client.delta("e");
        envoy.subscribe(EDS, "a");
        envoy.accept(envoy.next(EDS));
        publish(endpoints(endpoints("a", 2)));
        envoy.refuse(envoy.next(EDS), "a is bad");

        publish(endpoints(endpoints("a", 1)));

        DeltaDiscoveryResponse response = envoy.next(EDS);
        assertThat(response.getResources(0).getVersion()).isEqualTo(endpoints("a", 1).version());
        envoy.accept(response);
        envoy.requireSilence();
    }

    /** A cluster, its endpoints and the route to it, all accepted. */
    private XdsClient.Delta envoyWithMesh() {
        publish(Snapshot.builder().add(CDS, discovered("old", 1)).add(EDS, endpoints("old", 1)).add(RDS, route("r", 1)).build());
        XdsClient.Delta envoy = client.delta("e");
        envoy.subscribe(CDS);
        envoy.accept(envoy.next(CDS));
        envoy.subscribe(EDS, "old");
        envoy.accept(envoy.next(EDS));
        envoy.subscribe(RDS, "r");
        envoy.accept(envoy.next(RDS));
        return envoy;
    }

    @Test
    void shouldRemoveAClusterOnlyOnceNoRouteLeadsToIt() {
        XdsClient.Delta envoy = envoyWithMesh();

        publish(Snapshot.builder().add(RDS, route("r", 2)).build());

        DeltaDiscoveryResponse route = envoy.next(RDS);
        envoy.requireSilence();
        envoy.accept(route);
        assertThat(envoy.next(CDS).getRemovedResourcesList()).containsExactly("old");
        assertThat(envoy.next(EDS).getRemovedResourcesList()).containsExactly("old");
    }

    @Test
    void shouldKeepAClusterWhileTheRouteThatReplacesTheOneToItIsRefused() {
        XdsClient.Delta envoy = envoyWithMesh();
        publish(Snapshot.builder().add(CDS, cluster("new", 1)).add(RDS, route("r", 2)).build());
        DeltaDiscoveryResponse added = envoy.next(CDS);
        assertThat(added.getRemovedResourcesList()).isEmpty();
        envoy.accept(added);

        envoy.refuse(envoy.next(RDS), "r is bad");

        envoy.requireSilence();
        publish(Snapshot.builder().add(CDS, cluster("new", 1)).add(RDS, route("r", 3)).build());
        DeltaDiscoveryResponse mended = envoy.next(RDS);
        envoy.requireSilence();
        envoy.accept(mended);
        assertThat(envoy.next(CDS).getRemovedResourcesList()).containsExactly("old");
        assertThat(envoy.next(EDS).getRemovedResourcesList()).containsExactly("old");
    }

    @Test
    void shouldSendOneChangeOutOfTenThousandAlone() throws InterruptedException {
        Snapshot.Builder before = Snapshot.builder();
        Snapshot.Builder after = Snapshot.builder();
        String[] names = new String[10_000];
        for (int i = 0; i < names.length; i++) {
            names[i] = "c" + i;
            before.add(EDS, endpoints(names[i], 1));
            after.add(EDS, endpoints(names[i], i == 5000 ? 2 : 1));
        }
        publish(before.build());
        XdsClient.Delta envoy = client.delta("e");
        envoy.subscribe(EDS, names);
        envoy.accept(envoy.next(EDS));
        envoy.requireSilence();
        events.report();

        publish(after.build());

        DeltaDiscoveryResponse response = envoy.next(EDS);
        envoy.accept(response);
        assertThat(names(response)).containsExactly("c5000");
        Publication.Report report = events.report();
        assertThat(report.resources()).isOne();
        System.out.printf("one change out of 10,000: %d bytes, accepted after %.1f ms%n", report.bytes(), report.time().toNanos() / 1e6);
    }
}
