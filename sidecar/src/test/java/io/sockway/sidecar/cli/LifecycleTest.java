package io.sockway.sidecar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.sockway.bpf.BpfMap;
import io.sockway.sockops.Accelerator;
import io.sockway.sockops.Enroller;
import io.sockway.sockops.Sandbox;
import io.sockway.sockops.Settings;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a user does with the commands, on the real kernel. */
class LifecycleTest {
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final int PORT = 8080;

    private final Path pins = Path.of("/sys/fs/bpf/sockway-cli-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet());
    private Sandbox pod;

    @BeforeEach
    void makePod() {
        pod = new Sandbox();
    }

    @AfterEach
    void removePod() {
        if (Files.exists(pins)) {
            Cli.run("detach", "--all", "--pin-dir", pins.toString(), "--timeout", "0s");
        }
        pod.close();
    }

    private Cli.Result sockway(String command, String... more) {
        String[] all = new String[more.length + 3];
        all[0] = command;
        all[1] = "--pin-dir";
        all[2] = pins.toString();
        System.arraycopy(more, 0, all, 3, more.length);
        return Cli.run(all);
    }

    private String cgroup() {
        return pod.cgroup().toString();
    }

    private Cli.Sidecar sidecar() {
        return new Cli.Sidecar("--pin-dir", pins.toString(), "--cgroup", cgroup());
    }

    private JsonObject status() {
        Cli.Result result = sockway("status", "--json");
        assertThat(result.exitCode()).isZero();
        return JsonParser.parseString(result.out()).getAsJsonObject();
    }

    private void warmUp(String a, String b) {
        Sandbox.eventually("the flow is active", () -> {
            for (int i = 0; i < 20; i++) {
                pod.ask("pingpong " + a + " " + b + " 100 5");
            }
            return status().getAsJsonObject("flows").getAsJsonObject("live").get("active").getAsInt() > 0;
        });
        pod.ask("pingpong " + a + " " + b + " 100 2");
    }

    @Test
    void shouldAttachOnceAndSaySoTheSecondTime() {
        Cli.Result first = sockway("attach", "--cgroup", cgroup());
        assertThat(first.exitCode()).isZero();
        assertThat(first.out()).startsWith("attached " + cgroup()).contains("new connections stay on TCP until 'sockway run'");

        Cli.Result doctor = Cli.runUnder(List.of("setpriv", "--reuid", "65534", "--clear-groups", "--inh-caps=-all,+dac_read_search",
                "--ambient-caps=-all,+dac_read_search"), "doctor", "--json", "--pin-dir", pins.toString());
        assertThat(doctor.out()).contains("whether Sockway is attached: " + pins + " needs root").doesNotContain("sockway-not-attached");

        Cli.Result second = sockway("attach", "--cgroup", cgroup());
        assertThat(second.exitCode()).isZero();
        assertThat(second.out()).startsWith("attached already: " + cgroup());

        JsonObject status = status();
        assertThat(status.keySet()).contains("version", "attachments", "flows", "bytes", "messages", "passes", "kernel");
        JsonObject attachment = status.getAsJsonArray("attachments").get(0).getAsJsonObject();
        assertThat(attachment.get("cgroup").getAsString()).isEqualTo(cgroup());
        assertThat(attachment.get("state").getAsString()).isEqualTo("active");
        assertThat(attachment.get("since").getAsString()).startsWith("20");
        assertThat(status.getAsJsonObject("kernel").get("release").getAsString()).isEqualTo(System.getProperty("os.version"));

        Cli.Result detached = sockway("detach", "--cgroup", cgroup());
        assertThat(detached.exitCode()).isZero();
        assertThat(pins).doesNotExist();
        assertThat(status().getAsJsonArray("attachments")).isEmpty();
    }

    @Test
    void shouldTakeBackWhatAnEarlierCommandSaid() {
        assertThat(sockway("attach", "--cgroup", cgroup(), "--same-node", "--include-ports", "80", "--exclude-ports", "81",
                "--max-flows", "100").exitCode()).isZero();
        JsonObject before = status();
        assertThat(before.get("sameNode").getAsBoolean()).isTrue();
        assertThat(before.get("includePorts").getAsString() + before.get("excludePorts").getAsString()).isEqualTo("8081");
        assertThat(sockway("attach", "--cgroup", cgroup()).out()).doesNotContain("--max-flows");
        assertThat(status().get("sameNode").getAsBoolean()).isTrue();

        assertThat(sockway("attach", "--cgroup", cgroup(), "--no-same-node", "--include-ports", "none", "--exclude-ports", "none",
                "--exclude-executables", "none", "--max-flows", "200").out())
                .startsWith("--max-flows 200 has no effect: " + pins + " was loaded with 100");
        JsonObject after = status();
        assertThat(after.get("sameNode").getAsBoolean()).isFalse();
        assertThat(after.get("includePorts").getAsString() + after.get("excludePorts").getAsString()
                + after.get("excludeExecutables").getAsString()).isEmpty();
        assertThat(after.get("maxFlows").getAsInt()).isEqualTo(100);
    }

    @Test
    void shouldServeMetricsFlowsAndHealth() throws Exception {
        try (Cli.Sidecar run = sidecar(); HttpClient http = HttpClient.newHttpClient()) {
            pod.connectPair("a", "b", "4", "127.0.0.1", PORT);
            warmUp("a", "b");
            pod.ask("pingpong a b 500 100");
            assertThat(get(http, run, "healthz")).isEqualTo(200);
            assertThat(get(http, run, "readyz")).isEqualTo(200);
            JsonObject flows = JsonParser.parseString(body(http, run, "flows")).getAsJsonObject();
            JsonObject flow = flows.getAsJsonArray("flows").get(0).getAsJsonObject();
            assertThat(flow.getAsJsonObject("server").get("local").getAsString()).isEqualTo("127.0.0.1:" + PORT);
            assertThat(flow.getAsJsonObject("server").get("process").getAsString()).startsWith("python3");
            long redirected = status().getAsJsonObject("bytes").get("redirected").getAsLong();
            assertThat(redirected).isGreaterThanOrEqualTo(2 * 500 * 100);
            assertThat(body(http, run, "metrics")).contains("sockway_redirected_bytes_total " + Double.toString(redirected));
            assertThat(sockway("flows").out()).contains("127.0.0.1:" + PORT).contains("active").contains("redirected");
            assertThat(run.terminate()).isZero();
        }
        assertThat(pins).exists();
    }

    private static int get(HttpClient http, Cli.Sidecar run, String path) throws Exception {
        return http.send(HttpRequest.newBuilder(URI.create(run.url() + path)).build(), HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    private static String body(HttpClient http, Cli.Sidecar run, String path) throws Exception {
        return http.send(HttpRequest.newBuilder(URI.create(run.url() + path)).build(), HttpResponse.BodyHandlers.ofString()).body();
    }

    @Test
    void shouldLoseNothingWhenTheSidecarIsKilledAndAdoptInTheNextRun() {
        pod.ask("listen l 4 127.0.0.1 " + PORT);
        try (Cli.Sidecar first = sidecar()) {
            pod.tell("storm l 4 127.0.0.1 " + PORT + " 30 6 3");
            Sandbox.eventually("bytes are redirected", () -> status().getAsJsonObject("bytes").get("redirected").getAsLong() > 0);
            first.kill9();
            long before = status().getAsJsonObject("bytes").get("redirected").getAsLong();
            Sandbox.eventually("redirection goes on", () -> status().getAsJsonObject("bytes").get("redirected").getAsLong() > before);
        }
        try (Cli.Sidecar second = sidecar()) {
            assertThat(second.lines().getFirst()).startsWith("attached already: " + cgroup());
            pod.answer();
            pod.connectPair("a", "b", "4", "127.0.0.1", PORT + 1);
            warmUp("a", "b");
        }
    }

    @Test
    void shouldLoseNothingWhenDetachedInMidTransfer() {
        pod.ask("listen l 4 127.0.0.1 " + PORT);
        try (Cli.Sidecar run = sidecar()) {
            pod.tell("storm l 4 127.0.0.1 " + PORT + " 30 5 4");
            Sandbox.eventually("bytes are redirected", () -> status().getAsJsonObject("bytes").get("redirected").getAsLong() > 0);
            Cli.Result detached = sockway("detach", "--cgroup", cgroup());
            assertThat(detached.err()).isEmpty();
            assertThat(detached.exitCode()).isZero();
            assertThat(pins).doesNotExist();
            assertThat(run.join()).isZero();
            pod.answer();
        }
    }

    @Test
    void shouldSayOnceAndCountWhatMaxFlowsLeavesOnTcp() {
        try (Cli.Sidecar run = new Cli.Sidecar("--pin-dir", pins.toString(), "--cgroup", cgroup(), "--max-flows", "2", "--turns", "1")) {
            for (String each : new String[] {"1", "2", "3", "4", "5"}) {
                pod.connectPair("a" + each, "b" + each, "4", "127.0.0.1", PORT + Integer.parseInt(each));
                pod.ask("pingpong a" + each + " b" + each + " 100 5");
            }
            assertThat(run.nextLine()).startsWith("--max-flows 2 is reached").contains("stay on TCP");
            JsonObject flows = status().getAsJsonObject("flows");
            assertThat(flows.get("refused").getAsInt()).isEqualTo(3);
            assertThat(flows.get("paired").getAsInt()).isEqualTo(2);
            assertThat(sockway("status").out()).contains("3 connections stay on TCP: --max-flows 2 is reached");
            pod.ask("pingpong a5 b5 1000 50");
        }
    }

    @Test
    void shouldNameTheProcessThatRedirectedBytesHurt() {
        try (Cli.Sidecar run = sidecar()) {
            pod.connectPair("a", "b", "4", "127.0.0.1", PORT);
            warmUp("a", "b");
            pod.ask("send a 100");
            pod.ask("splice b");
            pod.ask("recv b 100");
            assertThat(run.nextLine()).startsWith("python3 (").contains("splice").contains("--exclude-executables haproxy,python3");
            JsonObject habit = status().getAsJsonArray("habits").get(0).getAsJsonObject();
            assertThat(habit.get("process").getAsString()).isEqualTo("python3");
            assertThat(habit.get("reason").getAsString()).isEqualTo("splice");
            assertThat(habit.get("late").getAsInt()).isEqualTo(1);
            assertThat(sockway("status").out()).contains("1 late: an end is read by splice")
                    .contains("--exclude-executables haproxy,python3 avoids it");
        }
    }

    @Test
    void shouldNameTheProcessThatClosesWithRedirectedBytesUnread() {
        try (Cli.Sidecar run = sidecar()) {
            pod.connectPair("a", "b", "4", "127.0.0.1", PORT);
            warmUp("a", "b");
            pod.ask("send a 100");
            pod.ask("close b");
            assertThat(run.nextLine()).startsWith("python3 (").contains("closes with bytes unread")
                    .contains("--exclude-executables haproxy,python3");
            JsonObject habit = status().getAsJsonArray("habits").get(0).getAsJsonObject();
            assertThat(habit.get("reason").getAsString()).isEqualTo("unread-close");
            assertThat(habit.get("late").getAsInt()).isEqualTo(1);
        }
    }

    @Test
    void shouldNameNobodyWhoClosesWithAllBytesRead() {
        try (Cli.Sidecar _ = sidecar()) {
            pod.connectPair("a", "b", "4", "127.0.0.1", PORT);
            warmUp("a", "b");
            pod.ask("close b");
            pod.ask("close a");
            assertThat(status().getAsJsonArray("habits")).isEmpty();
        }
    }

    @Test
    void shouldHandConnectionsOverToAnotherBuildUnderLoad() {
        pod.ask("listen l 4 127.0.0.1 " + PORT);
        try (Accelerator old = Accelerator.openOrLoad(pins, Settings.DEFAULT, "an-older-build")) {
            old.attach(pod.cgroup());
            try (Enroller _ = new Enroller(old)) {
                pod.tell("storm l 4 127.0.0.1 " + PORT + " 30 10 5");
                Sandbox.eventually("the old build redirects", () -> old.counters().redirectedBytes() > 0);
            }
        }
        try (Cli.Sidecar adopted = sidecar()) {
            assertThat(adopted.lines().getFirst()).contains("holds build an-older-build+").contains("--upgrade");
            try (Cli.Sidecar run = new Cli.Sidecar("--pin-dir", pins.toString(), "--cgroup", cgroup(), "--upgrade",
                    "--max-flows", "512")) {
                assertThat(run.lines().getFirst()).startsWith("upgraded " + pins + " from build an-older-build+");
                assertThat(adopted.join()).isZero();
                assertThat(status().get("maxFlows").getAsInt()).isEqualTo(512);
                Sandbox.eventually("the new build redirects", () -> status().getAsJsonObject("bytes").get("redirected").getAsLong() > 0);
                assertThat(status().getAsJsonObject("flows").get("paired").getAsLong()).isPositive();
                pod.answer();
            }
        }
    }

    @Test
    void shouldReplaceABuildOfAnotherLayoutOnlyWhenToldTo() {
        pod.ask("listen l 4 127.0.0.1 " + PORT);
        try (Accelerator old = Accelerator.openOrLoad(pins, Settings.DEFAULT, "an-older-build")) {
            old.attach(pod.cgroup());
            try (Enroller _ = new Enroller(old)) {
                pod.tell("storm l 4 127.0.0.1 " + PORT + " 30 10 5");
                Sandbox.eventually("the old build redirects", () -> old.counters().redirectedBytes() > 0);
            }
        }
        pretendLayout(1);
        Cli.Result refused = sockway("status");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.errorLine()).contains("with map layout 1").contains("--upgrade");
        assertThat(sockway("attach", "--cgroup", cgroup()).errorLine()).contains("with map layout 1");
        try (Cli.Sidecar run = new Cli.Sidecar("--pin-dir", pins.toString(), "--cgroup", cgroup(), "--upgrade")) {
            assertThat(run.lines().getFirst()).startsWith("upgraded " + pins + " from build an-older-build+");
            Sandbox.eventually("the new build redirects", () -> status().getAsJsonObject("bytes").get("redirected").getAsLong() > 0);
            pod.answer();
        }
    }

    private void pretendLayout(int number) {
        try (BpfMap control = BpfMap.openPinned(pins.resolve("maps").resolve("control")); Arena arena = Arena.ofConfined()) {
            control.memory(arena).set(ValueLayout.JAVA_INT, 0, number);
        }
    }

    @Test
    void shouldReportWhatCouldNotBeDrainedAndKeepItReadable() {
        try (Cli.Sidecar _ = sidecar()) {
            pod.connectPair("a", "b", "4", "127.0.0.1", PORT);
            warmUp("a", "b");
            pod.ask("send a 1000");
            Cli.Result detached = sockway("detach", "--all", "--timeout", "300ms");
            assertThat(detached.exitCode()).isEqualTo(1);
            assertThat(detached.errorLine()).contains("127.0.0.1:" + PORT).contains("not drained");
            assertThat(pins).doesNotExist();
        }
        pod.ask("recv b 1000");
        long tcp = pod.askNumber("tcp b");
        pod.ask("pingpong a b 100 10");
        assertThat(pod.askNumber("tcp b")).isEqualTo(tcp + 1000);
    }

    @Test
    void shouldPauseAndResume() {
        try (Cli.Sidecar _ = sidecar()) {
            pod.connectPair("a", "b", "4", "127.0.0.1", PORT);
            warmUp("a", "b");
            assertThat(sockway("pause").out()).startsWith("paused");
            assertThat(status().getAsJsonArray("attachments").get(0).getAsJsonObject().get("state").getAsString()).isEqualTo("paused");
            long tcp = pod.askNumber("tcp b");
            pod.ask("pingpong a b 100 10");
            assertThat(pod.askNumber("tcp b")).isEqualTo(tcp + 1000);
            assertThat(sockway("resume").out()).startsWith("resumed");
            warmUp("a", "b");
            long still = pod.askNumber("tcp b");
            pod.ask("pingpong a b 100 10");
            assertThat(pod.askNumber("tcp b")).isEqualTo(still);
        }
    }

    @Test
    void shouldRefuseASecondAcceleratorOnTheSameCgroup() {
        Path others = pins.resolveSibling(pins.getFileName() + "-other");
        try (Cli.Sidecar _ = sidecar()) {
            Cli.Result second = Cli.run("attach", "--pin-dir", others.toString(), "--cgroup", cgroup());
            assertThat(second.exitCode()).isEqualTo(1);
            assertThat(second.errorLine()).contains("another Sockway").contains(cgroup());
            assertThat(others).doesNotExist();
            Cli.Result rival = sockway("run", "--cgroup", cgroup());
            assertThat(rival.exitCode()).isEqualTo(1);
            assertThat(rival.errorLine()).contains("another 'sockway run' serves " + pins);
        }
    }

    @Test
    void shouldSayInOneLineWhatIsMissing() {
        assertThat(sockway("attach", "--cgroup", "/sys/fs/cgroup/nowhere").errorLine()).contains("no cgroup /sys/fs/cgroup/nowhere");
        assertThat(sockway("attach", "--cgroup", "/tmp").errorLine()).contains("/tmp is not a cgroup v2");
        assertThat(sockway("detach", "--all").errorLine()).contains("nothing is attached under " + pins);
        assertThat(sockway("detach", "--all", "--timeout", "9999999h").err()).contains("'9999999h' is longer than 365 days");
        Cli.Result outside = Cli.run("attach", "--cgroup", cgroup(), "--pin-dir", "/tmp/sockway-pins");
        assertThat(outside.exitCode()).isEqualTo(1);
        assertThat(outside.errorLine()).contains("no bpffs for /tmp/sockway-pins").contains("--pin-dir");
        assertThat(Path.of("/tmp/sockway-pins")).doesNotExist();
        assertThat(pins).doesNotExist();
    }

    @Test
    void shouldNameTheMissingCapability() {
        Cli.Result result = Cli.runUnder(List.of("setpriv", "--bounding-set", "-bpf,-perfmon,-sys_admin", "--inh-caps", "-all"),
                "attach", "--cgroup", cgroup(), "--pin-dir", pins.toString());
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.errorLine()).contains("missing capability CAP_BPF, CAP_PERFMON");
        assertThat(pins).doesNotExist();
    }

    @Test
    void shouldNeedExactlyTheDocumentedCapabilities() {
        Cli.Result result = Cli.runUnder(List.of("setpriv", "--bounding-set", "-all,+bpf,+perfmon,+net_admin", "--inh-caps", "-all"),
                "attach", "--cgroup", cgroup(), "--pin-dir", pins.toString());
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
    }

    @Test
    void shouldLeaveAnotherBuildAloneThatItCannotReplace() {
        try (Accelerator old = Accelerator.openOrLoad(pins, Settings.DEFAULT, "an-older-build")) {
            old.attach(pod.cgroup());
            Cli.Result result = Cli.runUnder(List.of("setpriv", "--bounding-set", "-bpf,-perfmon,-sys_admin", "--inh-caps", "-all"),
                    "attach", "--cgroup", cgroup(), "--pin-dir", pins.toString(), "--upgrade");
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.errorLine()).contains("not upgraded, build an-older-build+").contains("missing capability CAP_BPF");
            assertThat(old.isPinned()).isTrue();
            assertThat(old.attachments()).singleElement().matches(attachment -> !attachment.detaching());
        }
    }

