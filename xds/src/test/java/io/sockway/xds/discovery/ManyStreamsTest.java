package io.sockway.xds.discovery;

import static io.sockway.xds.testing.Resources.endpoints;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.sockway.xds.ads.AdsService;
import io.sockway.xds.server.ListenAddress;
import io.sockway.xds.server.XdsServer;
import io.sockway.xds.testing.Recorded;
import io.sockway.xds.testing.XdsClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ManyStreamsTest {
    private static final int STREAMS = 4000;
    private static final int CHANNELS = 8;
    private static final ResourceType EDS = ResourceType.ENDPOINTS;

    private static Snapshot content(int own) {
        return io.sockway.xds.testing.Resources.endpoints(endpoints("shared", 1), endpoints("own", own));
    }

    @Test
    void shouldTellOneOfThousandsOfEnvoysAloneAndAllOfThemTogether() throws InterruptedException {
        Recorded events = new Recorded();
        Snapshot before = content(1);
        Snapshot after = content(2);
        Publisher publisher = new Publisher(node -> before, events, Duration.ZERO);
        List<ManagedChannel> channels = new ArrayList<>();
        try (XdsServer server = XdsServer.start(ListenAddress.parse("127.0.0.1:0"), Optional.empty(), List.of(new AdsService(publisher)))) {
            for (int i = 0; i < CHANNELS; i++) {
                channels.add(XdsClient.channel(server.address()));
            }
            List<XdsClient.Whole> envoys = new ArrayList<>();
            for (int i = 0; i < STREAMS; i++) {
                XdsClient.Whole envoy = new XdsClient.Whole(channels.get(i % CHANNELS), "e" + i);
                envoy.ask(EDS, "own", "shared");
                envoys.add(envoy);
            }
            envoys.forEach(envoy -> envoy.accept(envoy.next(EDS), "own", "shared"));
            assertThat(publisher.streams()).hasSize(STREAMS);
            Thread.sleep(300);

            Snapshot same = content(1);
            publisher.publish(node -> node.id().equals("e17") ? after : same);

            envoys.get(17).accept(envoys.get(17).next(EDS), "own", "shared");
            Publication.Report one = events.report();
            assertThat(one.envoys()).isOne();
            assertThat(one.resources()).isOne();
            envoys.get(18).requireSilence();

            Snapshot all = io.sockway.xds.testing.Resources.endpoints(endpoints("shared", 3), endpoints("own", 3));
            publisher.publish(node -> all);
            envoys.forEach(envoy -> envoy.accept(envoy.next(EDS), "own", "shared"));
            Publication.Report everybody = events.report();
            assertThat(everybody.envoys()).isEqualTo(STREAMS);
            System.out.printf("%,d streams: one changed, accepted after %.1f ms; all changed, after %.1f ms%n", STREAMS,
                    one.time().toNanos() / 1e6, everybody.time().toNanos() / 1e6);
        } finally {
            channels.forEach(ManagedChannel::shutdownNow);
        }
    }
}
