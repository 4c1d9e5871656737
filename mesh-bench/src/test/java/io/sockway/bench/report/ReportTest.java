package io.sockway.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class ReportTest {
    @Test
    void shouldDivideEachRoundByTheSameRoundOfTheBaseline() {
        Comparison report = Samples.comparison(Samples.plain(), Samples.sockway());

        Spread spread = report.ratio("sockway", Metric.REQUESTS_PER_SECOND).orElseThrow().spread();

        assertThat(spread.min()).isCloseTo(1.10, within(1e-9));
        assertThat(spread.median()).isCloseTo(1.15, within(1e-9));
        assertThat(spread.max()).isCloseTo(1.20, within(1e-9));
    }

    @Test
    void shouldLeaveOutTheRoundsInWhichAnyVariantWasDisturbed() {
        Comparison report = Samples.comparison(Samples.disturbed(Samples.plain(), 0), Samples.sockway());

        assertThat(report.countedRounds()).containsExactly(1, 2);
        assertThat(report.ratio("sockway", Metric.REQUESTS_PER_SECOND).orElseThrow().spread().max()).isCloseTo(1.15, within(1e-9));
        assertThat(report.counted()).allSatisfy(variant -> assertThat(variant.rounds()).hasSize(2));
        assertThat(report.disturbed()).isFalse();
    }

    @Test
    void shouldCountDisturbedRoundsWhenThereAreNoOthers() {
        Comparison report = Samples.comparison(Samples.disturbed(Samples.plain(), 0, 1), Samples.disturbed(Samples.sockway(), 2));

        assertThat(report.countedRounds()).containsExactly(0, 1, 2);
        assertThat(report.disturbed()).isTrue();
    }

    @Test
    void shouldHaveARatioOfEveryMetricForEveryVariantButTheBaseline() {
        assertThat(Samples.comparison(Samples.plain(), Samples.sockway()).ratios()).extracting(Ratio::metric)
                .containsExactly(Metric.REQUESTS_PER_SECOND, Metric.LATENCY_P50, Metric.LATENCY_P99, Metric.CPU_PER_REQUEST);
        assertThat(Samples.comparison(Samples.sockway()).ratios()).isEmpty();
    }

    @Test
    void shouldClaimAChangeOnlyWhenAllRoundsAgree() {
        assertThat(Headline.of(Samples.comparison(Samples.plain(), Samples.sockway()))).extracting(Headline::text).containsExactly(
                "15 % more requests per second (+10 to +20 % over 3 rounds) and 13 % less CPU time per request (-17 to -9 %).");

        VariantResult same = new VariantResult("same", Samples.plain().rounds().reversed(), Samples.plain().problems());
        assertThat(Headline.of(Samples.comparison(Samples.plain(), same))).extracting(Headline::text)
                .singleElement().asString().startsWith("no clear change of requests per second (-9 to +10 % over 3 rounds)");
    }

    @Test
    void shouldClaimNothingFromTooFewRounds() {
        VariantResult plain = new VariantResult("plain", Samples.plain().rounds().subList(0, 2), List.of());
        VariantResult sockway = new VariantResult("sockway", Samples.sockway().rounds().subList(0, 2), List.of());

        assertThat(Headline.of(Samples.comparison(plain, sockway))).extracting(Headline::text).containsExactly(
                "+15 % requests per second and -13 % CPU time per request, but 2 rounds cannot tell luck from gain.");
    }

    @Test
    void shouldClaimNothingOfAVariantWithProblems() {
        assertThat(Headline.of(Samples.comparison(Samples.plain(), Samples.sockway("all went by TCP", "3 requests failed"))))
                .extracting(Headline::text).containsExactly("no valid result, all went by TCP; 3 requests failed.");
    }

    @Test
    void shouldSumSockwaysCountersOverRounds() {
        assertThat(Samples.sockway().sockway()).hasValueSatisfying(totals -> {
            assertThat(totals.pairedFlows()).isEqualTo(144);
            assertThat(totals.redirectedBytes()).isEqualTo(6_000_000);
            assertThat(totals.passes()).containsEntry("keepalive", 15L);
        });
        assertThat(Samples.plain().sockway()).isEmpty();
    }
}
