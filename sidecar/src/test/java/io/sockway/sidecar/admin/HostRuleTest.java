package io.sockway.sidecar.admin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostRuleTest {

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "LocalHost:15090", "127.0.0.1", "127.0.0.1:80", "10.1.2.3:80", "[::1]", "[::1]:15090",
        "[fd00::1]:1"})
    void shouldTakeAddressesAndLocalhost(String host) {
        assertThat(HostRule.isLocal(host)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":80", "example.org", "localhost.example.org", "127.0.0.1.example.org", "127.0.0.256", "1.2.3", "::1",
        "[::1", "[::1]x", "[::1]:80x", "[localhost]", "localhost:x", "localhost:80:80", "user@localhost"})
    void shouldTakeNothingElse(String host) {
        assertThat(HostRule.isLocal(host)).isFalse();
    }
}
