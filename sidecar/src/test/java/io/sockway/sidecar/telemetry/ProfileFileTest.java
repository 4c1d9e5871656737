package io.sockway.sidecar.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sockway.deploy.annotation.PodAnnotation;
import io.sockway.xds.stats.LabelProfile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfileFileTest {
    @TempDir
    private Path folder;

    @Test
    void shouldRefuseAMetricByBothOfItsNames() throws IOException {
        Path file = Files.writeString(folder.resolve("labels.yaml"),
                "metrics: {istio_requests_total: [], requests_total: [response_code]}");

        assertThatThrownBy(() -> ProfileFile.read(file.toString())).isInstanceOf(TelemetryException.class)
                .hasMessageContaining("labels.yaml:1:37: metric 'requests_total' comes twice; remove one");
    }

    @Test
    void shouldKnowTheProfilesThatPodsMayName() {
        List<LabelProfile> profiles = new ArrayList<>();
        PodAnnotation.TELEMETRY_PROFILE.choices().forEach(name -> profiles.add(ProfileFile.read(name)));
        assertThat(profiles).containsExactly(LabelProfile.DASHBOARD, LabelProfile.ISTIO);
    }
}
