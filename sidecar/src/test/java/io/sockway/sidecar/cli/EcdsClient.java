package io.sockway.sidecar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.envoyproxy.envoy.config.core.v3.BuildVersion;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.extension.v3.ExtensionConfigDiscoveryServiceGrpc;
import io.envoyproxy.envoy.type.v3.SemanticVersion;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Plays an Envoy of any version at the sidecar's socket. */
final class EcdsClient implements AutoCloseable {
    private static final long SILENCE_MILLIS = 300;

    private final BlockingQueue<DiscoveryResponse> arrived = new LinkedBlockingQueue<>();
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final ManagedChannel channel;
    private final StreamObserver<DiscoveryRequest> requests;
    private final Node node;

    EcdsClient(Path socket, String id, int major, int minor) {
        node = Node.newBuilder().setId(id).setCluster("c").setUserAgentBuildVersion(BuildVersion.newBuilder()
                .setVersion(SemanticVersion.newBuilder().setMajorNumber(major).setMinorNumber(minor))).build();
        channel = NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile())).channelType(EpollDomainSocketChannel.class)
                .eventLoopGroup(group).withOption(io.netty.channel.ChannelOption.SO_KEEPALIVE, null).usePlaintext().build();
        requests = ExtensionConfigDiscoveryServiceGrpc.newStub(channel).streamExtensionConfigs(new StreamObserver<>() {
            @Override
            public void onNext(DiscoveryResponse response) {
                arrived.add(response);
            }

            @Override
            public void onError(Throwable failure) {
                // The test waits in vain then.
            }

            @Override
            public void onCompleted() {
                // The same.
            }
        });
    }

    void ask(String name) {
        requests.onNext(DiscoveryRequest.newBuilder().setNode(node).addResourceNames(name)
                .setTypeUrl("type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig").build());
    }

    DiscoveryResponse next() throws InterruptedException {
        DiscoveryResponse next = arrived.poll(10, TimeUnit.SECONDS);
        assertThat(next).as("a response").isNotNull();
        return next;
    }

    void requireSilence() throws InterruptedException {
        assertThat(arrived.poll(SILENCE_MILLIS, TimeUnit.MILLISECONDS)).isNull();
    }

    @Override
    public void close() {
        channel.shutdownNow();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
