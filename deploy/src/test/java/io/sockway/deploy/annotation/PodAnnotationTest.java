package io.sockway.deploy.annotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PodAnnotationTest {
    @ParameterizedTest
    @EnumSource
    void shouldBeInTheTable(PodAnnotation annotation) throws IOException {
        String table = Files.readString(Path.of("../docs/injection.md"));
        String row = table.lines().filter(line -> line.startsWith("| `" + annotation.key() + "`") || line.startsWith("| `sockway.io/")
                && line.contains(", `" + annotation.key() + "`")).findFirst().orElseThrow();
        annotation.choices().forEach(choice -> assertThat(row).contains("`" + choice + "`"));
    }

    private static PodSettings parse(String key, String value) {
        return PodSettings.parse(Map.of(key, value, "example.com/other", "x"), text -> { });
    }

    @ParameterizedTest
    @CsvSource({"sockway.io/injekt, true, did you mean 'sockway.io/inject'?", "sockway.io/Acceleration, on, 'sockway.io/acceleration'",
        "sockway.io/acceleration, On, did you mean 'on'?", "sockway.io/acceleration, observed, did you mean 'observe'?",
        "sockway.io/telemetry-profile, dashbord, did you mean 'dashboard'?",
        "sockway.io/telemetry-profile, all, 'all' is not one of dashboard",
        "sockway.io/memory, 64MB, a quantity like", "sockway.io/cpu, -1, a quantity like",
        "sockway.io/memory-limit, 32Mi, less than the 64Mi", "sockway.io/image, a b, an image like",
        "sockway.io/something-else-altogether, x, unknown annotation", "sockway.io/inject, '', is not one of true"})
    void shouldSayWhatIsWrongAndWhatWasMeant(String key, String value, String message) {
        assertThatThrownBy(() -> parse(key, value)).isInstanceOf(InvalidAnnotationsException.class).hasMessageContaining(key)
                .hasMessageContaining(message);
    }

    @Test
    void shouldNotGuessWhereNothingIsClose() {
        assertThatThrownBy(() -> parse("sockway.io/zzz", "x")).hasMessage("unknown annotation sockway.io/zzz");
    }

    @Test
    void shouldRefuseToAskForMoreThanTheLimit() {
        assertThatThrownBy(() -> PodSettings.parse(Map.of("sockway.io/memory", "1Gi", "sockway.io/memory-limit", "1000M"), text -> { }))
                .isInstanceOf(InvalidAnnotationsException.class).hasMessageContaining("1Gi is more than sockway.io/memory-limit, 1000M");
        PodSettings.parse(Map.of("sockway.io/cpu", "500m", "sockway.io/cpu-limit", "0.5"), text -> { });
    }

    @Test
    void shouldTakeWhatIsRight() {
        assertThat(parse("sockway.io/acceleration", "observe").acceleration()).isEqualTo(Acceleration.OBSERVE);
        assertThat(parse("sockway.io/include-ports", "80").includePorts()).isEqualTo("80");
        assertThat(parse("sockway.io/required", "true").required()).isTrue();
        assertThat(parse("sockway.io/memory", "1.5Gi").overrides()).containsEntry(PodAnnotation.MEMORY, "1.5Gi");
        assertThat(parse("other.io/x", "y")).isEqualTo(PodSettings.parse(Map.of(), text -> { }));
    }
}
