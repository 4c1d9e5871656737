package io.sockway.bench.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PlanTest {
    private static final List<Plan> PLANS = LongStream.range(0, 2_000).mapToObj(connection -> Plan.of(1, connection)).toList();

    @Test
    void shouldBeTheSameForTheSameSeedAndConnection() {
        assertThat(Plan.of(1, 17)).isEqualTo(PLANS.get(17)).isNotEqualTo(Plan.of(2, 17));
    }

    @Test
    void shouldEndInEveryWay() {
        assertThat(PLANS).anyMatch(plan -> plan.client().getLast() instanceof Step.Reset)
                .anyMatch(plan -> plan.server().getLast() instanceof Step.Reset)
                .anyMatch(plan -> plan.client().getLast() instanceof Step.End)
                .anyMatch(plan -> plan.server().getLast() instanceof Step.End);
        assertThat(PLANS.stream().filter(Plan::reset).count()).isBetween(100L, 800L);
    }

    @Test
    void shouldMixSmallAndLarge() {
        assertThat(PLANS).anyMatch(plan -> plan.up() < 100).anyMatch(plan -> plan.up() > Plan.LARGEST);
        assertThat(PLANS).allSatisfy(plan -> assertThat(Math.min(plan.up(), plan.down())).isGreaterThan(Digests.LENGTH));
    }

    @Test
    void shouldReceiveNoMoreThanTheOtherEndSends() {
        assertThat(PLANS).allSatisfy(plan -> {
            assertThat(received(plan.client())).isLessThanOrEqualTo(sent(plan.server()));
            assertThat(received(plan.server())).isLessThanOrEqualTo(sent(plan.client()));
        });
    }

    private static long sent(List<Step> steps) {
        return steps.stream().mapToLong(step -> step instanceof Step.Send send ? send.until() : 0).max().orElse(0);
    }

    private static long received(List<Step> steps) {
        return steps.stream().mapToLong(step -> step instanceof Step.Receive receive ? receive.until() : 0).max().orElse(0);
    }
}
