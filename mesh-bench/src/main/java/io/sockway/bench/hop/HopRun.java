package io.sockway.bench.hop;

import io.sockway.bench.lab.IpFamily;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.LabException;
import io.sockway.bench.lab.Pod;
import io.sockway.bench.lab.ProcessGroup;
import io.sockway.bench.lab.Scope;
import io.sockway.bench.lab.Sockway;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Measures a plan: each cell with each variant in turn, with fresh processes for each round and route. */
final class HopRun {
    private final Plan plan;
    private final Lab lab;
    private final Optional<Path> launcher;
    private final PrintWriter progress;
    private final ProcessGroup outside;
    private final Optional<Pod> neighbour;
    private final Map<Cell, Map<Variant, List<Sample>>> samples = new LinkedHashMap<>();
    private String sockwayVersion;

    /** {@code launcher} is Sockway's, needed if the plan has it as a variant. */
    HopRun(Plan plan, Lab lab, Optional<Path> launcher, PrintWriter progress) {
        this.plan = plan;
        this.lab = lab;
        this.launcher = launcher;
        this.progress = progress;
        this.outside = lab.hostProcesses("sockway");
        this.neighbour = plan.variants().contains(Variant.BESIDE)
                ? Optional.of(lab.pod("neighbour", 1, IpFamily.IPV4, OptionalInt.empty())) : Optional.empty();
    }

    List<CellResult> run() {
        Map<Route, Map<Variant, Lane>> lanes = lanes();
        for (int round = 0; round < plan.rounds(); round++) {
            for (Map.Entry<Route, Map<Variant, Lane>> route : lanes.entrySet()) {
                progress.printf(Locale.ROOT, "round %d of %d, %s: ", round + 1, plan.rounds(), route.getKey().label());
                progress.flush();
                try {
                    measure(round, plan.cells(route.getKey()), route.getValue());
                } finally {
                    progress.println();
                    progress.flush();
                }
            }
        }
        return samples.entrySet().stream().map(entry -> new CellResult(entry.getKey(), entry.getValue())).toList();
    }

    /** Sockway's version as it reports it itself, if it ran. */
    Optional<String> sockwayVersion() {
        return Optional.ofNullable(sockwayVersion);
    }

    private Map<Route, Map<Variant, Lane>> lanes() {
        List<Family> families = plan.cells().stream().map(Cell::family).distinct().toList();
        Map<Route, Map<Variant, Lane>> lanes = new EnumMap<>(Route.class);
        for (Route route : plan.cells().stream().map(Cell::route).distinct().toList()) {
            Map<Variant, Lane> own = new EnumMap<>(Variant.class);
            own.put(Variant.PLAIN, Lane.create(lab, route, false, families));
            if (plan.variants().contains(Variant.SOCKWAY)) {
                own.put(Variant.SOCKWAY, Lane.create(lab, route, true, families));
            }
            if (plan.variants().contains(Variant.UNIX) && route == Route.DIRECT) {
                own.put(Variant.UNIX, own.get(Variant.PLAIN));
            }
            if (plan.variants().contains(Variant.BESIDE)) {
                own.put(Variant.BESIDE, own.get(Variant.PLAIN));
            }
            lanes.put(route, own);
        }
        return lanes;
    }

    private void measure(int round, List<Cell> cells, Map<Variant, Lane> lanes) {
        try (Scope scope = lab.scope().child()) {
            Optional<Sockway> sockway = Optional.ofNullable(lanes.get(Variant.SOCKWAY)).map(lane -> Sockway.start(
                    scope, lab, outside, launcher.orElseThrow(), List.of(lane.pod()), List.of()));
            sockway.ifPresent(Sockway::awaitAttached);
            Map<Variant, Ends> web = new EnumMap<>(Variant.class);
            lanes.forEach((variant, lane) -> web.put(variant, new WebEnds(lab, lane)));
            Map<Variant, Ends> peers = peers(scope, lanes, cells.stream().filter(cell -> cell.pattern() != Pattern.HTTP).toList());
            for (int number = 0; number < cells.size(); number++) {
                Cell cell = cells.get(number);
                measure(round + number, cell, cell.pattern() == Pattern.HTTP ? web : peers);
                progress.print('.');
                progress.flush();
            }
            sockway.ifPresent(running -> sockwayVersion = running.status().version());
        }
    }

    /** None if there is no cell for them. */
    private Map<Variant, Ends> peers(Scope scope, Map<Variant, Lane> lanes, List<Cell> cells) {
        Map<Variant, PeerEnds> peers = new EnumMap<>(Variant.class);
        if (!cells.isEmpty()) {
            lanes.forEach((variant, lane) -> peers.put(variant, PeerEnds.start(scope, lab, lane, variant)));
            peers.values().forEach(pair -> pair.prime(cells));
        }
        return new EnumMap<Variant, Ends>(peers);
    }

    private Sample sample(Cell cell, Variant variant, Ends ends) {
        return ends.measure(cell, Plan.warmUp(cell, variant), plan.measured());
    }

    /** Sockway is there for this slice only, since its watches are for the whole host. */
    private Sample besideSockway(Cell cell, Ends ends) {
        try (Scope scope = lab.scope().child()) {
            Sockway sockway = Sockway.start(scope, lab, outside, launcher.orElseThrow(), List.of(neighbour.orElseThrow()),
                    List.of());
            sockway.awaitAttached();
            sockwayVersion = sockway.status().version();
            return sample(cell, Variant.BESIDE, ends);
        }
    }

    /** Each time another variant begins, so that none always follows the same one. */
    private void measure(int turn, Cell cell, Map<Variant, Ends> ends) {
        List<Variant> order = new ArrayList<>(plan.variants(cell));
        Collections.rotate(order, -turn);
        for (Variant variant : order) {
            try {
                Sample sample = variant == Variant.BESIDE
                        ? besideSockway(cell, ends.get(variant)) : sample(cell, variant, ends.get(variant));
                samples.computeIfAbsent(cell, first -> new EnumMap<>(Variant.class))
                        .computeIfAbsent(variant, first -> new ArrayList<>()).add(sample);
            } catch (LabException e) {
                throw new LabException("%s (%s): %s".formatted(variant.label(), cell, e.getMessage()), e.getCause());
            }
        }
    }
}
