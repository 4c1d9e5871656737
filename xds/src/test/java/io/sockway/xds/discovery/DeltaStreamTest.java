package io.sockway.xds.discovery;

import static io.sockway.xds.testing.Resources.cluster;
import static io.sockway.xds.testing.Resources.clusters;
import static io.sockway.xds.testing.Resources.discovered;
import static io.sockway.xds.testing.Resources.endpoints;
import static io.sockway.xds.testing.Resources.extension;
import static io.sockway.xds.testing.Resources.listener;
import static io.sockway.xds.testing.Resources.route;
import static io.sockway.xds.testing.Resources.secret;
import static org.assertj.core.api.Assertions.assertThat;

import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.sockway.xds.testing.XdsClient;
import java.time.Duration;
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
        removed(envoy, CDS, "old");
        removed(envoy, EDS, "old");
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
        removed(envoy, CDS, "old");
        removed(envoy, EDS, "old");
    }

    /** Whatever an Envoy has on one stream, with two listeners. */
    private static Snapshot everything() {
        return Snapshot.builder().add(CDS, discovered("goes", 1)).add(CDS, cluster("stays", 1)).add(EDS, endpoints("goes", 1))
                .add(SDS, secret("goes")).add(ECDS, extension("goes")).add(LDS, listener("goes", 1)).add(LDS, listener("stays", 1))
                .add(RDS, route("goes", 1)).build();
    }

    private static Snapshot withoutOneListener(int content) {
        return Snapshot.builder().add(CDS, cluster("stays", content)).add(LDS, listener("stays", content)).build();
    }

    private XdsClient.Delta envoyWithEverything() {
        publish(everything());
        XdsClient.Delta envoy = client.delta("e");
        for (ResourceType type : List.of(CDS, LDS)) {
            envoy.subscribe(type);
            envoy.accept(envoy.next(type));
        }
        for (ResourceType type : List.of(EDS, SDS, ECDS, RDS)) {
            envoy.subscribe(type, "goes");
            envoy.accept(envoy.next(type));
        }
        return envoy;
    }

    /** Accepts the next response, which takes one resource away and does nothing else. */
    private static void removed(XdsClient.Delta envoy, ResourceType type, String name) {
        DeltaDiscoveryResponse response = envoy.next(type);
        assertThat(response.getRemovedResourcesList()).containsExactly(name);
        assertThat(response.getResourcesList()).isEmpty();
        envoy.requireSilence();
        envoy.accept(response);
    }

    private static void othersRemoved(XdsClient.Delta envoy) {
        List<DeltaDiscoveryResponse> last = List.of(envoy.next(EDS), envoy.next(SDS), envoy.next(ECDS));
        assertThat(last).allSatisfy(response -> assertThat(response.getRemovedResourcesList()).containsExactly("goes"));
        last.forEach(envoy::accept);
        envoy.requireSilence();
    }

    @Test
    void shouldTakeAListenerAwayBeforeItsRouteItsClusterAndWhatThatNeeds() {
        XdsClient.Delta envoy = envoyWithEverything();

        publish(withoutOneListener(1));

        removed(envoy, LDS, "goes");
        removed(envoy, RDS, "goes");
        removed(envoy, CDS, "goes");
        othersRemoved(envoy);
    }

    @Test
    void shouldTakeAwayOnlyWhatIsStillAskedFor() {
        XdsClient.Delta envoy = envoyWithEverything();

        publish(withoutOneListener(1));

        removed(envoy, LDS, "goes");
        DeltaDiscoveryResponse route = envoy.next(RDS);
        envoy.unsubscribe(RDS, "goes");
        envoy.accept(route);
        DeltaDiscoveryResponse cluster = envoy.next(CDS);
        envoy.unsubscribe(EDS, "goes");
        envoy.unsubscribe(SDS, "goes");
        envoy.unsubscribe(ECDS, "goes");
        envoy.accept(cluster);
        envoy.requireSilence();
    }

    @Test
    void shouldMakeChangesFirstWhereOthersAreTakenAwayWithThem() {
        XdsClient.Delta envoy = envoyWithEverything();

        publish(withoutOneListener(2));

        DeltaDiscoveryResponse cluster = envoy.next(CDS);
        assertThat(names(cluster)).containsExactly("stays");
        assertThat(cluster.getRemovedResourcesList()).isEmpty();
        envoy.requireSilence();
        envoy.accept(cluster);
        DeltaDiscoveryResponse listeners = envoy.next(LDS);
        assertThat(names(listeners)).containsExactly("stays");
        assertThat(listeners.getRemovedResourcesList()).containsExactly("goes");
        envoy.requireSilence();
        envoy.accept(listeners);
        removed(envoy, RDS, "goes");
        removed(envoy, CDS, "goes");
        othersRemoved(envoy);
    }

    @Test
    void shouldTakeNothingAwayWhileAnEnvoyRefusesToLetTheListenerGo() {
        XdsClient.Delta envoy = envoyWithEverything();
        publish(withoutOneListener(1));

        envoy.refuse(envoy.next(LDS), "no");

        envoy.requireSilence();
        publish(Snapshot.builder().add(CDS, cluster("stays", 1)).add(LDS, listener("stays", 2)).build());
        DeltaDiscoveryResponse again = envoy.next(LDS);
        assertThat(names(again)).containsExactly("stays");
        assertThat(again.getRemovedResourcesList()).containsExactly("goes");
        envoy.requireSilence();
        envoy.accept(again);
        removed(envoy, RDS, "goes");
        removed(envoy, CDS, "goes");
        othersRemoved(envoy);
    }

    @Test
    void shouldTakeNothingAwayBeforeASlowEnvoyHasLetTheListenerGo() {
        XdsClient.Delta envoy = envoyWithEverything();
        publish(Snapshot.builder().add(CDS, discovered("goes", 1)).add(CDS, cluster("stays", 1)).add(EDS, endpoints("goes", 1))
                .add(SDS, secret("goes")).add(ECDS, extension("goes")).add(LDS, listener("goes", 1)).add(LDS, listener("stays", 2))
                .add(RDS, route("goes", 1)).build());
        DeltaDiscoveryResponse unanswered = envoy.next(LDS);
        publish(withoutOneListener(2));
        DeltaDiscoveryResponse cluster = envoy.next(CDS);
        assertThat(cluster.getRemovedResourcesList()).isEmpty();
        envoy.accept(cluster);
        envoy.requireSilence();

        envoy.accept(unanswered);

        removed(envoy, LDS, "goes");
        removed(envoy, RDS, "goes");
        removed(envoy, CDS, "goes");
        othersRemoved(envoy);
    }

    @Test
    void shouldTakeNothingAwayUntilTheListenerHasDrained() throws InterruptedException {
        drainFor(Duration.ofMillis(700));
        XdsClient.Delta envoy = envoyWithEverything();
        events.report();

        publish(withoutOneListener(1));
        removed(envoy, LDS, "goes");
        long accepted = System.nanoTime();

        assertThat(events.report().responses()).isOne();
        DeltaDiscoveryResponse route = envoy.next(RDS);
        assertThat(System.nanoTime() - accepted).isGreaterThan(Duration.ofMillis(500).toNanos());
        envoy.accept(route);
        removed(envoy, CDS, "goes");
        othersRemoved(envoy);
    }

    @Test
    void shouldKeepWhatIsWantedAgainWhileTheListenerDrains() {
        drainFor(Duration.ofMillis(500));
        XdsClient.Delta envoy = envoyWithEverything();
        publish(withoutOneListener(1));
        removed(envoy, LDS, "goes");

        publish(everything());

        DeltaDiscoveryResponse back = envoy.next(LDS);
        assertThat(names(back)).containsExactly("goes");
        envoy.accept(back);
        for (int i = 0; i < 5; i++) {
            envoy.requireSilence();
        }
    }

    @Test
    void shouldLetAnEnvoyThatComesBackDrainBeforeItLosesWhatIsGone() {
        drainFor(Duration.ofMillis(500));
        publish(withoutOneListener(1));
        XdsClient.Delta envoy = client.delta("e");

        envoy.subscribeKnowing(CDS, Map.of("stays", cluster("stays", 1).version(), "goes", "1"));
        envoy.subscribeKnowing(LDS, Map.of("stays", listener("stays", 1).version(), "goes", "1"));

        removed(envoy, LDS, "goes");
        removed(envoy, CDS, "goes");
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
