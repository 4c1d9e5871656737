package io.sockway.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.sockway.bench.scenario.Protocol;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A plan on its way to the process that carries it out. */
class LoadPlanTest {
    @Test
    void shouldArriveAsItWasSent() {
        LoadPlan plan = LoadPlan.of(URI.create("http://[::1]:8080/a?b"), Protocol.HTTP1, 16, Duration.ofSeconds(1), Duration.ofSeconds(3))
                .atRate(1000).with(4, 64);
        assertThat(LoadPlan.parse(plan.toJson())).isEqualTo(plan);
    }
}
