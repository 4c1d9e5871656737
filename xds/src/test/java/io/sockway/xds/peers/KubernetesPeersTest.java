package io.sockway.xds.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.sockway.xds.testing.Authority;
import io.sockway.xds.testing.PeerRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KubernetesPeersTest {
    private static final String PODS = "/api/v1/pods";
    private static final String SLICES = "/apis/discovery.k8s.io/v1/endpointslices";

    @TempDir
    private Path folder;

    private final PeerRecord record = new PeerRecord();
    private Authority authority;
    private FakeApiServer server;
    private Path token;

    @BeforeEach
    void start() throws Exception {
        authority = new Authority(folder, "kubernetes");
        server = new FakeApiServer(authority);
        token = Files.writeString(folder.resolve("token"), "first\n");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private KubernetesPeers peers() throws Exception {
        return KubernetesPeers.start(FakeApiServer.client(server, token, authority), "east", record);
    }

    /** What follows the version in a pod's metadata, and the rest of it. */
    private static String pod(String name, String labels, String ip) {
        return """
                "name":"%s","namespace":"demo","labels":{%s},
                "ownerReferences":[{"kind":"ReplicaSet","name":"web-5d4f8c","controller":true}]},
                "spec":{"serviceAccountName":"web"},"status":{"phase":"Running","podIPs":[{"ip":"%s"}]}}""".formatted(name, labels, ip)
                .replace("\n", "");
    }

    private static final String LABELS = "\"app\":\"web\",\"version\":\"v1\",\"pod-template-hash\":\"5d4f8c\"";

    private static String slice(String service, String ip) {
        return "\"name\":\"%s-abc\",\"namespace\":\"demo\",\"labels\":{\"kubernetes.io/service-name\":\"%1$s\"}},".formatted(service)
                + "\"addressType\":\"IPv4\",\"endpoints\":[{\"addresses\":[\"" + ip + "\"]}]}";
    }

    @Test
    void shouldNameWorkloadsByIstiosRulesAndTheServicesThatLeadToThem() throws Exception {
        server.put(PODS, "p1", pod("web-5d4f8c-x1", LABELS, "10.0.0.2"));
        server.put(PODS, "p2", pod("bare", "", "10.0.0.3").replace("ReplicaSet", "StatefulSet"));
        server.put(PODS, "p3", pod("host", LABELS, "192.168.0.1").replace("\"spec\":{", "\"spec\":{\"hostNetwork\":true,"));
        server.put(PODS, "p4", pod("batch", "", "10.0.0.4").replace("ReplicaSet", "Job").replace("web-5d4f8c", "report-28912345"));
        server.put(SLICES, "s1", slice("web", "10.0.0.2").replace("\"endpoints\"", """
                "ports":[{"port":8080,"protocol":"TCP"},{"port":5353,"protocol":"UDP"}],"endpoints\""""));
        server.put(SLICES, "s2", slice("all", "10.0.0.2"));
        try (KubernetesPeers _ = peers()) {
            assertThat(record.next().table().workloads()).isEqualTo(Map.of(
                    "10.0.0.2", new Workload("web", "demo", "web", "v1", "web", "v1", "east", "web",
                            Map.of("web.demo", Set.of(8080), "all.demo", Set.of())),
                    "10.0.0.3", new Workload("web-5d4f8c", "demo", "", "", "web-5d4f8c", "latest", "east", "web", Map.of()),
                    "10.0.0.4", new Workload("report", "demo", "", "", "report", "latest", "east", "web", Map.of())));
        }
    }

    @Test
    void shouldTellOfOneChangeOutOfTenThousandAlone() throws Exception {
        for (int i = 0; i < 10_000; i++) {
            server.put(PODS, "p" + i, pod("web-" + i, LABELS, "10.0.%d.%d".formatted(i / 250, i % 250)));
        }
        try (KubernetesPeers _ = peers()) {
            assertThat(record.next().table().workloads()).hasSize(10_000);
            assertThat(server.requests().stream().filter(each -> each.startsWith(PODS + "?limit="))).hasSizeGreaterThanOrEqualTo(20);
            Thread.sleep(500);

            server.put(PODS, "p77", pod("web-77", LABELS.replace("v1", "v2"), "10.0.0.77"));

            PeerRecord.Told told = record.next();
            assertThat(told.changes().changed()).containsOnlyKeys("10.0.0.77");
            assertThat(told.changes().removed()).isEmpty();
            System.out.printf("Kubernetes: one change out of 10,000 pods told %.1f ms after the event%n", told.age().toNanos() / 1e6);
            server.put(PODS, "p77", pod("web-77", LABELS.replace("v1", "v2"), "10.0.0.77").replace("Running", "Pending"));
            assertThat(record.silentFor(Duration.ofMillis(300))).isTrue();
            server.remove(PODS, "p77");
            assertThat(record.next().changes().removed()).containsExactly("10.0.0.77");
        }
    }

    @Test
    void shouldGoOnWhereAWatchEnded() throws Exception {
        server.put(PODS, "p1", pod("a", LABELS, "10.0.0.1"));
        try (KubernetesPeers _ = peers()) {
            record.next();
            Thread.sleep(300);
            server.hangUp();
            server.put(PODS, "p2", pod("b", LABELS, "10.0.0.2"));

            assertThat(record.next().changes().changed()).containsOnlyKeys("10.0.0.2");
            assertThat(server.requests().stream().filter(each -> each.startsWith(PODS + "?limit="))).hasSize(1);
        }
    }

    @Test
    void shouldListAnewWhenItHasFallenTooFarBehindAndTellOnlyWhatDiffers() throws Exception {
        server.put(PODS, "p1", pod("a", LABELS, "10.0.0.1"));
        server.put(PODS, "p2", pod("b", LABELS, "10.0.0.2"));
        try (KubernetesPeers _ = peers()) {
            record.next();
            Thread.sleep(300);
            server.hangUp();
            server.remove(PODS, "p1");
            server.put(PODS, "p3", pod("c", LABELS, "10.0.0.3"));
            server.compact();

            PeerTable.Changes changes = record.next().changes();

            assertThat(changes.changed()).containsOnlyKeys("10.0.0.3");
            assertThat(changes.removed()).containsExactly("10.0.0.1");
        }
    }

    @Test
    void shouldReadTheTokenAgainWhenItWasRenewed() throws Exception {
        server.put(PODS, "p1", pod("a", LABELS, "10.0.0.1"));
        try (KubernetesPeers _ = peers()) {
            record.next();
            server.requireToken("second");
            server.hangUp();
            assertThat(record.trouble()).contains(" answers 401 to ").contains("check the service account");
            Files.writeString(token, "second");
            server.put(PODS, "p2", pod("b", LABELS, "10.0.0.2"));

            assertThat(record.next().changes().changed()).containsOnlyKeys("10.0.0.2");
        }
    }

    @Test
    void shouldListEverMoreRarelyWhereItMayNotWatch() throws Exception {
        server.put(PODS, "p1", pod("a", LABELS, "10.0.0.1"));
        server.refuseWatches(true);
        try (KubernetesPeers _ = peers()) {
            record.next();
            assertThat(record.trouble()).contains(" answers 403 to ").contains("give the service account 'list' and 'watch' on it");
            Thread.sleep(3000);
            assertThat(server.requests().stream().filter(each -> each.startsWith(PODS + "?limit="))).hasSizeBetween(2, 7);
            assertThat(record.recoveries()).isZero();
            server.refuseWatches(false);

            assertThat(record.recovery()).isTrue();
        }
    }

    @Test
    void shouldTryAgainAfterErrors() throws Exception {
        server.put(PODS, "p1", pod("a", LABELS, "10.0.0.1"));
        server.fail(5);
        try (KubernetesPeers _ = peers()) {
            assertThat(record.trouble()).contains(" answers 500 to ");
            assertThat(record.next().table().workloads()).containsOnlyKeys("10.0.0.1");
        }
    }

    @Test
    void shouldNotTrustAServerOfAnotherAuthority() throws Exception {
        Authority stranger = new Authority(folder, "stranger");
        try (KubernetesPeers _ = KubernetesPeers.start(FakeApiServer.client(server, token, stranger), "east", record)) {
            assertThat(record.trouble()).contains("cannot read /").contains("SSLHandshakeException");
        }
    }

    @Test
    void shouldNotWaitForEverForAListWhoseConnectionWasLostWithoutAWord() throws Exception {
        server.put(PODS, "p1", pod("a", LABELS, "10.0.0.1"));
        server.stall(true);
        try (KubernetesPeers _ = KubernetesPeers.start(FakeApiServer.client(server, token, authority), "east", record,
                Duration.ofSeconds(1))) {
            assertThat(record.trouble()).contains("the answer did not end within 1 s; trying again");
            server.stall(false);

            assertThat(record.next().table().workloads()).containsOnlyKeys("10.0.0.1");
        }
    }

    @Test
    void shouldTrustAnAuthorityThatWasRotatedWithoutARestart() throws Exception {
        server.put(PODS, "p1", pod("a", LABELS, "10.0.0.1"));
        Path rotated = Files.copy(new Authority(folder, "old").certificate(), folder.resolve("ca.crt"));
        try (KubernetesPeers _ = KubernetesPeers.start(new KubernetesApi(server.uri(), token, rotated), "east", record)) {
            assertThat(record.trouble()).contains("SSLHandshakeException");
            Files.move(Files.copy(authority.certificate(), folder.resolve("next.crt")), rotated, StandardCopyOption.ATOMIC_MOVE);

            assertThat(record.next().table().workloads()).containsOnlyKeys("10.0.0.1");
            assertThat(record.recovery()).isTrue();
        }
    }

    @Test
    void shouldGiveAnAddressThatTwoPodsClaimToTheOneThatLivesWhateverTheirOrder() throws Exception {
        String created = "\"creationTimestamp\":\"2026-01-01T00:00:0%dZ\",";
        String old = created.formatted(1);
        String young = created.formatted(2);
        for (int i = 0; i < 20; i++) {
            String first = i % 2 == 0 ? "a" + i : "b" + i;
            String second = i % 2 == 0 ? "b" + i : "a" + i;
            server.put(PODS, first + "f", young + claim("10.0.1." + i, "ended").replace("Running", i % 4 < 2 ? "Failed" : "Succeeded"));
            server.put(PODS, second + "f", old + claim("10.0.1." + i, "lives"));
            server.put(PODS, first + "d", "\"deletionTimestamp\":\"2026-01-01T00:00:03Z\"," + young + claim("10.0.2." + i, "ending"));
            server.put(PODS, second + "d", old + claim("10.0.2." + i, "lives"));
            server.put(PODS, first + "c", old + claim("10.0.3." + i, "older"));
            server.put(PODS, second + "c", young + claim("10.0.3." + i, "lives"));
        }
        try (KubernetesPeers _ = peers()) {
            assertThat(record.next().table().workloads()).hasSize(60).allSatisfy((_, workload) ->
                    assertThat(workload.app()).isEqualTo("lives"));
        }
    }

    private static String claim(String ip, String app) {
        return pod(app, LABELS.replace("web", app), ip);
    }

    @Test
    void shouldTakeNullForAnEmptyList() throws Exception {
        server.garble("{\"metadata\":{\"resourceVersion\":\"5\"},\"items\":null}");
        try (KubernetesPeers _ = peers()) {
            assertThat(record.next().table().workloads()).isEmpty();
        }
    }

    @Test
    void shouldOutliveAnswersThatAreNoListAndTellThatTheyAreOver() throws Exception {
        server.put(PODS, "p1", pod("a", LABELS, "10.0.0.1"));
        server.garble("{}");
        try (KubernetesPeers _ = peers()) {
            assertThat(record.trouble()).contains("the answer is no list of objects");
            server.garble("{\"metadata\": null, \"items\": [null]}");
            String trouble = record.trouble();
            while (trouble.contains("no list of objects")) {
                trouble = record.trouble();
            }
            assertThat(trouble).contains("not what an API server answers").doesNotContain("\n");
            server.garble("");
            assertThat(record.next().table().workloads()).containsOnlyKeys("10.0.0.1");
            assertThat(record.recovery()).isTrue();
            server.requireToken("second");
            server.hangUp();
            assertThat(record.trouble()).contains(" answers 401 to ");
            Files.writeString(token, "second");

            assertThat(record.recovery()).isTrue();
        }
    }
}
