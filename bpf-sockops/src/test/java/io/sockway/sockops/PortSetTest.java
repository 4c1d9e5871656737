package io.sockway.sockops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PortSetTest {
    @Test
    void shouldReadPortsAndRanges() {
        PortSet ports = PortSet.parse("80, 8000-8100,443");
        assertThat(ports.contains(80)).isTrue();
        assertThat(ports.contains(8000)).isTrue();
        assertThat(ports.contains(8100)).isTrue();
        assertThat(ports.contains(8101)).isFalse();
        assertThat(ports).hasToString("80,443,8000-8100");
        assertThat(ports.words()[1]).isEqualTo(1L << 16);
        assertThat(PortSet.parse("65535").words()[1023]).isEqualTo(1L << 63);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "65536", "http", "80-", "90-80", "80,,81", "-5"})
    void shouldNameThePartThatIsWrong(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> PortSet.parse(text)).withMessageContaining("'");
    }
}
