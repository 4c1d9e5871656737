package io.sockway.xds.discovery;

import static io.sockway.xds.testing.Resources.cluster;
import static io.sockway.xds.testing.Resources.clusters;
import static io.sockway.xds.testing.Resources.discovered;
import static io.sockway.xds.testing.Resources.endpoints;
import static io.sockway.xds.testing.Resources.listener;
import static io.sockway.xds.testing.Resources.route;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.StatusRuntimeException;
import io.sockway.xds.testing.XdsClient;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class StateOfTheWorldStreamTest extends AdsStreamTest {
    private static List<Any> bodies(Resource... resources) {
        return List.of(resources).stream().map(Resource::body).toList();
    }

    @Test
    void shouldSendAllClustersWhenOneOfThemChanges() {
        publish(clusters(cluster("a", 1), cluster("b", 1)));
        XdsClient.Whole envoy = client.whole("e");
        envoy.ask(CDS);
        DiscoveryResponse first = envoy.next(CDS);
        envoy.accept(first);

        publish(clusters(cluster("a", 1), cluster("b", 2)));

        DiscoveryResponse second = envoy.next(CDS);
        assertThat(first.getResourcesList()).isEqualTo(bodies(cluster("a", 1), cluster("b", 1)));
        assertThat(second.getResourcesList()).isEqualTo(bodies(cluster("a", 1), cluster("b", 2)));
        assertThat(second.getVersionInfo()).isNotEqualTo(first.getVersionInfo());
    }

    @Test
    void shouldSendOnlyTheEndpointsThatChanged() {
        publish(endpoints(endpoints("a", 1), endpoints("b", 1), endpoints("c", 1)));
        XdsClient.Whole envoy = client.whole("e");
        envoy.ask(EDS, "a", "b");
        DiscoveryResponse first = envoy.next(EDS);
        envoy.accept(first, "a", "b");

        publish(endpoints(endpoints("a", 1), endpoints("b", 2), endpoints("c", 2)));

        assertThat(first.getResourcesList()).isEqualTo(bodies(endpoints("a", 1), endpoints("b", 1)));
        assertThat(envoy.next(EDS).getResourcesList()).isEqualTo(bodies(endpoints("b", 2)));
    }

    @Test
    void shouldSendNothingWhenNothingChanged() {
        publish(clusters(cluster("a", 1)));
        XdsClient.Whole envoy = client.whole("e");
        envoy.ask(CDS);
        envoy.accept(envoy.next(CDS));

        publish(clusters(cluster("a", 1)));

        envoy.requireSilence();
    }

    @Test
    void shouldSendNothingToAnEnvoyThatComesBackWithThePresentVersion() {
        publish(clusters(cluster("a", 1)));
        XdsClient.Whole before = client.whole("e");
        before.ask(CDS);
        String version = before.next(CDS).getVersionInfo();
        before.end();

        XdsClient.Whole after = client.whole("e");
        after.askKnowing(CDS, version);

        after.requireSilence();
        publish(clusters(cluster("a", 2)));
        assertThat(after.next(CDS).getResourcesList()).isEqualTo(bodies(cluster("a", 2)));
    }

    @Test
    void shouldAnswerAnEnvoyThatAsksForClustersWhenThereAreNone() {
        XdsClient.Whole envoy = client.whole("e");

        envoy.ask(CDS);

        assertThat(envoy.next(CDS).getResourcesList()).isEmpty();
    }

    @Test
    void shouldSendWhatIsAskedForLater() {
        publish(endpoints(endpoints("a", 1), endpoints("b", 1)));
        XdsClient.Whole envoy = client.whole("e");
        envoy.ask(EDS, "a");
        DiscoveryResponse first = envoy.next(EDS);
        envoy.accept(first, "a");

        envoy.accept(first, "a", "b");

        assertThat(envoy.next(EDS).getResourcesList()).isEqualTo(bodies(endpoints("b", 1)));
    }

    @Test
    void shouldSendAgainWhatWasGivenUpAndIsAskedForAnew() {
        publish(endpoints(endpoints("a", 1), endpoints("b", 1)));
        XdsClient.Whole envoy = client.whole("e");
        envoy.ask(EDS, "a", "b");
        DiscoveryResponse first = envoy.next(EDS);
        envoy.accept(first, "a");

        envoy.accept(first, "a", "b");

        assertThat(envoy.next(EDS).getResourcesList()).isEqualTo(bodies(endpoints("b", 1)));
    }

    @Test
    void shouldNotSendARefusedVersionAgainAndShowEnvoysWords() {
        publish(clusters(cluster("a", 1)));
        XdsClient.Whole envoy = client.whole("e");
        envoy.ask(CDS);

        envoy.refuse(envoy.next(CDS), "", "a has no endpoints");

        envoy.requireSilence();
        assertThat(events.rejections()).containsExactly("e CDS a has no endpoints");
        SubscriptionStatus status = publisher.streams().getFirst().subscriptions().getFirst();
        assertThat(status.rejection()).isEqualTo("a has no endpoints");
        assertThat(status.rejections()).isOne();
        assertThat(publisher.totals().rejections()).isOne();
    }

    @Test
    void shouldSendWhatWasRefusedTogetherAgainWhenOneOfThemChanges() {
        publish(endpoints(endpoints("a", 1), endpoints("b", 1)));
        XdsClient.Whole envoy = client.whole("e");
        envoy.ask(EDS, "a", "b");
        envoy.refuse(envoy.next(EDS), "", "b is bad", "a", "b");

        publish(endpoints(endpoints("a", 1), endpoints("b", 2)));

        assertThat(envoy.next(EDS).getResourcesList()).isEqualTo(bodies(endpoints("a", 1), endpoints("b", 2)));
        envoy.requireSilence();
    }

    @Test
    void shouldSendOnlyTheLatestToAnEnvoyThatIsSlow() {
        publish(clusters(cluster("a", 1)));
        XdsClient.Whole envoy = client.whole("e");
        envoy.ask(CDS);
        DiscoveryResponse unanswered = envoy.next(CDS);
        publish(clusters(cluster("a", 2)));
        publish(clusters(cluster("a", 3)));
        envoy.requireSilence();

        envoy.accept(unanswered);

        assertThat(envoy.next(CDS).getResourcesList()).isEqualTo(bodies(cluster("a", 3)));
    }

    @Test
    void shouldReportAPublicationOnlyWhenASlowEnvoyHasItToo() throws InterruptedException {
        publish(clusters(cluster("a", 1)));
        events.report();
        XdsClient.Whole envoy = client.whole("e");
        envoy.ask(CDS);
        DiscoveryResponse unanswered = envoy.next(CDS);

        publish(clusters(cluster("a", 2)));
        envoy.accept(unanswered);
        envoy.accept(envoy.next(CDS));

        Publication.Report report = events.report();
        assertThat(report.envoys()).isOne();
        assertThat(report.responses()).isOne();
    }

    @Test
    void shouldNotTakeAnOldAnswerForOneToTheLatestResponse() {
        publish(clusters(cluster("a", 1)));
        XdsClient.Whole envoy = client.whole("e");
        envoy.ask(CDS);
        DiscoveryResponse first = envoy.next(CDS);
        envoy.accept(first);
        publish(clusters(cluster("a", 2)));
        envoy.next(CDS);

        envoy.accept(first);

        assertThat(publisher.streams().getFirst().subscriptions().getFirst().acceptedVersion()).isEqualTo(first.getVersionInfo());
    }

    @Test
    void shouldSendEachEnvoyWhatIsMeantForIt() {
        publisher.publish(node -> clusters(cluster(node.id(), 1)));
        XdsClient.Whole one = client.whole("one");
        XdsClient.Whole two = client.whole("two");
        one.ask(CDS);
        two.ask(CDS);

        assertThat(one.next(CDS).getResourcesList()).isEqualTo(bodies(cluster("one", 1)));
        assertThat(two.next(CDS).getResourcesList()).isEqualTo(bodies(cluster("two", 1)));
    }

    private static Snapshot mesh(Resource cluster, Resource endpoints, Resource route) {
        return Snapshot.builder().add(CDS, cluster).add(EDS, endpoints).add(RDS, route).build();
    }

    private XdsClient.Whole envoyWithMesh() {
        publish(mesh(discovered("old", 1), endpoints("old", 1), route("r", 1)));
        XdsClient.Whole envoy = client.whole("e");
        envoy.ask(CDS);
        envoy.accept(envoy.next(CDS));
        envoy.ask(EDS, "old");
        envoy.accept(envoy.next(EDS), "old");
        envoy.ask(RDS, "r");
        envoy.accept(envoy.next(RDS), "r");
        return envoy;
    }

    @Test
    void shouldMakeNewClustersBeforeRoutesThatNeedThemAndTakeOldOnesAwayLast() throws InterruptedException {
        XdsClient.Whole envoy = envoyWithMesh();
        events.report();

        publish(mesh(discovered("new", 1), endpoints("new", 1), route("r", 2)));

        DiscoveryResponse both = envoy.next(CDS);
        assertThat(both.getResourcesList()).isEqualTo(bodies(discovered("new", 1), discovered("old", 1)));
        envoy.requireSilence();
        envoy.accept(both);
        envoy.requireSilence();
        envoy.ask(EDS, "ignored", "stale", List.of("new", "old"));
        DiscoveryResponse endpoints = envoy.next(EDS);
        assertThat(endpoints.getResourcesList()).isEqualTo(bodies(endpoints("new", 1)));
        envoy.requireSilence();
        envoy.accept(endpoints, "new", "old");
        DiscoveryResponse route = envoy.next(RDS);
        assertThat(route.getResourcesList()).isEqualTo(bodies(route("r", 2)));
        envoy.requireSilence();
        envoy.accept(route, "r");
        DiscoveryResponse last = envoy.next(CDS);
        assertThat(last.getResourcesList()).isEqualTo(bodies(discovered("new", 1)));
        envoy.accept(last);
        Publication.Report report = events.report();
        assertThat(report.responses()).isEqualTo(4);
        assertThat(report.removed()).isOne();
        assertThat(report.envoys()).isOne();
    }

    private void refuseTheRouteTo(Resource cluster, XdsClient.Whole envoy) {
        publish(mesh(cluster, endpoints("old", 1), route("r", 2)));
        DiscoveryResponse both = envoy.next(CDS);
        assertThat(both.getResourcesList()).isEqualTo(bodies(cluster, discovered("old", 1)));
        envoy.accept(both);
        DiscoveryResponse refused = envoy.next(RDS);
        envoy.refuse(refused, "", "r is bad", "r");
        envoy.requireSilence();
    }

    @Test
    void shouldKeepAClusterWhileTheRouteThatReplacesTheOneToItIsRefused() {
        XdsClient.Whole envoy = envoyWithMesh();
        refuseTheRouteTo(cluster("new", 1), envoy);

        publish(mesh(cluster("new", 1), endpoints("old", 1), route("r", 3)));

        DiscoveryResponse route = envoy.next(RDS);
        envoy.requireSilence();
        envoy.accept(route, "r");
        assertThat(envoy.next(CDS).getResourcesList()).isEqualTo(bodies(cluster("new", 1)));
    }

    @Test
    void shouldKeepTheClusterOfARefusedRouteUntilTheOldRouteIsAcceptedAnew() {
        XdsClient.Whole envoy = envoyWithMesh();
        refuseTheRouteTo(cluster("new", 1), envoy);

        publish(mesh(discovered("old", 1), endpoints("old", 1), route("r", 1)));

        DiscoveryResponse route = envoy.next(RDS);
        assertThat(route.getResourcesList()).isEqualTo(bodies(route("r", 1)));
        envoy.requireSilence();
        envoy.accept(route, "r");
        assertThat(envoy.next(CDS).getResourcesList()).isEqualTo(bodies(discovered("old", 1)));
    }

    private static Snapshot twoListeners() {
        return Snapshot.builder().add(CDS, cluster("goes", 1)).add(CDS, cluster("stays", 1)).add(LDS, listener("goes", 1))
                .add(LDS, listener("stays", 1)).add(RDS, route("goes", 1)).build();
    }

    private static Snapshot oneListener(int content) {
        return Snapshot.builder().add(CDS, cluster("stays", 1)).add(LDS, listener("stays", content)).build();
    }

    private XdsClient.Whole envoyWithTwoListeners() {
        publish(twoListeners());
        XdsClient.Whole envoy = client.whole("e");
        for (ResourceType type : List.of(CDS, LDS)) {
            envoy.ask(type);
            envoy.accept(envoy.next(type));
        }
        envoy.ask(RDS, "goes");
        envoy.accept(envoy.next(RDS), "goes");
        return envoy;
    }

    @Test
    void shouldTakeAListenerAwayBeforeItsClusterWhileItsRouteIsStillAskedFor() {
        XdsClient.Whole envoy = envoyWithTwoListeners();

        publish(oneListener(1));

        only(envoy, LDS, listener("stays", 1));
        only(envoy, CDS, cluster("stays", 1));
        envoy.requireSilence();
    }

    @Test
    void shouldKeepAClusterUntilTheChangeThatTakesItsListenerAwayIsAccepted() {
        XdsClient.Whole envoy = envoyWithTwoListeners();
        publish(oneListener(2));
        envoy.refuse(envoy.next(LDS), "", "stays is bad");
        envoy.requireSilence();

        publish(oneListener(3));

        only(envoy, LDS, listener("stays", 3));
        only(envoy, CDS, cluster("stays", 1));
        envoy.requireSilence();
    }

    @Test
    void shouldKeepAClusterUntilASlowEnvoyHasLetTheListenerGo() {
        XdsClient.Whole envoy = envoyWithTwoListeners();
        publish(Snapshot.builder().add(CDS, cluster("goes", 1)).add(CDS, cluster("stays", 1)).add(LDS, listener("goes", 2))
                .add(LDS, listener("stays", 1)).add(RDS, route("goes", 1)).build());
        DiscoveryResponse unanswered = envoy.next(LDS);
        publish(oneListener(1));
        envoy.requireSilence();

        envoy.accept(unanswered);

        only(envoy, LDS, listener("stays", 1));
        only(envoy, CDS, cluster("stays", 1));
    }

    @Test
    void shouldKeepAClusterUntilTheListenerHasDrained() {
        drainFor(Duration.ofMillis(700));
        XdsClient.Whole envoy = envoyWithTwoListeners();
        publish(oneListener(1));
        only(envoy, LDS, listener("stays", 1));
        long accepted = System.nanoTime();

        only(envoy, CDS, cluster("stays", 1));

        assertThat(System.nanoTime() - accepted).isGreaterThan(Duration.ofMillis(500).toNanos());
    }

    /** Accepts the next response, which leaves the Envoy with one resource of the type, and until then nothing else comes. */
    private static void only(XdsClient.Whole envoy, ResourceType type, Resource left) {
        DiscoveryResponse response = envoy.next(type);
        assertThat(response.getResourcesList()).isEqualTo(bodies(left));
        envoy.requireSilence();
        envoy.accept(response);
    }

    @Test
    void shouldSendTheEndpointsOfAClusterThatChangedAgain() {
        XdsClient.Whole envoy = envoyWithMesh();

        publish(mesh(discovered("old", 2), endpoints("old", 1), route("r", 1)));

        envoy.accept(envoy.next(CDS));
        assertThat(envoy.next(EDS).getResourcesList()).isEqualTo(bodies(endpoints("old", 1)));
    }

    @Test
    void shouldSendRoutesAfterAWhileToAnEnvoyThatDoesNotAskForTheEndpointsOfANewCluster() {
        XdsClient.Whole envoy = envoyWithMesh();

        publish(mesh(discovered("new", 1), endpoints("new", 1), route("r", 2)));
        envoy.accept(envoy.next(CDS));

        assertThat(envoy.next(RDS).getResourcesList()).isEqualTo(bodies(route("r", 2)));
    }

    @Test
    void shouldForgetEnvoysThatAreGone() throws InterruptedException {
        XdsClient.Whole envoy = client.whole("e");
        envoy.ask(CDS);
        envoy.next(CDS);
        publish(clusters(cluster("a", 1)));
        assertThat(publisher.streams()).hasSize(1);

        client.close();

        for (int i = 0; i < 100 && !publisher.streams().isEmpty(); i++) {
            Thread.sleep(20);
        }
        assertThat(publisher.streams()).isEmpty();
    }

    @Test
    void shouldTellEnvoysThatItEnds() {
        XdsClient.Whole envoy = client.whole("e");
        envoy.ask(CDS);
        envoy.next(CDS);

        publisher.disconnect();

        assertThat(envoy.nextOfAnyKind()).isInstanceOfSatisfying(StatusRuntimeException.class, e ->
                assertThat(e.getStatus().getCode()).isEqualTo(io.grpc.Status.Code.UNAVAILABLE));
    }
}
