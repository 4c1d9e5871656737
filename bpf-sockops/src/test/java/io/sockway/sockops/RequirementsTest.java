package io.sockway.sockops;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequirementsTest {
    private static final long NET_ADMIN = 1L << 12;
    private static final long SYS_ADMIN = 1L << 21;
    private static final long PERFMON = 1L << 38;
    private static final long BPF = 1L << 39;

    @ParameterizedTest
    @ValueSource(strings = {"5.15.0-91-generic", "6.1.0-50-cloud-amd64", "6.18.44-fc-v509", "7.0"})
    void shouldTakeKernelsFrom515(String release) {
        assertThatCode(() -> Requirements.requireKernel(release, true)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"5.10.223", "4.18.0-553.el8", "2.6.78"})
    void shouldNameTheKernelThatIsTooOld(String release) {
        assertThatThrownBy(() -> Requirements.requireKernel(release, true)).hasMessageContaining(release).hasMessageContaining("5.15");
    }

    @Test
    void shouldNameMissingTypeInformation() {
        assertThatThrownBy(() -> Requirements.requireKernel("6.1.0", false)).hasMessageContaining("CONFIG_DEBUG_INFO_BTF");
    }

    @Test
    void shouldTakeExactlyTheCapabilitiesNeeded() {
        assertThatCode(() -> Requirements.requireCapabilities(BPF | NET_ADMIN | PERFMON)).doesNotThrowAnyException();
        assertThatCode(() -> Requirements.requireCapabilities(SYS_ADMIN | NET_ADMIN)).doesNotThrowAnyException();
        assertThatThrownBy(() -> Requirements.requireCapabilities(BPF))
                .hasMessageContaining("missing capability CAP_NET_ADMIN, CAP_PERFMON:");
    }
}
