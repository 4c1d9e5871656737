package io.sockway.bench.hop;

import io.sockway.bench.lab.Tool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What a run measures.
 *
 * @param cells in the order of their measuring
 * @param variants what each cell is measured with, plain TCP first
 * @param rounds how often
 * @param measured how long each slice is measured, after its warm-up
 */
record Plan(List<Cell> cells, List<Variant> variants, int rounds, Duration measured) {
    /** What is measured unless the options say otherwise. */
    static final List<Variant> USUAL_VARIANTS = List.of(Variant.PLAIN, Variant.SOCKWAY, Variant.UNIX);

    /** Long enough for a flow to be enrolled late, and for TCP's windows to open. */
    private static final Duration WARM_UP = Duration.ofMillis(600);

    /** Where nothing is enrolled. */
    private static final Duration SHORT_WARM_UP = Duration.ofMillis(200);

    private static final Set<Size> QUICK_SIZES = Set.of(Size.B64, Size.K4, Size.K64);

    Plan {
        cells = List.copyOf(cells);
        variants = List.copyOf(variants);
    }

    /**
     * Every combination that the patterns have, those of one route next to each other. HTTP has only the first of the families: its
     * slices take longer, and its sockets are those of the other patterns.
     */
    static List<Cell> cells(List<Pattern> patterns, List<Size> sizes, List<Placement> placements, List<Route> routes,
            List<Family> families) {
        List<Cell> cells = new ArrayList<>();
        for (Route route : routes) {
            for (Pattern pattern : patterns) {
                for (Placement placement : placements) {
                    for (Family family : pattern == Pattern.HTTP ? families.subList(0, 1) : families) {
                        pattern.connections().forEach(connections -> sizes.stream().filter(pattern::has).forEach(size ->
                                cells.add(new Cell(pattern, connections, size, placement, route, family))));
                    }
                }
            }
        }
        return cells;
    }

    /** Those that say most in a minute: the simplest of a few sizes, and one ping-pong for each step away from that. */
    static List<Cell> quick(List<Cell> all) {
        return all.stream().filter(cell -> cell.basic() && quickSizes(cell).contains(cell.size())
                || cell.axes() == 1 && cell.pattern() == Pattern.PING_PONG && cell.size() == Size.B64).toList();
    }

    private static Set<Size> quickSizes(Cell cell) {
        if (cell.pattern() == Pattern.HTTP) {
            return Set.of(cell.connections() == 1 ? Size.B100 : Size.K4);
        }
        return QUICK_SIZES;
    }

    /**
     * The variants that {@code cell} is measured with: a Unix socket has neither addresses nor routes, so once is enough, and wrk
     * knows none.
     */
    List<Variant> variants(Cell cell) {
        boolean unix = cell.route() == Route.DIRECT && cell.family() == cells.getFirst().family() && cell.pattern() != Pattern.HTTP;
        return variants.stream().filter(variant -> unix || variant != Variant.UNIX).toList();
    }

    List<Cell> cells(Route route) {
        return cells.stream().filter(cell -> cell.route() == route).toList();
    }

    /** Whether Sockway is needed. */
    boolean sockway() {
        return variants.contains(Variant.SOCKWAY) || variants.contains(Variant.BESIDE);
    }

    /** Whether messages between two {@link Peer} processes are measured. */
    boolean peers() {
        return cells.stream().anyMatch(cell -> cell.pattern() != Pattern.HTTP);
    }

    /** The programs that are needed as ends. */
    List<Tool> tools() {
        return cells.stream().anyMatch(cell -> cell.pattern() == Pattern.HTTP) ? List.of(Tool.NGINX, Tool.WRK) : List.of();
    }

    static Duration warmUp(Cell cell, Variant variant) {
        return cell.pattern() == Pattern.CONNECT || variant == Variant.UNIX ? SHORT_WARM_UP : WARM_UP;
    }

    /** How long all slices take together, without what is between them. */
    Duration duration() {
        return cells.stream().flatMap(cell -> variants(cell).stream().map(variant -> warmUp(cell, variant).plus(measured)))
                .reduce(Duration.ZERO, Duration::plus).multipliedBy(rounds);
    }
}
