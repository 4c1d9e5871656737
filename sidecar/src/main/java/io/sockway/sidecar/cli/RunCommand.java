package io.sockway.sidecar.cli;

import io.sockway.bpf.Bpffs;
import io.sockway.sidecar.admin.AdminServer;
import io.sockway.sockops.Accelerator;
import io.sockway.sockops.Enroller;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
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
    "Its end, even by kill -9, changes nothing for the connections that are there; what is pinned stays for the next run."})
final class RunCommand implements Callable<Integer> {
    @Mixin
    private AttachOptions options;

    @Option(names = "--adopt", description = "Serve only what 'sockway attach' has pinned, which needs permission on the pins and no "
            + "capability; where nothing is, say so and wait for it.")
    private boolean adopt;

    @Option(names = "--admin", paramLabel = "HOST:PORT", defaultValue = "127.0.0.1:15900", converter = AddressConverter.class,
            description = "Where /metrics, /healthz, /readyz, /status, /flows and the live page are served; port 0 takes a free one "
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
        try (Accelerator accelerator = adopt ? Adoption.await(options.pins(), out) : options.attach(out)) {
            if (accelerator == null) {
                return 0;
            }
            Bpffs.Lock claim = accelerator.claim().orElseThrow(() -> new CommandFailedException("another 'sockway run' serves "
                    + accelerator.pinDir() + ": end that one first, or use another --pin-dir"));
            try (claim; Enroller enroller = new Enroller(accelerator, new Notices(accelerator, out));
                    LiveAnnotations _ = LiveAnnotations.follow(options.annotations(), accelerator, out);
                    Termination termination = new Termination(enroller::close)) {
                out.printf("enrolling, %d ms after exec%n", Exec.elapsed().toMillis());
                out.flush();
                try (AdminServer server = AdminServer.start(admin, new LiveSource(accelerator, enroller))) {
                    out.printf("admin http://%s/ (%s)%n", hostPort(server.address()), server.transport());
                    out.flush();
                    enroller.awaitEnd();
                }
                if (enroller.failure() != null) {
                    throw enroller.failure();
                }
                out.println(termination.requested() ? "ended: what is pinned stays" : "ended: the pins were removed by a detach");
                out.flush();
            }
        }
        return 0;
    }

    private static String hostPort(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    static final class AddressConverter implements ITypeConverter<InetSocketAddress> {
        @Override
        public InetSocketAddress convert(String value) {
            int colon = value.lastIndexOf(':');
            try {
                String host = value.substring(0, colon).replaceAll("^\\[|]$", "");
                return new InetSocketAddress(host.isEmpty() ? "0.0.0.0" : host, Integer.parseInt(value.substring(colon + 1)));
            } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
                throw new TypeConversionException("'" + value + "' is not HOST:PORT, for example 127.0.0.1:15900");
            }
        }
    }
}
