package io.sockway.sidecar.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.sockway.deploy.annotation.PodAnnotation;
import io.sockway.xds.stats.LabelProfile;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProfileFileTest {
    @Test
    void shouldKnowTheProfilesThatPodsMayName() {
        List<LabelProfile> profiles = new ArrayList<>();
        PodAnnotation.TELEMETRY_PROFILE.choices().forEach(name -> profiles.add(ProfileFile.read(name)));
        assertThat(profiles).containsExactly(LabelProfile.DASHBOARD, LabelProfile.ISTIO);
    }
}
