package io.sockway.bench.telemetry;

import io.sockway.bench.lab.Scope;
import io.sockway.bench.scenario.LoadPoint;
import java.util.List;

/**
 * One Envoy that lives for a whole run with a listener for each telemetry, so that variants differ in nothing else: not in how memory came
 * to lie, and, slice by slice, hardly in what else the machine does. It is started anew where a load wants other answers. The lab's scope
 * owns it. For one thread.
 */
final class SharedEnvoy {
    private final Place place;
    private final List<Telemetry> telemetries;
    private Scope scope;
    private int bodyBytes;
    private List<Proxy> proxies = List.of();

    SharedEnvoy(Place place, List<Telemetry> telemetries) {
        this.place = place;
        this.telemetries = List.copyOf(telemetries);
    }

    Place place() {
        return place;
    }

    /** The listener of this telemetry, which answers as this load wants it. */
    Proxy proxy(Telemetry telemetry, LoadPoint load) {
        if (proxies.isEmpty() || bodyBytes != load.bodyBytes()) {
            proxies = List.of();
            if (scope != null) {
                scope.close();
            }
            scope = place.lab().scope().child();
            bodyBytes = load.bodyBytes();
            proxies = Proxy.startTogether(scope, place, telemetries, bodyBytes);
        }
        return proxies.get(telemetries.indexOf(telemetry));
    }
}