    @Test
    void shouldAttachNothingWhereItCannotServe() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Cli.Result result = sockway("run", "--cgroup", cgroup(), "--admin", "127.0.0.1:" + taken.getLocalPort());
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.errorLine()).contains("the address is in use");
            assertThat(pins).doesNotExist();
        }
    }

    @Test
    void shouldChangeNothingWhereAnotherServes() {
        try (Cli.Sidecar _ = sidecar(); Sandbox other = new Sandbox()) {
            Cli.Result result = sockway("run", "--cgroup", other.cgroup().toString(), "--exclude-ports", "5000", "--admin", "127.0.0.1:0");
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.errorLine()).contains("another 'sockway run' serves " + pins);
            assertThat(status().getAsJsonArray("attachments")).hasSize(1);
            assertThat(status().toString()).doesNotContain("5000");
        }
    }

    @Test
    void shouldAttachAllCgroupsOrNone() throws IOException {
        Path child = Files.createDirectory(pod.cgroup().resolve("child"));
        Cli.Result result = sockway("attach", "--cgroup", cgroup(), "--cgroup", child.toString());
        Files.delete(child);
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(pins).doesNotExist();
    }

    @Test
    void shouldTellARemovedCgroupFromTheOneThatTakesItsName() throws IOException {
        Path child = Files.createDirectory(pod.cgroup().resolve("child"));
        assertThat(sockway("attach", "--cgroup", child.toString()).exitCode()).isZero();
        Files.delete(child);
        Sandbox.eventually("its attachment is gone", () -> sockway("status").out().contains(child + "  gone: this cgroup was removed"));
        Files.createDirectory(child);
        assertThat(status().getAsJsonArray("attachments").get(0).getAsJsonObject().get("state").getAsString()).isEqualTo("gone");

        assertThat(sockway("attach", "--cgroup", child.toString()).out()).startsWith("attached " + child);
        assertThat(status().getAsJsonArray("attachments")).hasSize(1);
        assertThat(sockway("status").out()).contains(child + "  active since");
        assertThat(sockway("detach", "--cgroup", child.toString()).exitCode()).isZero();
        Files.delete(child);
        assertThat(pins).doesNotExist();
    }

    @Test
    void shouldRemoveWhatIsLeftOfPinsButNothingElse() throws IOException {
        assertThat(sockway("attach", "--cgroup", cgroup()).exitCode()).isZero();
        assertThat(Cli.runUnder(List.of("setpriv", "--reuid", "65534", "--clear-groups", "--inh-caps=-all,+dac_read_search",
                "--ambient-caps=-all,+dac_read_search"), "status", "--pin-dir", pins.toString()).errorLine())
                .contains("no permission on " + pins).contains("run as root");
        Files.delete(pins.resolve("maps/wakes"));
        assertThat(sockway("status").errorLine()).contains("not whole").contains("wakes").contains("detach --all");
        assertThat(sockway("detach", "--all").exitCode()).isZero();
        assertThat(pins).doesNotExist();
        assertThat(sockway("attach", "--cgroup", cgroup()).exitCode()).as("it is attached nowhere any more").isZero();
        assertThat(sockway("detach", "--all").exitCode()).isZero();

        Path others = Files.createDirectories(pins.resolve("others"));
        Files.createDirectory(pins.resolve("maps"));
        assertThat(sockway("detach", "--all").errorLine()).contains("nothing is attached under " + pins);
        Files.delete(others);
        assertThat(sockway("detach", "--all").out()).contains("removed what was left of pins in " + pins);
        assertThat(pins).doesNotExist();
    }

    @Test
    void shouldNameTheMissingBpffs() {
        Cli.Result result = Cli.runUnder(List.of("unshare", "--mount", "sh", "-c",
                "umount /sys/fs/bpf; exec setpriv --bounding-set -sys_admin --inh-caps -all \"$@\"", "sh"),
                "attach", "--cgroup", cgroup(), "--pin-dir", pins.toString());
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.errorLine()).contains("no bpffs for " + pins).contains("mount -t bpf");
    }

    @Test
    void shouldNameTheKernelThatIsTooOld() {
        Cli.Result result = Cli.runUnder(List.of("setarch", "--uname-2.6"), "attach", "--cgroup", cgroup(), "--pin-dir", pins.toString());
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.errorLine()).startsWith("sockway: kernel 2.6.").contains("too old").contains("plain TCP");
    }
}
