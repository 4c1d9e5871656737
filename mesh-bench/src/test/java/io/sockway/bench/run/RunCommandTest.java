package io.sockway.bench.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.sockway.bench.BenchCommand;
import io.sockway.bench.lab.Await;
import io.sockway.bench.lab.Tool;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Needs root, Envoy and nginx. */
class RunCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path folder;

    @Test
    void shouldMeasureAScenarioFromAFileAndWriteAllReports() throws Exception {
        Path scenario = Files.writeString(folder.resolve("mine.yaml"), """
                scenario: mine
                topology: two-pods
                load: {connections: 4, duration: 2s, rate: [max, 500]}
                rounds: 1
                variants:
                  - {name: mesh}
                  - {name: bare, proxies: none}
                """);
        Path html = folder.resolve("report.html");
        Path json = folder.resolve("report.json");

        assertThat(execute("run", scenario.toString(), "--html", html.toString(), "--json", json.toString(), "--svg", folder.toString()))
                .as(err.toString()).isZero();

        assertThat(out.toString()).contains("round 1 of 1:", "mesh", "bare");
        assertThat(html).content().contains("Latency by percentile", "app to nginx", "soft-IRQ").doesNotContain("{{", "NaN");
        assertThat(folder.resolve("percentiles-1.svg")).content().startsWith("<svg xmlns=").contains("prefers-color-scheme");
        JsonObject report = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
        assertThat(report.keySet()).contains("format", "scenario", "command", "machine", "variants", "ratios");
        assertThat(report.getAsJsonArray("variants")).hasSize(2).allSatisfy(variant -> {
            assertThat(variant.getAsJsonObject().get("valid").getAsBoolean()).isTrue();
            assertThat(variant.getAsJsonObject().getAsJsonArray("rounds")).hasSize(2).allSatisfy(round -> assertThat(
                    round.getAsJsonObject().keySet()).contains("rps", "p50_us", "p90_us", "p99_us", "p999_us", "p9999_us", "p99999_us",
                            "cpu_us_per_request", "connections", "body_bytes", "protocol"));
        });
        JsonObject open = report.getAsJsonArray("variants").get(0).getAsJsonObject().getAsJsonArray("rounds").get(1).getAsJsonObject();
        assertThat(open.get("target_rps").getAsDouble()).isEqualTo(500);
        assertThat(open.get("rps").getAsDouble()).isBetween(400.0, 510.0);
    }

    @Test
    void shouldLinkPodsAndLeaveOutWhatTheMachineRefuses() throws Exception {
        Path scenario = Files.writeString(folder.resolve("net.yaml"), """
                scenario: net
                topology: network
                load: {connections: 2, duration: 2s}
                rounds: 1
                variants:
                  - {name: VXLAN, link: vxlan, settings: {rps: true, backlog: 2000}}
                  - {name: routes, link: veth-routes}
                  - {name: too many rings, settings: {rings: 1000000}}
                """);
        String backlog = backlog();

        assertThat(execute("run", scenario.toString())).as(err.toString()).isZero();

        assertThat(out.toString()).contains("left out: too many rings: this machine refuses it", "VXLAN", "routes");
        assertThat(backlog()).isEqualTo(backlog);
    }

    /** By a program: reading it as the product does would hide the same fault on both sides. */
    private static String backlog() throws Exception {
        Process sysctl = new ProcessBuilder("cat", "/proc/sys/net/core/netdev_max_backlog").start();
        return new String(sysctl.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
    }

    @Test
    void shouldExchangeTcpMessagesThroughBothProxies() throws Exception {
        Path scenario = Files.writeString(folder.resolve("tcp.yaml"), """
                scenario: tcp
                topology: two-pods
                server: echo
                load: {protocol: tcp, connections: 2, body: 64, in_flight: 4, duration: 2s}
                rounds: 1
                variants: [{name: mesh}]
                """);

        assertThat(execute("run", scenario.toString())).as(err.toString()).isZero();

        assertThat(out.toString()).contains("Envoy to echo");
    }

    @Test
    void shouldSpeakHttp2ToAnAppOnAUnixSocket() throws Exception {
        Path scenario = Files.writeString(folder.resolve("h2.yaml"), """
                scenario: h2
                topology: two-pods
                load: {protocol: http2, connections: 2, in_flight: 4, duration: 2s}
                rounds: 1
                variants: [{name: unix, app: unix}]
                """);

        assertThat(execute("run", scenario.toString())).as(err.toString()).isZero();

        assertThat(out.toString()).contains("Envoy to Envoy").doesNotContain("Envoy to nginx");
    }

    @Test
    void shouldCompareGeneratorsAndSayWhichIsMissing() throws Exception {
        Path scenario = Files.writeString(folder.resolve("generators.yaml"), """
                scenario: generators
                topology: network
                link: host
                load: {connections: 4, duration: 2s}
                rounds: 1
                variants: [{name: own, generator: sockway}, {name: theirs, generator: wrk}, {name: third, generator: fortio}]
                """);

        assertThat(execute("run", scenario.toString(), "--json", "-")).as(err.toString()).isZero();

        assertThat(err.toString()).contains("requests per generator cpu second", "with own and", "with theirs: x")
                .contains(Tool.find("fortio").isPresent() ? "third" : "left out: third: fortio not found");
        JsonObject report = JsonParser.parseString(out.toString()).getAsJsonObject();
        assertThat(report.getAsJsonArray("goals")).isNotEmpty();
        assertThat(report.getAsJsonArray("variants").get(1).getAsJsonObject().getAsJsonArray("rounds").get(0).getAsJsonObject()
                .get("requests_per_generator_cpu_second").getAsDouble()).isPositive();
    }

    @ParameterizedTest
    @CsvSource({"two-pods, mesh", "network, plain", "one-envoy, none"})
    void shouldLeaveNothingBehindWhenItIsInterrupted(String topology, String variant) throws Exception {
        Path scenario = Files.writeString(folder.resolve("long.yaml"), """
                scenario: long
                topology: %s
                load: {duration: 60s}
                variants: [{name: %s}]
                """.formatted(topology, variant));
        Process run = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"), RunCommandTest.class.getName(), "run",
                scenario.toString()).redirectError(folder.resolve("err").toFile()).redirectOutput(folder.resolve("out").toFile()).start();
        String lab = "sockway-lab-" + run.pid() + "-";
        try {
            Await.until(() -> !run.isAlive() || generatorRuns(run), Duration.ofSeconds(60),
                    () -> "no load began");
            assertThat(run.isAlive()).as(Files.readString(folder.resolve("err"))).isTrue();
            List<ProcessHandle> children = run.descendants().toList();

            new ProcessBuilder("kill", "-INT", Long.toString(run.pid())).start().waitFor();

            assertThat(run.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(run.exitValue()).isEqualTo(130);
            assertThat(folder.resolve("err")).isEmptyFile();
            assertThat(children).isNotEmpty().noneMatch(ProcessHandle::isAlive);
            for (String place : List.of("/run/netns", "/sys/fs/bpf", "/run", "/tmp")) {
                assertThat(Path.of(place).toFile().list()).as(place).noneMatch(name -> name.startsWith(lab));
            }
        } finally {
            run.destroy();
        }
    }

    /** The generator is the only Java program that it starts here. */
    private static boolean generatorRuns(Process run) {
        return run.descendants().anyMatch(process -> process.info().command().orElse("").endsWith("/java"));
    }

    /** The command as a process of its own. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new BenchCommand()).execute(arguments));
    }

    @Test
    void shouldSayThatItNeedsRoot() throws Exception {
        // May read the classes, wherever they are, and nothing else that nobody may not.
        Process run = new ProcessBuilder("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=+dac_read_search",
                "--ambient-caps=+dac_read_search", Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("java.class.path"), RunCommandTest.class.getName(), "run", "network").redirectErrorStream(true).start();

        assertThat(new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo("sockway bench run: not root: run it with sudo, it makes network namespaces and cgroups\n");
        assertThat(run.waitFor()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pod", "pod-rates", "tcp", "network", "node", "generators", "generators-rates"})
    void shouldCheckWhatComesWithIt(String name) {
        assertThat(execute("run", name, "--quick", "--check")).as(err.toString()).isZero();
        assertThat(out.toString()).startsWith(name + ": ").contains("load: ", "variant: ");
    }

    @Test
    void shouldSayWhereAScenarioIsWrong() throws Exception {
        Path scenario = Files.writeString(folder.resolve("mine.yaml"),
                "scenario: mine\ntopolgy: two-pods\nload: {}\nvariants: [{name: a}]\n");

        assertThat(execute("run", scenario.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("sockway bench run: " + scenario
                + ":2:1: unknown key 'topolgy' in the scenario; did you mean 'topology'?");
    }

    @Test
    void shouldNameWhatIsMissing() {
        assertThat(execute("run", "nothing")).isEqualTo(2);
        assertThat(execute("run", "pod", "--envoy", "/nowhere/envoy")).isEqualTo(2);
        assertThat(execute("run", "pod", "--peer-object", "/nowhere/x.o")).isEqualTo(2);
        assertThat(execute("run", "tcp", "--peer-object", "/bin/true")).isEqualTo(2);
        assertThat(execute("run", "pod", "--json", "/nowhere/x.json")).isEqualTo(2);
        assertThat(execute("run", "pod", "--json", "/proc/x.json")).isEqualTo(2);
        assertThat(execute("run", "pod", "--json", "-", "--html", "-")).isEqualTo(2);
        assertThat(err.toString()).contains("no scenario and no file 'nothing'", "no executable file at /nowhere/envoy",
                "no file at /nowhere/x.o", "this scenario has no variant with", "cannot write /nowhere/x.json",
                "cannot write /proc/x.json: no such file or folder", "only one file can be -");
    }

    private int execute(String... arguments) {
        return new CommandLine(new BenchCommand()).setOut(new PrintWriter(out)).setErr(new PrintWriter(err, true)).execute(arguments);
    }
}
