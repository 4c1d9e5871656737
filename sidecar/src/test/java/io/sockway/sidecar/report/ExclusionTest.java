package io.sockway.sidecar.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ExclusionTest {
    @Test
    void shouldNameTheWholeListOnce() {
        assertThat(Exclusion.option(Set.of("haproxy"), List.of("python3", "haproxy"))).isEqualTo("--exclude-executables haproxy,python3");
        assertThat(Exclusion.option(Set.of(), List.of("nginx"))).isEqualTo("--exclude-executables nginx");
    }

    @Test
    void shouldQuoteWhatAShellWouldTakeApart() {
        assertThat(Exclusion.option(Set.of("haproxy"), List.of("a b;'"))).isEqualTo("--exclude-executables 'a b;'\\'',haproxy'");
    }
}
