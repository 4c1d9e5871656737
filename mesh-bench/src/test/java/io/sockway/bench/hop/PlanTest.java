package io.sockway.bench.hop;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlanTest {
    private final List<Cell> all = Plan.cells(List.of(Pattern.values()), List.of(Size.values()), List.of(Placement.values()),
            List.of(Route.values()), List.of(Family.values()));

    @Test
    void shouldHaveEveryCombination() {
        assertThat(all).hasSize(8 * 4 * 2 * 2 * 3).doesNotHaveDuplicates();
    }

    @Test
    void shouldMeasureAUnixSocketOnceForEachPatternSizeAndPlacement() {
        Plan plan = new Plan(all, List.of(Variant.values()), 5, Duration.ofMillis(300));

        assertThat(all.stream().filter(cell -> plan.variants(cell).contains(Variant.UNIX))).hasSize(8 * 4 * 2)
                .allMatch(cell -> cell.route() == Route.DIRECT && cell.family() == Family.IPV4);
    }

    @Test
    void shouldLeaveRoomForProcessesToStartInAQuickMinute() {
        Plan plan = new Plan(Plan.quick(all), List.of(Variant.values()), 1, Duration.ofMillis(300));

        assertThat(plan.duration()).isLessThan(Duration.ofSeconds(40));
        assertThat(plan.cells().stream().map(Cell::pattern).distinct()).containsExactlyInAnyOrder(Pattern.values());
        assertThat(plan.cells().stream().map(Cell::family).distinct()).containsExactlyInAnyOrder(Family.values());
    }

    @Test
    void shouldSayTheSameToBothEnds() {
        Assignment assignment = new Assignment(Pattern.STREAM, 64, Libc.AF_INET6, "fd00:96::80", 80, 7001, 0, 1, Duration.ofMillis(600),
                Duration.ofMillis(300));

        assertThat(Assignment.parse(assignment.line())).isEqualTo(assignment);
    }
}
