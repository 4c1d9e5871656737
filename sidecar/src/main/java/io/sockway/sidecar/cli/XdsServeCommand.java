package io.sockway.sidecar.cli;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code sockway xds serve}. Its members are of the JDK's and picocli's types only: picocli looks at every command at every start, and
 * what it sees here would be loaded by {@code sockway run} too.
 */
@Command(name = "serve", mixinStandardHelpOptions = true, description = {
    "Serve a mesh to Envoys over ADS and ECDS, from YAML files that may change at any time.",
    "A change takes effect within a second; files with an error are refused, and the mesh stays as it was."})
final class XdsServeCommand implements Callable<Integer> {
    @Option(names = "--config", paramLabel = "DIR", required = true, description = "Folder with the mesh's *.yaml, *.yml and "
            + "*.json.")
    private Path config;

    @Option(names = "--listen", paramLabel = "unix:PATH|HOST:PORT", arity = "1", description = "Where Envoys connect; port 0 takes a free "
            + "one. May be repeated (default: 127.0.0.1:15910).")
    private List<String> listen = List.of("127.0.0.1:15910");

    @ArgGroup(exclusive = false)
    private Tls tls;

    @Option(names = "--plaintext", description = "Serve TCP without TLS on addresses that other machines reach. Everybody who connects "
            + "gets all configuration, private keys too.")
    private boolean plaintext;

    @Option(names = "--drain-time", paramLabel = "TIME", defaultValue = "10m", converter = DurationConverter.class,
            description = "How long the Envoys let connections of a replaced or removed listener end, as --drain-time-s tells Envoy: "
            + "clusters that nothing refers to any more stay with them so long (default: ${DEFAULT-VALUE}, Envoy's).")
    private Duration drainTime;

    @Option(names = "--admin", paramLabel = "HOST:PORT", converter = RunCommand.AddressConverter.class,
            description = "Serve /status, /metrics, /healthz and /readyz there; port 0 takes a free one (default: not served).")
    private InetSocketAddress admin;

    @Spec
    private CommandSpec spec;

    /** Given together or not at all. */
    static final class Tls {
        @Option(names = "--tls-certificate", paramLabel = "FILE", required = true,
                description = "Certificate chain of this server for TCP, PEM. Envoys have to show one too. Read again when it changes.")
        private Path certificate;

        @Option(names = "--tls-key", paramLabel = "FILE", required = true, description = "Its private key, PKCS #8 PEM.")
        private Path key;

        @Option(names = "--tls-client-ca", paramLabel = "FILE", required = true,
                description = "Authorities that sign the certificates of Envoys, PEM.")
        private Path authority;

        @Option(names = "--tls-any-node", description = "Let an Envoy with a trusted certificate call itself as it likes. Otherwise the "
                + "certificate has to cover its node.id, and its node.cluster where files name that.")
        private boolean anyNode;

        boolean anyNode() {
            return anyNode;
        }

        Path certificate() {
            return certificate;
        }

        Path key() {
            return key;
        }

        Path authority() {
            return authority;
        }
    }

    @Override
    public Integer call() throws InterruptedException {
        XdsServing serving;
        try {
            serving = new XdsServing(config, listen, tls, plaintext, drainTime, admin, spec.commandLine().getOut(),
                    spec.commandLine().getErr());
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        return serving.run();
    }
}
