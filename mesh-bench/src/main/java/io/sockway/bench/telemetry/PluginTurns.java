package io.sockway.bench.telemetry;

import io.sockway.bench.lab.CpuClock;
import io.sockway.bench.lab.EnvoyBinary;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.LabException;
import io.sockway.bench.lab.Scope;
import io.sockway.bench.turns.TurnOrder;
import io.sockway.bench.turns.TurnTimes;
import io.sockway.bench.turns.Turns;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Takes the turns of {@link PluginCommand} with one Envoy: in a closed loop, then at shares of what that had without telemetry. */
final class PluginTurns {
    private static final List<Telemetry> TELEMETRIES = List.of(Telemetry.NONE, Telemetry.NOOP, Telemetry.PLUGIN, Telemetry.LOGGER);
    private static final List<Double> SHARES = List.of(0.4, 0.2);
    private static final Duration TURN = Duration.ofMillis(60);
    private static final int CONNECTIONS = 16;
    private static final int BODY_BYTES = 350;
    private static final double PERCENT = 100;

    private final Lab lab;
    private final EnvoyBinary envoy;
    private final Answers answers;
    private final int turns;
    private final PrintWriter progress;

    PluginTurns(Lab lab, EnvoyBinary envoy, Answers answers, int turns, PrintWriter progress) {
        this.lab = lab;
        this.envoy = envoy;
        this.answers = answers;
        this.turns = turns;
        this.progress = progress;
    }

    /** One cost for each load. */
    List<PluginCost> measure() {
        Place place = Place.in(lab, answers.option(), envoy, answers, List.of());
        try (Scope scope = lab.scope().child()) {
            List<Proxy> proxies = Proxy.startTogether(scope, place, TELEMETRIES, BODY_BYTES);
            proxies.forEach(Proxy::awaitReply);
            Turns load = Turns.start(scope, lab, place.others());
            List<PluginCost> costs = new ArrayList<>();
            costs.add(cost(load, proxies, 0, "closed loop"));
            double most = costs.getFirst().rate();
            SHARES.forEach(share -> costs.add(cost(load, proxies, share * most,
                    String.format(Locale.ROOT, "%.0f %% of it", share * PERCENT))));
            requireCounted(proxies);
            return costs;
        }
    }

    private PluginCost cost(Turns load, List<Proxy> proxies, double rate, String label) {
        progress.printf(Locale.ROOT, "%s, %s: %d turns of %d ms for each of %d listeners%n", answers.label(), label, turns,
                TURN.toMillis(), proxies.size());
        progress.flush();
        CpuClock before = CpuClock.read(lab);
        TurnTimes times = load.take(new TurnOrder(Place.ADDRESS, proxies.stream().map(proxy -> proxy.target().getPort()).toList(),
                proxies.getFirst().target().getPath(), CONNECTIONS, rate, TURN.toNanos(), turns, proxies.getFirst().process().pid()));
        double disturbance = CpuClock.read(lab).since(before).disturbance();
        Map<Telemetry, List<Double>> micros = new EnumMap<>(Telemetry.class);
        TELEMETRIES.forEach(telemetry -> micros.put(telemetry, times.micros().get(TELEMETRIES.indexOf(telemetry))));
        return new PluginCost(answers, label, times.rates().get(TELEMETRIES.indexOf(Telemetry.NONE)), micros, disturbance);
    }

    private static void requireCounted(List<Proxy> proxies) {
        for (int i = 0; i < proxies.size(); i++) {
            List<String> problems = proxies.get(i).miscounted();
            if (!problems.isEmpty()) {
                throw new LabException(TELEMETRIES.get(i).label() + ": " + String.join("; ", problems));
            }
        }
    }
}
