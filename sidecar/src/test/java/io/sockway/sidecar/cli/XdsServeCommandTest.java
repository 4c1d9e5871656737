package io.sockway.sidecar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.sockway.xds.testing.Authority;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class XdsServeCommandTest {
    @TempDir
    private Path folder;

    private static String body(String url) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString()).body();
        }
    }

    @Test
    void shouldServeTellOfChangesShowItsStateAndEndByASignal() throws Exception {
        Files.writeString(folder.resolve("a.yaml"), "clusters: [{name: a}]");
        Process process = new ProcessBuilder(Cli.command("xds", "serve", "--config", folder.toString(), "--listen", "127.0.0.1:0",
                "--listen", "unix:" + folder.resolve("xds.sock"), "--admin", "127.0.0.1:0")).redirectErrorStream(true).start();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            assertThat(lines.readLine()).isEqualTo("mesh " + folder + ": 1 resource in 1 file");
            String listens = lines.readLine();
            assertThat(listens).startsWith("xds 127.0.0.1:");
            assertThat(lines.readLine()).startsWith("xds unix:" + folder.resolve("xds.sock"));
            String url = lines.readLine().split(" ")[1];

            Files.writeString(folder.resolve("b.yaml"), "clusters: [{name: b}]");
            assertThat(lines.readLine()).isEqualTo("mesh " + folder + ": 2 resources in 2 files");
            Files.writeString(folder.resolve("b.yaml"), "clusters: [{nam: b}]");
            assertThat(lines.readLine()).isEqualTo(folder.resolve("b.yaml") + ":1:13: unknown key 'nam' in Cluster; did you mean 'name'?");
            assertThat(lines.readLine()).isEqualTo("refused " + folder + ": 1 problem; the mesh stays as it was");

            JsonObject mesh = JsonParser.parseString(body(url + "status")).getAsJsonObject().getAsJsonObject("mesh");
            assertThat(mesh.get("resources").getAsInt()).isEqualTo(2);
            assertThat(mesh.getAsJsonArray("problems")).hasSize(1);
            assertThat(body(url + "metrics")).contains("sockway_xds_mesh_refused 1\n", "sockway_xds_streams 0\n");
            assertThat(body(url + "readyz")).isEqualTo("ok\n");
            assertThat(body(url + "flows")).isEqualTo("not found; there are /status /metrics /healthz /readyz\n");

            for (int i = 0; i < 3; i++) {
                try (Socket stranger = new Socket("127.0.0.1", Integer.parseInt(listens.replaceAll("xds 127.0.0.1:(\\d+).*", "$1")))) {
                    stranger.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.UTF_8));
                    stranger.getInputStream().readAllBytes();
                }
            }
            assertThat(lines.readLine()).isEqualTo("INFO: a client's connection failed: Unexpected HTTP/1.x request: GET / ");

            process.toHandle().destroy();
            assertThat(lines.readLine()).isEqualTo("ended: Envoys go on with what they have");
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
            assertThat(folder.resolve("xds.sock")).doesNotExist();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void shouldServeWithAnExpiredCertificateAndSaySoInALine() throws Exception {
        Files.writeString(folder.resolve("a.yaml"), "clusters: [{name: a}]");
        Authority authority = new Authority(folder, "authority");
        Authority.Identity expired = authority.issue("server", "spiffe://test/server", "-3d");
        Process process = new ProcessBuilder(Cli.command("xds", "serve", "--config", folder.toString(), "--listen", "127.0.0.1:0",
                "--tls-certificate", expired.certificate().toString(), "--tls-key", expired.key().toString(), "--tls-client-ca",
                authority.certificate().toString())).redirectErrorStream(true).start();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            assertThat(lines.readLine()).startsWith("mesh ");
            assertThat(lines.readLine()).startsWith("WARNING: the certificate " + expired.certificate() + " has expired at 20");
            assertThat(lines.readLine()).startsWith("xds 127.0.0.1:").endsWith(", mTLS)");
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void shouldTakeUpChangesWhereTheKernelHasNoMoreWatchesToGive() throws Exception {
        Files.writeString(folder.resolve("a.yaml"), "clusters: [{name: a}]");
        List<String> command = new ArrayList<>(List.of("unshare", "--user", "--map-root-user", "sh", "-c",
                "echo 0 > /proc/sys/user/max_inotify_instances && exec \"$@\"", "sh"));
        command.addAll(Cli.command("xds", "serve", "--config", folder.toString(), "--listen", "127.0.0.1:0"));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            assertThat(lines.readLine()).isEqualTo("mesh " + folder + ": 1 resource in 1 file");
            assertThat(lines.readLine()).startsWith("xds 127.0.0.1:");
            Files.writeString(folder.resolve("b.yaml"), "clusters: [{name: b}]");
            assertThat(lines.readLine()).isEqualTo("mesh " + folder + ": 2 resources in 2 files");
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void shouldServeNothingFromFilesWithAnError() throws IOException {
        Files.writeString(folder.resolve("a.yaml"), "cluster: [{name: a}]");

        Cli.Result result = Cli.run("xds", "serve", "--config", folder.toString(), "--listen", "127.0.0.1:0");

        assertThat(result.exitCode()).isOne();
        assertThat(result.err().lines()).containsExactly(
                folder.resolve("a.yaml") + ":1:1: unknown key 'cluster' in a mesh file; did you mean 'clusters'?",
                "sockway: " + folder + " has 1 problem, see above: nothing is served");
    }

    @Test
    void shouldNameTheFolderThatIsMissing() {
        Cli.Result result = Cli.run("xds", "serve", "--config", "/nowhere");

        assertThat(result.exitCode()).isOne();
        assertThat(result.errorLine()).isEqualTo("sockway: /nowhere is no folder: name the one with the mesh's *.yaml with --config DIR");
    }

    @Test
    void shouldNotGivePrivateKeysToTheWholeNetworkUnasked() {
        Cli.Result result = Cli.run("xds", "serve", "--config", folder.toString(), "--listen", "0.0.0.0:0");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).isEqualTo("sockway: --listen 0.0.0.0:0 is reached from other machines: add --tls-certificate, "
                + "--tls-key and --tls-client-ca, or --plaintext if the network is trusted with private keys\n"
                + "Try 'sockway xds serve --help'.\n");
    }

    @Test
    void shouldRefuseAnAddressThatIsNone() {
        Cli.Result result = Cli.run("xds", "serve", "--config", folder.toString(), "--listen", "nonsense");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).startsWith("sockway: --listen: 'nonsense' is neither unix:PATH nor HOST:PORT\nTry ");
    }

    @Test
    void shouldWantAllTlsFilesTogether() {
        Cli.Result result = Cli.run("xds", "serve", "--config", folder.toString(), "--tls-key", "k");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("--tls-certificate").contains("--tls-client-ca");
    }
}
