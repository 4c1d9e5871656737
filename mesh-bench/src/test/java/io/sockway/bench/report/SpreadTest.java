package io.sockway.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpreadTest {
    @Test
    void shouldTakeTheMiddleOfAnOddNumberOfValues() {
        assertThat(Spread.of(List.of(9.0, 1.0, 4.0))).isEqualTo(new Spread(1, 4, 9));
    }

    @Test
    void shouldTakeTheMeanOfTheTwoInTheMiddle() {
        assertThat(Spread.of(List.of(8.0, 1.0, 4.0, 3.0))).isEqualTo(new Spread(1, 3.5, 8));
    }

    @Test
    void shouldTakeASingleValueForAll() {
        assertThat(Spread.of(List.of(2.0))).isEqualTo(new Spread(2, 2, 2));
    }

    @Test
    void shouldExcludeAValueOnlyWhenAllRoundsAgree() {
        assertThat(new Spread(1.01, 1.05, 1.1).excludes(1)).isTrue();
        assertThat(new Spread(0.8, 0.9, 0.99).excludes(1)).isTrue();
        assertThat(new Spread(0.99, 1.05, 1.1).excludes(1)).isFalse();
        assertThat(new Spread(1, 1.05, 1.1).excludes(1)).isFalse();
    }

    @Test
    void shouldRefuseNoValues() {
        assertThatThrownBy(() -> Spread.of(List.of())).isInstanceOf(IllegalArgumentException.class);
    }
}
