package io.sockway.bench.hop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.sockway.bench.lab.Tool;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlanTest {
    private final List<Cell> all = Plan.cells(List.of(Pattern.values()), List.of(Size.values()), List.of(Placement.values()),
            List.of(Route.values()), List.of(Family.values()));

    @Test
    void shouldHaveEveryCombinationThatThePatternsHave() {
        assertThat(all).hasSize(8 * 4 * 2 * 2 * 3 + 3 * 2 * 2 * 2).doesNotHaveDuplicates();
        assertThat(http(all)).hasSize(3 * 2 * 2 * 2).allMatch(cell -> cell.family() == Family.IPV4)
                .extracting(Cell::size).containsOnly(Size.B100, Size.K4, Size.K64);
        assertThat(all).filteredOn(cell -> cell.size() == Size.B100).allMatch(cell -> cell.pattern() == Pattern.HTTP);
        assertThat(Plan.cells(List.of(Pattern.HTTP), List.of(Size.K4), List.of(Placement.SAME), List.of(Route.DIRECT),
                List.of(Family.MAPPED, Family.IPV6))).extracting(Cell::connections, Cell::family)
                .containsExactly(tuple(1, Family.MAPPED), tuple(32, Family.MAPPED));
    }

    @Test
    void shouldFinishFiveRoundsOfHttpInAFewMinutes() {
        Plan plan = new Plan(http(all), Plan.USUAL_VARIANTS, 5, Duration.ofMillis(300));

        assertThat(plan.duration()).isLessThan(Duration.ofMinutes(4));
        assertThat(plan.tools()).containsExactly(Tool.NGINX, Tool.WRK);
        assertThat(plan.peers()).isFalse();
        assertThat(plan.cells()).allMatch(cell -> !plan.variants(cell).contains(Variant.UNIX));
    }

    @Test
    void shouldMeasureAUnixSocketOnceForEachPatternSizeAndPlacement() {
        Plan plan = new Plan(all, Plan.USUAL_VARIANTS, 5, Duration.ofMillis(300));

        assertThat(all.stream().filter(cell -> plan.variants(cell).contains(Variant.UNIX))).hasSize(8 * 4 * 2)
                .allMatch(cell -> cell.route() == Route.DIRECT && cell.family() == Family.IPV4);
    }

    @Test
    void shouldLeaveRoomForProcessesToStartInAQuickMinute() {
        Plan plan = new Plan(Plan.quick(all), Plan.USUAL_VARIANTS, 1, Duration.ofMillis(300));

        assertThat(plan.duration()).isLessThan(Duration.ofSeconds(40));
        assertThat(plan.cells().stream().map(Cell::pattern).distinct()).containsExactlyInAnyOrder(Pattern.values());
        assertThat(http(plan.cells())).extracting(Cell::connections, Cell::size)
                .containsExactly(tuple(1, Size.B100), tuple(32, Size.K4));
        assertThat(plan.cells().stream().map(Cell::family).distinct()).containsExactlyInAnyOrder(Family.values());
    }

    @Test
    void shouldSayTheSameToBothEnds() {
        Assignment assignment = new Assignment(Pattern.STREAM, 64, Libc.AF_INET6, "fd00:96::80", 80, 7001, 0, 1, Duration.ofMillis(600),
                Duration.ofMillis(300));

        assertThat(Assignment.parse(assignment.line())).isEqualTo(assignment);
    }

    private static List<Cell> http(List<Cell> cells) {
        return cells.stream().filter(cell -> cell.pattern() == Pattern.HTTP).toList();
    }
}
