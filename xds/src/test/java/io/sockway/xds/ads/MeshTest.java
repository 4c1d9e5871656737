package io.sockway.xds.ads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sockway.xds.discovery.EnvoyNode;
import io.sockway.xds.discovery.ResourceType;
import io.sockway.xds.discovery.Snapshot;
import io.sockway.xds.yaml.Problem;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class MeshTest {
    @TempDir
    private Path folder;

    private void write(String name, String text) {
        try {
            Files.writeString(folder.resolve(name), text);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<String> problems() {
        return catchThrowableOfType(MeshException.class, () -> Mesh.load(folder)).problems().stream().map(Problem::toString).toList();
    }

    @Test
    void shouldNameTheFileThatCannotBeRead() throws IOException {
        Files.createSymbolicLink(folder.resolve("away.yaml"), Path.of("/nowhere"));
        Files.createDirectory(folder.resolve("folder.yaml"));
        Files.write(folder.resolve("old.yaml"), new byte[] {(byte) 0xff});
        write("typo.yaml", "cluster: []");

        assertThat(problems()).containsExactly(
                "away.yaml:1:1: cannot be read: it is not there, or a link to nothing",
                "folder.yaml:1:1: cannot be read: Is a directory",
                "old.yaml:1:1: is not UTF-8 text",
                "typo.yaml:1:1: unknown key 'cluster' in a mesh file; did you mean 'clusters'?");
    }

    private static EnvoyNode node(String id, String cluster) {
        return new EnvoyNode(id, cluster, "");
    }

    private static String route(String cluster) {
        return """
                routes:
                - name: r
                  virtual_hosts:
                  - name: v
                    domains: ["*"]
                    routes:
                    - match: {prefix: /}
                      route: {cluster: %s}
                """.formatted(cluster);
    }

    @Test
    void shouldGiveEachEnvoyTheFilesForIt() throws MeshException {
        write("all.yaml", "clusters: [{name: shared}]");
        write("web.yaml", "nodes: [web-*]\nclusters: [{name: web}]");
        write("db.json", "{\"nodes\": [\"db\"], \"clusters\": [{\"name\": \"db\"}]}");

        Mesh mesh = Mesh.load(folder);

        assertThat(mesh.forNode(node("web-1", "x")).resources(ResourceType.CLUSTER)).containsOnlyKeys("shared", "web");
        assertThat(mesh.forNode(node("x", "db")).resources(ResourceType.CLUSTER)).containsOnlyKeys("shared", "db");
        assertThat(mesh.forNode(node("x", "x")).resources(ResourceType.CLUSTER)).containsOnlyKeys("shared");
        assertThat(mesh.forNode(node("web-1", "x"))).isSameAs(mesh.forNode(node("web-2", "y")));
    }

    @Test
    void shouldHaveTheSameVersionsWheneverTheContentIsTheSame() throws MeshException {
        write("a.yaml", "clusters: [{name: a, metadata: {filter_metadata: {x: {one: 1, two: 2, three: 3, four: 4}}}}, {name: b}]");
        Snapshot before = Mesh.load(folder).forNode(node("x", "x"));
        write("a.yaml", "clusters:\n- name: b\n- metadata: {filter_metadata: {x: {four: 4, three: 3, two: 2, one: 1}}}\n  name: a\n");

        Snapshot after = Mesh.load(folder).forNode(node("x", "x"));

        assertThat(after.version(ResourceType.CLUSTER)).isEqualTo(before.version(ResourceType.CLUSTER));
    }

    @Test
    void shouldNotReadHiddenFilesAndOtherKinds() throws MeshException {
        write("a.yaml", "clusters: [{name: a}]");
        write(".b.yaml", "nonsense: [");
        write("notes.txt", "nonsense: [");

        assertThat(Mesh.load(folder).files()).isOne();
    }

    @Test
    void shouldMissAClusterThatARouteLeadsTo() {
        write("a.yaml", "clusters: [{name: webshop}]\n" + route("webshp"));

        assertThat(problems()).containsExactly(
                "a.yaml:9:24: the route refers to cluster 'webshp', which is in no file; did you mean 'webshop'?");
    }

    @Test
    void shouldSayWhereElseAClusterMayBe() {
        write("a.yaml", route("elsewhere"));

        assertThat(problems()).containsExactly("a.yaml:8:24: the route refers to cluster 'elsewhere', which is in no file; add it to "
                + "'clusters', or to 'bootstrap_clusters' if the Envoys have it in their bootstrap");
    }

    @Test
    void shouldTakeClustersOfTheBootstrapAsGiven() throws MeshException {
        write("a.yaml", "bootstrap_clusters: [elsewhere]\n" + route("elsewhere"));

        assertThat(Mesh.load(folder).size()).isOne();
    }

    @Test
    void shouldMissAClusterThatIsOnlyForOtherEnvoys() {
        write("a.yaml", "nodes: [a]\n" + route("web"));
        write("b.yaml", "nodes: [b]\nclusters: [{name: web}]");

        assertThat(problems()).containsExactly("a.yaml:9:24: the route refers to cluster 'web', which b.yaml:2:12 has only for other "
                + "Envoys; make the 'nodes' of both files agree");
    }

    @Test
    void shouldMissRoutesSecretsEndpointsAndExtensionsThatAreAskedForOverAds() {
        write("a.yaml", """
                listeners:
                - name: l
                  address: {socket_address: {address: 127.0.0.1, port_value: 80}}
                  filter_chains:
                  - transport_socket:
                      name: tls
                      typed_config:
                        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
                        common_tls_context:
                          tls_certificate_sds_secret_configs:
                          - name: cert
                            sds_config: {ads: {}}
                    filters:
                    - name: http
                      typed_config:
                        "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                        stat_prefix: s
                        rds: {route_config_name: r, config_source: {ads: {}}}
                        http_filters:
                        - name: sockway
                          config_discovery:
                            config_source: {ads: {}}
                            type_urls: [type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC]
                clusters:
                - name: c
                  type: EDS
                  eds_cluster_config: {eds_config: {ads: {}}}
                """);

        assertThat(problems()).containsExactly(
                "a.yaml:11:19: the TLS context refers to secret 'cert', which is in no file; add it to 'secrets'",
                "a.yaml:18:34: the listener refers to route configuration 'r', which is in no file; add it to 'routes'",
                "a.yaml:20:17: the HTTP filter refers to extension config 'sockway', which is in no file; add it to 'extension_configs'",
                "a.yaml:25:9: the cluster refers to endpoints 'c', which is in no file; add it to 'endpoints'");
    }

    @Test
    void shouldRefuseTheSameNameTwiceForAnEnvoy() {
        write("a.yaml", "nodes: [web-*]\nclusters: [{name: c}]");
        write("b.yaml", "nodes: [\"*-1\"]\nclusters: [{name: c}]");

        assertThat(problems()).containsExactly(
                "b.yaml:2:12: cluster 'c' is in a.yaml:2:12 already; rename one, or keep the files' 'nodes' apart");
    }

    @Test
    void shouldAllowTheSameNameForDifferentEnvoys() throws MeshException {
        write("a.yaml", "nodes: [a]\nclusters: [{name: c}]");
        write("b.yaml", "nodes: [b]\nclusters: [{name: c, respect_dns_ttl: true}]");

        assertThat(Mesh.load(folder).size()).isEqualTo(2);
    }

    @Test
    void shouldNameKeysThatAreNotKnown() {
        write("a.yaml", "lisners: []\nclusters:\n- {}\n");

        assertThat(problems()).containsExactly("a.yaml:1:1: unknown key 'lisners' in a mesh file; did you mean 'listeners'?",
                "a.yaml:3:3: 'name' is missing in Cluster");
    }

    @Test
    void shouldNameTheFileThatIsNoText() throws IOException {
        write("a.yaml", "clusters: [{name: a}]");
        Files.write(folder.resolve("b.yaml"), new byte[] {(byte) 0xff, (byte) 0xfe});

        assertThat(problems()).containsExactly("b.yaml:1:1: is not UTF-8 text");
    }

    @Test
    void shouldNotTakeAnEmptyFolderForAnEmptyMesh() {
        assertThat(problems()).containsExactly(folder + ":1:1: holds no *.yaml; put the mesh's files there");
    }

    @Test
    void shouldRefuseAliasesThatStandForMoreThanMemoryHolds() {
        StringBuilder text = new StringBuilder("clusters:\n- name: q\n  metadata:\n    filter_metadata:\n      x:\n        a0: &a0 [1]\n");
        for (int i = 1; i <= 10; i++) {
            text.append("        a%d: &a%1$d [%s]\n".formatted(i, String.join(", ", Collections.nCopies(5, "*a" + (i - 1)))));
        }
        write("laughs.yaml", text.toString());

        assertThat(problems()).containsExactly("laughs.yaml:1:1: its aliases repeat more than 1,000,000 values; write fewer");
    }

    @Test
    void shouldReadAliases() throws MeshException {
        write("a.yaml", "clusters:\n- &a {name: a, connect_timeout: 1s}\n- {<<: *a, name: b}");

        assertThat(Mesh.load(folder).size()).isEqualTo(2);
    }

    @Test
    void shouldRefuseMoreThanMemoryHoldsBeforeItIsRead() throws IOException {
        write("a.yaml", "clusters: [{name: a}]");
        try (RandomAccessFile huge = new RandomAccessFile(folder.resolve("huge.yaml").toFile(), "rw")) {
            huge.setLength(3L << 30);
        }

        assertThat(catchThrowableOfType(MeshException.class, () -> Mesh.load(folder, 512L << 20))).hasMessage(folder
                + ":1:1: has 3,145,728 kB of files, and 512 MB of memory are enough for 5,461 kB; "
                + "start with SOCKWAY_JAVA_OPTS=-Xmx294913m");
    }

    @Test
    @Timeout(20)
    void shouldNotWaitForWhatAPipeSays() throws Exception {
        assertThat(new ProcessBuilder("mkfifo", folder.resolve("pipe.yaml").toString()).start().waitFor()).isZero();

        assertThat(problems()).containsExactly("pipe.yaml:1:1: cannot be read: it is a pipe, a socket or a device");
    }
}
