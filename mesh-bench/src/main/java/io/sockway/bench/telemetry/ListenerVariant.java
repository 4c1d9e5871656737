package io.sockway.bench.telemetry;

import io.sockway.bench.lab.ProcessGroup;
import io.sockway.bench.lab.Scope;
import io.sockway.bench.scenario.LoadPoint;
import io.sockway.bench.scenario.Stage;
import io.sockway.bench.scenario.Variant;
import java.net.URI;
import java.util.List;

/**
 * A listener with a telemetry, of an Envoy that it shares with the other variants.
 *
 * @param name as the scenario has it
 * @param telemetry which
 * @param envoy that has them all
 */
record ListenerVariant(String name, Telemetry telemetry, SharedEnvoy envoy) implements Variant {
    @Override
    public Stage start(Scope scope, LoadPoint load) {
        Proxy proxy = envoy.proxy(telemetry, load);
        proxy.awaitReply();
        return new Running(proxy, envoy.place().others());
    }

    private record Running(Proxy proxy, ProcessGroup client) implements Stage {
        @Override
        public URI target() {
            return proxy.target();
        }

        @Override
        public void requireAlive() {
            proxy.requireAlive();
        }

        @Override
        public List<String> problems() {
            return proxy.miscounted();
        }
    }
}
