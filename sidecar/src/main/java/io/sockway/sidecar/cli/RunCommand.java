package io.sockway.sidecar.cli;

import io.sockway.bpf.Bpffs;
import io.sockway.bpf.OwnProcess;
import io.sockway.sidecar.admin.AdminServer;
import io.sockway.sidecar.telemetry.Telemetry;
import io.sockway.sidecar.telemetry.TelemetryMode;
import io.sockway.sockops.Accelerator;
import io.sockway.sockops.Enroller;
import io.sockway.xds.transport.Transport;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code sockway run}. */
@Command(name = "run", mixinStandardHelpOptions = true, description = {
    "Attach, or adopt what is pinned, and stay: enrol connections and serve metrics and a live page until SIGTERM.",
    "Its end, even by kill -9, changes nothing for the connections that are there; what is pinned stays for the next run, with its "
    + "settings: only those that options name change."})
final class RunCommand implements Callable<Integer> {
    /** When all that only a start needs has been done; what is needed later now and then is given back too, ever more rarely, */
    private static final Duration STARTED = Duration.ofSeconds(10);
    /** at last as often as this. */
    private static final Duration RAREST = Duration.ofMinutes(10);

    @Mixin
    private AttachOptions options;

    @Option(names = "--adopt", description = "Serve only what 'sockway attach' has pinned, which needs permission on the pins and no "
            + "capability; where nothing is, say so and wait for it.")
    private boolean adopt;

    @Mixin
    private TelemetryOptions telemetryOptions;

    @Option(names = "--admin", paramLabel = "HOST:PORT", defaultValue = "127.0.0.1:15900", converter = AddressConverter.class,
            description = "Where /metrics, /healthz, /readyz, /status, /flows, with telemetry /telemetry and /telemetry/config, and the "
            + "live page are served; port 0 takes a free one "
            + "(default: ${DEFAULT-VALUE}).")
    private InetSocketAddress admin;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        if (adopt && options.namesCgroups()) {
            throw new ParameterException(spec.commandLine(), "--adopt attaches nothing: leave --cgroup away");
        }
        if (adopt) {
            // Sidecars of all pods share a user: where one sees the others' processes, their pins must stay out of its reach.
            OwnProcess.closeToItsUser();
        }
        requirePlace();
        if (!telemetryOptions.on(TelemetryMode.OFF)) {
            return run(out, Optional.empty());
        }
        // First, since what it may complain of is found before anything is attached.
        try (Telemetry telemetry = Telemetry.start(telemetryOptions.settings(TelemetryMode.OFF), line -> Lines.say(out, line))
                .orElseThrow()) {
            return run(out, Optional.of(telemetry));
        }
    }

    /** What would end this command once it has changed something. */
    private void requirePlace() {
        AdminServer.requireFree(admin);
        if (!adopt && !options.upgrades()) {
            try (Accelerator there = Accelerator.open(options.pins().pinDir()).orElse(null)) {
                if (there != null && there.isServed()) {
                    throw served(there);
                }
            }
        }
    }

    private static CommandFailedException served(Accelerator accelerator) {
        return new CommandFailedException("another 'sockway run' serves " + accelerator.pinDir()
                + ": end that one first, or use another --pin-dir");
    }

    private int run(PrintWriter out, Optional<Telemetry> telemetry) throws InterruptedException {
        try (Accelerator accelerator = adopt ? Adoption.await(options.pins(), out) : options.attach(out)) {
            if (accelerator == null) {
                return 0;
            }
            Bpffs.Lock claim = accelerator.claim().orElseThrow(() -> served(accelerator));
            try (claim; Enroller enroller = new Enroller(accelerator, new Notices(accelerator, out));
                    Termination termination = new Termination(enroller::close)) {
                LiveAnnotations annotations = LiveAnnotations.follow(options.annotations(), accelerator, enroller, out);
                Lines.say(out, "enrolling, %d ms after exec".formatted(Exec.elapsed().toMillis()));
                // The end of the termination is the end of the process, so telemetry has to end before.
                try (Telemetry _ = telemetry.orElse(null);
                        AdminServer server = AdminServer.start(admin, new LiveSource(accelerator, enroller, annotations), telemetry,
                                adopt ? Transport.IN_PODS : Transport.PREFERRED)) {
                    Lines.say(out, "admin http://%s/ (%s)".formatted(Lines.hostPort(server.address()), server.transport()));
                    Duration pause = STARTED;
                    while (!enroller.awaitEnd(pause)) {
                        OwnProcess.returnMemory();
                        pause = pause.compareTo(RAREST) < 0 ? pause.multipliedBy(2) : RAREST;
                    }
                }
                if (enroller.failure() != null) {
                    throw enroller.failure();
                }
                Lines.say(out, termination.requested() ? "ended: what is pinned stays"
                        : "ended: the pins are gone, connections go on by TCP");
            }
        }
        return 0;
    }

    static final class AddressConverter implements ITypeConverter<InetSocketAddress> {
        @Override
        public InetSocketAddress convert(String value) {
            int colon = value.lastIndexOf(':');
            InetSocketAddress address;
            try {
                String host = value.substring(0, colon).replaceAll("^\\[|]$", "");
                address = new InetSocketAddress(host.isEmpty() ? "0.0.0.0" : host, Integer.parseInt(value.substring(colon + 1)));
            } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
                throw new TypeConversionException("'" + value + "' is not HOST:PORT, for example 127.0.0.1:15900");
            }
            if (address.isUnresolved()) {
                throw new TypeConversionException("the host of '" + value + "' is not known");
            }
            return address;
        }
    }
}
