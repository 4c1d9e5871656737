package io.sockway.bench.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class IstioRulesTest {
    @Test
    void shouldWriteWhatIstioInitWritesForAllPorts() {
        assertThat(IstioRules.rules(IpFamily.IPV4)).isEqualTo("""
                *nat
                :ISTIO_INBOUND - [0:0]
                :ISTIO_REDIRECT - [0:0]
                :ISTIO_IN_REDIRECT - [0:0]
                :ISTIO_OUTPUT - [0:0]
                -A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001
                -A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006
                -A PREROUTING -p tcp -j ISTIO_INBOUND
                -A ISTIO_INBOUND -p tcp --dport 15008 -j RETURN
                -A ISTIO_INBOUND -p tcp --dport 15090 -j RETURN
                -A ISTIO_INBOUND -p tcp --dport 15021 -j RETURN
                -A ISTIO_INBOUND -p tcp --dport 15020 -j RETURN
                -A ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT
                -A OUTPUT -j ISTIO_OUTPUT
                -A ISTIO_OUTPUT -o lo -s 127.0.0.6/32 -j RETURN
                -A ISTIO_OUTPUT -o lo ! -d 127.0.0.1/32 -p tcp ! --dport 15008 -m owner --uid-owner 1337 -j ISTIO_IN_REDIRECT
                -A ISTIO_OUTPUT -o lo -m owner ! --uid-owner 1337 -j RETURN
                -A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN
                -A ISTIO_OUTPUT -o lo ! -d 127.0.0.1/32 -p tcp ! --dport 15008 -m owner --gid-owner 1337 -j ISTIO_IN_REDIRECT
                -A ISTIO_OUTPUT -o lo -m owner ! --gid-owner 1337 -j RETURN
                -A ISTIO_OUTPUT -m owner --gid-owner 1337 -j RETURN
                -A ISTIO_OUTPUT -d 127.0.0.1/32 -j RETURN
                -A ISTIO_OUTPUT -j ISTIO_REDIRECT
                COMMIT
                """);
    }

    @Test
    void shouldUseIpv6sOwnLocalAddresses() {
        assertThat(IstioRules.rules(IpFamily.IPV6))
                .contains("-s ::6/128 -j RETURN", "! -d ::1/128 -p tcp", "-d ::1/128 -j RETURN")
                .doesNotContain("127.0.0");
    }
}
