package io.sockway.sidecar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.sockway.bench.lab.EnvoyBinary;
import io.sockway.bench.lab.IpFamily;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.MeshShape;
import io.sockway.bench.lab.Pod;
import io.sockway.bench.lab.TwoPodMesh;
import io.sockway.bpf.BpfMap;
import io.sockway.bpf.BpfProgram;
import io.sockway.sockops.Enroller;
import io.sockway.sockops.Flow;
import io.sockway.sockops.FlowState;
import io.sockway.sockops.Mode;
import io.sockway.sockops.Sandbox;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two injected pods of a mesh on one node: real Envoys, Istio's iptables rules, an app in each. Needs root and Envoy. */
class MeshPodLifeTest {
    private static final int CONNECTIONS = 4;
    private static final String[] SHARING = {"sockway.io/acceleration=\"on\"", "sockway.io/same-node=\"on\""};

    @TempDir
    private Path library;
    @TempDir
    private Path clientFolder;
    @TempDir
    private Path serverFolder;
    private final Path pods = Path.of("/sys/fs/bpf/sockway-mesh-pods-" + ProcessHandle.current().pid());

    /** The client in the app container, with bytes moving until it is closed. */
    private static final class Client implements AutoCloseable {
        private final Process process;
        private final BufferedReader lines;

        Client(InjectedPod pod, URI url) throws IOException {
            process = pod.start("app", "", List.of("python3", "-c", resource("echo_client.py"), url.getHost(),
                    Integer.toString(url.getPort()), Integer.toString(CONNECTIONS)));
            lines = process.inputReader(StandardCharsets.UTF_8);
        }

        /** Waits until so many more exchanges have been right. */
        void exchange(int more) throws IOException {
            // What was printed before counts as before.
            long from = next();
            while (lines.ready()) {
                from = next();
            }
            while (next() < from + more) {
                assertThat(process.isAlive()).isTrue();
            }
        }

        private long next() throws IOException {
            String line = lines.readLine();
            assertThat(line).matches("\\d+");
            return Long.parseLong(line);
        }

