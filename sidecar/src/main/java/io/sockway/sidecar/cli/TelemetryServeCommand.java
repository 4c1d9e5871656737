package io.sockway.sidecar.cli;

import io.sockway.sidecar.Version;
import io.sockway.sidecar.admin.AdminServer;
import io.sockway.sidecar.telemetry.Telemetry;
import io.sockway.sidecar.telemetry.TelemetryMode;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sockway telemetry serve}. */
@Command(name = "serve", mixinStandardHelpOptions = true, description = {
    "Give the stats plugin to the Envoy beside this, and serve what it counts, until SIGTERM. Needs no BPF and no privilege.",
    "Its end, even by kill -9, changes nothing for Envoy, which goes on counting; the next one reads on."})
final class TelemetryServeCommand implements Callable<Integer> {
    @Mixin
    private TelemetryOptions options;

    @Option(names = "--admin", paramLabel = "HOST:PORT", defaultValue = "127.0.0.1:15900", converter = RunCommand.AddressConverter.class,
            description = "Where /metrics, /healthz, /readyz, /status, /telemetry, /telemetry/config and the live page are served; port 0 "
            + "takes a free one (default: ${DEFAULT-VALUE}).")
    private InetSocketAddress admin;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        CountDownLatch end = new CountDownLatch(1);
        AdminServer.requireFree(admin);
        try (Termination _ = new Termination(end::countDown);
                Telemetry telemetry = Telemetry.start(options.settings(TelemetryMode.PLUGIN), line -> Lines.say(out, line)).orElseThrow(
                        () -> new CommandFailedException("--telemetry off leaves nothing to serve"));
                AdminServer server = AdminServer.start(admin, Version.current(), telemetry)) {
            Lines.say(out, "admin http://%s/ (%s)".formatted(Lines.hostPort(server.address()), server.transport()));
            end.await();
            Lines.say(out, "ended: Envoy goes on counting");
        }
        return 0;
    }
}
