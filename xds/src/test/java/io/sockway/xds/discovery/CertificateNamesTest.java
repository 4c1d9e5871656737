package io.sockway.xds.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CertificateNamesTest {
    @ParameterizedTest
    @CsvSource({
        "web, web, true",
        "web, webs, false",
        "web, '', false",
        "*.demo.mesh, web.demo.mesh, true",
        "*.demo.mesh, a.web.demo.mesh, false",
        "*.demo.mesh, demo.mesh, false",
        "*.demo.mesh, .demo.mesh, false",
        "spiffe://test/web, spiffe://test/web, true",
        "spiffe://test/web, web, false",
        "spiffe://d/ns/demo/sa/web, web.demo, true",
        "spiffe://d/ns/demo/sa/web, web.prod, false",
        "spiffe://d/ns/demo/sa/web, sidecar~10.0.0.1~web-1.demo~demo.svc.cluster.local, true",
        "spiffe://d/ns/demo/sa/web, router~10.0.0.1~web-1.demo~demo.svc.cluster.local, true",
        "spiffe://d/ns/demo/sa/web, sidecar~10.0.0.1~web-1.prod~demo.svc.cluster.local, false",
        "spiffe://d/ns/demo/sa/web, sidecar~10.0.0.1~web-1.prod.demo2~demo.svc.cluster.local, false",
        "spiffe://d/ns/demo/sa/web, sidecar~10.0.0.1~web-1.prod~x~web.demo~demo, false",
        "spiffe://d/ns/demo/sa/web/more, web.demo, false"})
    void shouldCoverOnlyWhatTheRuleSays(String own, String name, boolean covered) {
        assertThat(new CertificateNames(List.of("other", own)).cover(name)).isEqualTo(covered);
    }

    @Test
    void shouldTellEachNameOnce() {
        assertThat(new CertificateNames(List.of("web", "web", "spiffe://d/web"))).hasToString("web, spiffe://d/web");
    }
}
