package io.sockway.xds.discovery;

import io.sockway.xds.ads.AdsService;
import io.sockway.xds.server.ListenAddress;
import io.sockway.xds.server.XdsServer;
import io.sockway.xds.testing.Recorded;
import io.sockway.xds.testing.XdsClient;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A server on loopback with an empty snapshot, and a client of it. */
abstract class AdsStreamTest {
    static final ResourceType CDS = ResourceType.CLUSTER;
    static final ResourceType EDS = ResourceType.ENDPOINTS;
    static final ResourceType RDS = ResourceType.ROUTE;
    static final ResourceType LDS = ResourceType.LISTENER;
    static final ResourceType SDS = ResourceType.SECRET;
    static final ResourceType ECDS = ResourceType.EXTENSION;

    final Recorded events = new Recorded();
    Publisher publisher;
    XdsServer server;
    XdsClient client;

    @BeforeEach
    void start() {
        start(Duration.ZERO);
    }

    private void start(Duration drainTime) {
        publisher = new Publisher(node -> Snapshot.EMPTY, events, drainTime);
        server = XdsServer.start(ListenAddress.parse("127.0.0.1:0"), Optional.empty(), List.of(new AdsService(publisher)));
        client = new XdsClient(server.address());
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    /** Begins anew with a publisher that has what is gone stay for a while. */
    void drainFor(Duration time) {
        stop();
        start(time);
    }

    void publish(Snapshot snapshot) {
        publisher.publish(node -> snapshot);
    }
}