        @Override
        public void close() throws IOException {
            process.getOutputStream().close();
            String last = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                last = line;
            }
            assertThat(last).doesNotStartWith("lost");
        }
    }

    @Test
    void shouldAccelerateTwoPodsOfAMeshAndKeepThemApart() throws Exception {
        EnvoyBinary envoy = EnvoyBinary.find(Optional.empty());
        String classPath = InjectedPod.copyClassPath(library);
        String clientUid = UUID.randomUUID().toString();
        String serverUid = UUID.randomUUID().toString();
        try (Lab lab = Lab.open()) {
            TwoPodMesh mesh = TwoPodMesh.create(lab, IpFamily.IPV4, "pod" + clientUid, "pod" + serverUid);
            try (InjectedPod client = injected(clientUid, mesh.client(), clientFolder, classPath);
                    InjectedPod server = injected(serverUid, mesh.server(), serverFolder, classPath)) {
                for (InjectedPod each : List.of(client, server)) {
                    each.annotate(SHARING);
                    assertThat(each.attach(0)).contains("attached /");
                }
                BufferedReader clientLines = serve(client);
                BufferedReader serverLines = serve(server);
                MeshShape shape = new MeshShape(true, MeshShape.App.ECHO);
                TwoPodMesh.Workload workload = mesh.start(lab.scope(), envoy, shape, Map.of());
                client.contain("istio-proxy", workload.outbound().orElseThrow().process().pids());
                server.contain("istio-proxy", workload.inbound().orElseThrow().process().pids());
                server.contain("app", workload.app().pids());
                mesh.awaitReady(workload);
                try (Client app = new Client(client, mesh.url(shape, ""))) {
                    awaitAllRedirected(client, server);
                    assertRedirected(app, client, server);
                    assertNothingByTcpBetween(app, client, server);
                    assertApart(client, server);
                    assertSharedOutOfReach(client);

                    server.annotate("sockway.io/acceleration=\"on\"", "sockway.io/same-node=\"off\"");
                    assertThat(InjectedPod.await(serverLines, "annotations: acceleration on")).doesNotContain("same node");
                    Sandbox.eventually("Envoy to Envoy is by TCP",
                            () -> active(client) == CONNECTIONS && active(server) == CONNECTIONS);
                    assertRedirected(app, client, server);
                    assertThat(across(client)).allSatisfy(flow -> assertThat(flow.state()).isNotEqualTo(FlowState.ACTIVE));
                    server.annotate(SHARING);
                    assertThat(InjectedPod.await(serverLines, "annotations: acceleration on")).endsWith("same node");
                    awaitAllRedirected(client, server);

                    client.annotate("sockway.io/acceleration=\"off\"", "sockway.io/same-node=\"on\"");
                    InjectedPod.await(clientLines, "annotations: acceleration off");
                    Sandbox.eventually("the client's flows have left", () -> active(client) == 0 && active(server) == CONNECTIONS);
                    long before = client.redirected();
                    assertRedirected(app, server);
                    assertThat(client.redirected()).isEqualTo(before);
                    assertThat(server.<Mode>ask(pinned -> pinned.mode())).isEqualTo(Mode.ON);

                    client.annotate(SHARING);
                    InjectedPod.await(clientLines, "annotations: acceleration on");
                    awaitAllRedirected(client, server);
                    assertRedirected(app, client, server);

                    killSidecar(server);
                    assertNothingByTcpBetween(app, client, server);
                }
                workload.requireAlive();

                server.kill();
                assertThat(Cli.run("gc", "--pods-dir", pods.toString()).out()).isEqualTo("removed " + server.pins() + "\n");
                assertThat(client.pins()).exists();
                client.kill();
                assertThat(Cli.run("gc", "--pods-dir", pods.toString()).out()).isEqualTo("removed " + client.pins() + "\n");
            }
        }
        assertThat(pods).doesNotExist();
    }

    private InjectedPod injected(String uid, Pod pod, Path folder, String classPath) throws IOException {
        return new InjectedPod(uid, pod.cgroup(), pod.namespace().name(), pods, folder, classPath);
    }

    private static BufferedReader serve(InjectedPod pod) throws IOException {
        BufferedReader lines = pod.serve().inputReader(StandardCharsets.UTF_8);
        InjectedPod.await(lines, "admin http://");
        return lines;
    }

    private static void awaitAllRedirected(InjectedPod client, InjectedPod server) {
        Sandbox.eventually("app to Envoy, Envoy to Envoy and Envoy to app are redirected",
                () -> active(client) == 2 * CONNECTIONS && active(server) == 2 * CONNECTIONS);
    }

    private static List<Flow> across(InjectedPod pod) {
        return pod.ask(pinned -> {
            Enroller.refresh(pinned);
            return pinned.flows().stream().filter(Flow::across).toList();
        });
    }

    private static void assertNothingByTcpBetween(Client app, InjectedPod... pods) throws IOException {
        List<Long> before = new ArrayList<>();
        for (InjectedPod each : pods) {
            assertThat(across(each)).hasSize(CONNECTIONS);
            before.add(across(each).stream().mapToLong(Flow::tcpBytes).sum());
        }
        app.exchange(200);
        for (int i = 0; i < pods.length; i++) {
            // a message now and then keeps connection tracking alive
            assertThat(across(pods[i]).stream().mapToLong(Flow::tcpBytes).sum() - before.get(i)).isLessThan(30_000);
        }
    }

    private static void killSidecar(InjectedPod pod) throws IOException {
        for (long pid : pod.pids("sockway")) {
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        }
        Sandbox.eventually("the sidecar is gone", () -> !pod.<Boolean>ask(pinned -> pinned.isServed()));
    }

    private static int active(InjectedPod pod) {
        return pod.ask(pinned -> pinned.flowTotals().states().getOrDefault(FlowState.ACTIVE, 0));
    }

    private static void assertRedirected(Client app, InjectedPod... in) throws IOException {
        List<Long> before = new ArrayList<>();
        for (InjectedPod each : in) {
            before.add(each.redirected());
        }
        app.exchange(200);
        for (int i = 0; i < in.length; i++) {
            // both ways, 1500 bytes on average
            assertThat(in[i].redirected() - before.get(i)).isGreaterThan(200 * 1500);
        }
    }

    /** The client pod's sidecar tries to reach what is the server pod's. */
    private static void assertApart(InjectedPod client, InjectedPod server) throws Exception {
        List<String> intruder = new ArrayList<>(List.of("python3", "-c", resource("intruder.py"), InjectedPod.GROUP,
                client.mountedPins().toString(), server.pins().toString(), Long.toString(server.pids("sockway").getFirst())));
        try (BpfProgram pair = BpfProgram.openPinned(server.pins().resolve("programs/pair"))) {
            intruder.add(Integer.toString(pair.info().id()));
        }
        List<Path> maps = new ArrayList<>(Stream.of("control", "members", "flows", "wakes", "unsuited")
                .map(server.pins().resolve("maps")::resolve).toList());
        maps.addAll(shared(server));
        for (Path each : maps) {
            try (BpfMap map = BpfMap.openPinned(each)) {
                intruder.add(Integer.toString(map.info().id()));
            }
        }
        Process process = client.startBesideSidecar(intruder);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        JsonObject result = JsonParser.parseString(output).getAsJsonObject();
        Map<String, String> expected = Map.ofEntries(
                Map.entry("own control", "done"), Map.entry("own pass", "done"),
                Map.entry("own program", "EACCES"), Map.entry("own link", "EACCES"), Map.entry("remove own pin", "EROFS"),
                Map.entry("path on the node", "ENOENT"), Map.entry("shared pins on the node", "ENOENT"),
                Map.entry("map by id", "EPERM"), Map.entry("program by id", "EPERM"),
                Map.entry("mounts of the other", "EACCES"), Map.entry("descriptors of the other", "EACCES"),
                Map.entry("memory of the other", "EACCES"), Map.entry("descriptor of the other", "EPERM"),
                Map.entry("a mount of its own", "EPERM"));
        expected.forEach((attempt, outcome) -> assertThat(result.get(attempt).getAsString()).as(attempt).isEqualTo(outcome));
        assertThat(result.get("reads").toString()).isEqualTo("[\"attachments\",\"barrier\",\"barrier_value\",\"control\",\"executables\","
                + "\"flows\",\"habits\",\"ports\",\"stats\",\"wakes\"]");
        assertThat(result.get("writes").toString()).isEqualTo("[\"barrier\",\"control\",\"ports\",\"wakes\"]");
        assertThat(result.get("in sight").toString()).isEqualTo("[\"links\",\"maps\",\"passes\",\"programs\",\"watches\"]");
        assertThat(result.get("beside").toString()).doesNotContain(server.uid()).doesNotContain("same-node");
    }

    /** The pins of what pods share. */
    private static List<Path> shared(InjectedPod pod) throws IOException {
        try (Stream<Path> folders = Files.list(pod.pins().getParent())) {
            Path folder = folders.filter(each -> each.getFileName().toString().startsWith("same-node-")).findFirst().orElseThrow();
            try (Stream<Path> pins = Files.list(folder)) {
                return pins.toList();
            }
        }
    }

    /** Even if the node's pins were mounted into its container, the sidecar's user could not open them. */
    private static void assertSharedOutOfReach(InjectedPod client) throws Exception {
        List<Path> pins = shared(client);
        assertThat(pins).hasSize(7);
        List<String> intruder = new ArrayList<>(List.of("python3", "-c", resource("shared_intruder.py"), InjectedPod.GROUP,
                pins.getFirst().getParent().toString()));
        pins.forEach(pin -> intruder.add(pin.getFileName().toString()));
        Process process = client.start("sockway", "", intruder);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(JsonParser.parseString(output).getAsJsonObject().entrySet()).hasSize(1 + 3 * 7)
                .allSatisfy(each -> assertThat(each.getValue().getAsString()).as(each.getKey()).isEqualTo("EACCES"));
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = MeshPodLifeTest.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
