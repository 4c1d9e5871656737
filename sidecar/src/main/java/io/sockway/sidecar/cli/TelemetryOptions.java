package io.sockway.sidecar.cli;

import io.sockway.sidecar.telemetry.NodeIdentity;
import io.sockway.sidecar.telemetry.TelemetryException;
import io.sockway.sidecar.telemetry.TelemetryMode;
import io.sockway.sidecar.telemetry.TelemetrySettings;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/**
 * How requests are counted, as {@code run} and the commands under {@code telemetry} are told. Its members are of the JDK's, picocli's and
 * plain types only, for the reason that {@link XdsServeCommand} has.
 */
final class TelemetryOptions {
    @Option(names = "--telemetry", paramLabel = "off|plugin|logger",
            description = "How requests are counted: by the stats plugin in "
            + "Envoy, which this serves to it and reads, or by Envoy's own stats access logger (default: off; plugin for the commands "
            + "under 'telemetry').")
    private TelemetryMode mode;

    @Option(names = "--telemetry-dir", paramLabel = "DIR", defaultValue = "/var/run/sockway",
            description = "Folder that Envoy sees under the same path and can write: for the plugin, the socket that Envoy asks at, and "
            + "what it counts, 4 KiB a series and worker (default: ${DEFAULT-VALUE}).")
    private Path folder;

    @Option(names = "--telemetry-profile", paramLabel = "dashboard|istio|FILE", defaultValue = "dashboard",
            description = "Labels: the 11 that Istio's Grafana dashboards query, all 25 of Istio, or as a YAML file says for each metric "
            + "(default: ${DEFAULT-VALUE}).")
    private String profile;

    @Option(names = "--telemetry-max-series", paramLabel = "N", defaultValue = "1000", description = "Sets of labels that each worker of "
            + "Envoy may have; what comes beyond is counted together, under the labels 'overflow' (default: ${DEFAULT-VALUE}).")
    private int maxSeries;

    @Option(names = "--telemetry-idle", paramLabel = "TIME", defaultValue = "10m", converter = DurationConverter.class,
            description = "After how long without a request a set of labels may make room for another (default: ${DEFAULT-VALUE}).")
    private Duration idle;

    @Option(names = "--node-identity", paramLabel = "KEY=VALUE,...", converter = IdentityConverter.class,
            description = "Whose Envoy it is: workload, namespace, app, version, canonical-service, canonical-revision, cluster, "
            + "service (the host of the service that leads to it). What is not "
            + "given is taken from ISTIO_META_WORKLOAD_NAME, POD_NAMESPACE, ISTIO_META_CLUSTER_ID, CANONICAL_SERVICE and "
            + "CANONICAL_REVISION in the environment, from --pod-labels, and from what Envoy says of itself.")
    private NodeIdentity identity = NodeIdentity.UNKNOWN;

    @Option(names = "--pod-labels", paramLabel = "FILE", defaultValue = "/etc/istio/pod/labels",
            description = "The pod's labels as the downward API writes them (default: ${DEFAULT-VALUE}, if it is there).")
    private Path podLabels;

    @Option(names = "--peers", paramLabel = "FILE|kubernetes",
            description = "Who is behind an address: a YAML file, or the cluster's Pods.")
    private String peers;

    @Option(names = "--envoy-admin", paramLabel = "HOST:PORT", converter = RunCommand.AddressConverter.class,
            description = "Envoy's admin server, which is asked for the services of inbound clusters (default: 127.0.0.1:15000 where Envoy "
            + "is Istio's, otherwise none).")
    private InetSocketAddress envoyAdmin;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    /**
     * What was asked for.
     *
     * @param otherwise what {@code --telemetry} is without being given
     * @throws ParameterException when a value cannot be right
     */
    TelemetrySettings settings(TelemetryMode otherwise) {
        NodeIdentity whole = identity.or(NodeIdentity.ofPod(System.getenv(), podLabels));
        try {
            return new TelemetrySettings(mode == null ? otherwise : mode, folder, profile, maxSeries, idle, whole,
                    Optional.ofNullable(peers), Optional.ofNullable(envoyAdmin));
        } catch (TelemetryException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    /** Whether anything is to be counted. */
    boolean on(TelemetryMode otherwise) {
        return (mode == null ? otherwise : mode) != TelemetryMode.OFF;
    }

    static final class IdentityConverter implements ITypeConverter<NodeIdentity> {
        @Override
        public NodeIdentity convert(String value) {
            try {
                return NodeIdentity.parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
