package io.sockway.sidecar.telemetry;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.sockway.xds.discovery.DiscoveryEvents;
import io.sockway.xds.discovery.EnvoyNode;
import io.sockway.xds.discovery.ResourceType;
import io.sockway.xds.ecds.EcdsServer;
import io.sockway.xds.peers.PeerListener;
import io.sockway.xds.peers.PeerTable;
import io.sockway.xds.server.ListenAddress;
import io.sockway.xds.server.XdsServerException;
import io.sockway.xds.stats.IstioMetrics;
import io.sockway.xds.stats.LabelProfile;
import io.sockway.xds.stats.SlabReader;
import io.sockway.xds.stats.StatsPlugin;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/** The stats plugin: given to Envoys over ECDS, and read from the slabs that they make in the shared folder. */
final class PluginTelemetry implements Telemetry, DiscoveryEvents, PeerListener {
    /** Well below the shortest idle time: what a series gets between two reads is known when it is evicted. */
    private static final Duration READ_EVERY = Duration.ofSeconds(5);
    /** How long Envoys wait for a configuration until the peers are known. */
    private static final Duration PEERS_PATIENCE = Duration.ofSeconds(5);
    /** With many peers a configuration is large, and every change of a peer makes a new one. */
    private static final Duration PUBLISH_EVERY = Duration.ofMillis(500);

    /** After a rejection: doubled each time. */
    private static final long FIRST_RETRY_SECONDS = 15;
    private static final long LONGEST_RETRY_SECONDS = 600;

    private final TelemetrySettings settings;
    private final LabelProfile profile;
    private final SharedFolder folder;
    private final Consumer<String> say;
    private final Map<EnvoyNode, Integer> streams = new HashMap<>();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("sockway-telemetry").daemon().factory());
    private final Pacer publishing = new Pacer(timer, PUBLISH_EVERY, this::publish, this::unpublished);
    private final InboundClusters clusters;
    private Path module;
    private EcdsServer server;
    private SlabReader reader;
    private AutoCloseable peerSource;
    private String istioVersion = "";
    private String shownVersion = "";
    private IstioMetrics metrics;
    private volatile PeerTable peers = PeerTable.EMPTY;
    private volatile String trouble = "";
    private volatile String readFailure = "";
    private final long began = System.currentTimeMillis();
    private int attempts;
    private boolean retrying;
    private volatile boolean published;
    /** Whether some Envoy was given the plugin, and so needs what is in the folder. */
    private volatile boolean given;

    private PluginTelemetry(TelemetrySettings settings, LabelProfile profile, Consumer<String> say) {
        this.settings = settings;
        this.profile = profile;
        this.folder = new SharedFolder(settings.folder());
        this.say = say;
        this.clusters = new InboundClusters(settings.envoyAdmin(), timer, this::publishAgain);
    }

    static PluginTelemetry open(TelemetrySettings settings, Consumer<String> say) {
        LabelProfile profile = ProfileFile.read(settings.profile());
        Peers.Source peers = Peers.of(settings);
        StatsPlugin plugin;
        try {
            plugin = StatsPlugin.bundled();
        } catch (IOException e) {
            throw new TelemetryException(e.getMessage(), e);
        }
        PluginTelemetry telemetry = new PluginTelemetry(settings, profile, say);
        try {
            telemetry.begin(plugin, peers);
            return telemetry;
        } catch (XdsServerException e) {
            telemetry.close();
            throw new TelemetryException(e.getMessage(), e);
        } catch (RuntimeException | OutOfMemoryError e) {
            telemetry.close();
            throw e;
        }
    }

    private void begin(StatsPlugin plugin, Peers.Source source) {
        folder.make();
        // Whoever serves the socket owns the slabs: another process that does is found out here.
        server = EcdsServer.start(new ListenAddress.UnixSocket(settings.socket()), Optional.empty(), PluginConfigs.NONE, this);
        folder.admitTo(settings.socket());
        module = folder.install(plugin);
        reader = SlabReader.owner(settings.folder());
        metrics = new IstioMetrics(reader, profile, "");
        read();
        say.accept("telemetry unix:%s (%s), plugin %s for %s%s".formatted(settings.socket(), server.transport(), module.getFileName(),
                settings.identity().equals(NodeIdentity.UNKNOWN) ? "whom Envoy says it is" : settings.identity(),
                profile.name().equals("dashboard") ? "" : ", labels " + profile.name()));
        peerSource = source.open(this);
        if (settings.peers().isPresent()) {
            timer.schedule(publishing::request, PEERS_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } else {
            publish();
        }
        timer.scheduleWithFixedDelay(this::read, READ_EVERY.toMillis(), READ_EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    private Function<EnvoyNode, List<TypedExtensionConfig>> configs() {
        PluginConfigs configs = new PluginConfigs(settings, profile, module,
                StatsPlugin.FILTER_NAME + "-" + Long.toString(began, Character.MAX_RADIX) + "-" + attempts, peers,
                clusters.services());
        return node -> {
            keepSlabs();
            return configs.apply(node);
        };
    }

    /** An Envoy that is given the plugin removes the slabs of dead ones. */
    private void keepSlabs() {
        try {
            reader.discover();
        } catch (IOException e) {
            readFailure = failure(e);
        }
    }

    private String failure(Throwable cause) {
        return "cannot read " + settings.folder() + ": " + cause.getMessage();
    }

    private void read() {
        try {
            reader.refresh();
            readFailure = Files.exists(settings.socket()) ? ""
                    : settings.socket() + " was removed, so that no Envoy can ask for the plugin: start this process again";
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            // Otherwise the timer would not come here again.
            readFailure = failure(e);
        }
    }

    private synchronized void publish() {
        published = true;
        server.publish(configs());
    }

    /** Before the first time, what is known by then is published with the peers. */
    private void publishAgain() {
        if (published) {
            publishing.request();
        }
    }

    private void unpublished(RuntimeException cause) {
        say.accept("telemetry: Envoys keep what they have, since a new configuration could not be published: " + cause
                + "; trying again");
        retryLater();
    }

    @Override
    public void changed(PeerTable table, PeerTable.Changes changes, Duration age) {
        peers = table;
        trouble = "";
        publishing.request();
    }

    @Override
    public void troubled(String reason) {
        if (!reason.equals(trouble)) {
            trouble = reason;
            say.accept("peers: " + reason);
        }
    }

    @Override
    public void recovered() {
        trouble = "";
        say.accept("peers: readable again");
    }

    /** Each filter has a stream of its own: the first tells. */
    @Override
    public void connected(EnvoyNode node) {
        given |= StatsPlugin.supports(node.version());
        learn(node.metadata().getOrDefault("ISTIO_VERSION", ""));
        if (opened(node) == 1) {
            clusters.connected(node);
            String version = node.version().isEmpty() ? "of a version that it does not tell" : node.version();
            say.accept("connected %s (Envoy %s)%s".formatted(node.id(), version, StatsPlugin.supports(node.version()) ? ""
                    : ": the plugin was not tried with it, so it gets none and is not counted"));
        }
    }

    private synchronized int opened(EnvoyNode node) {
        return streams.merge(node, 1, Integer::sum);
    }

    private synchronized boolean closed(EnvoyNode node) {
        return streams.merge(node, -1, (before, change) -> before + change == 0 ? null : before + change) == null;
    }

    private synchronized void learn(String version) {
        istioVersion = version.isEmpty() ? istioVersion : version;
    }

    @Override
    public void disconnected(EnvoyNode node) {
        if (closed(node)) {
            say.accept("disconnected " + node.id());
        }
    }

    @Override
    public void rejected(EnvoyNode node, ResourceType type, String version, String words) {
        say.accept("rejected by %s: %s: %s".formatted(node.id(), version, words));
        retryLater();
    }

    private synchronized void retryLater() {
        if (!retrying && !timer.isShutdown()) {
            retrying = true;
            timer.schedule(this::retry, Math.min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS << Math.min(attempts, 16)), TimeUnit.SECONDS);
        }
    }

    /** What stood in the way, for example the folder's permissions, may be put right by now. */
    private synchronized void retry() {
        retrying = false;
        attempts++;
        publishing.request();
    }

    private ConnectedEnvoys envoys() {
        return ConnectedEnvoys.of(server.streams());
    }

    @Override
    public JsonObject status() {
        JsonObject status = new JsonObject();
        status.addProperty("mode", "plugin");
        status.addProperty("folder", settings.folder().toString());
        status.addProperty("plugin", module.getFileName().toString());
        status.addProperty("profile", profile.name());
        status.addProperty("identity", settings.identity().toString());
        status.addProperty("peers", peers.workloads().size());
        status.addProperty("peersTrouble", trouble);
        status.add("envoys", envoys().json());
        status.addProperty("rejections", server.totals().rejections());
        SlabReader.Status counts = reader.status();
        status.addProperty("slabs", counts.slabs());
        status.addProperty("series", counts.series());
        status.addProperty("maxSeries", settings.maxSeries());
        status.addProperty("overflows", counts.overflows());
        status.addProperty("oversized", counts.oversized());
        status.addProperty("unroomed", counts.unroomed());
        status.addProperty("evictions", counts.evictions());
        status.addProperty("forgotten", counts.forgotten());
        JsonArray problems = new JsonArray();
        counts.problems().forEach(problems::add);
        if (!readFailure.isEmpty()) {
            problems.add(readFailure);
        }
        status.add("problems", problems);
        JsonArray notes = new JsonArray();
        TelemetryNotes.lines(status).forEach(notes::add);
        status.add("notes", notes);
        return status;
    }

    @Override
    public JsonObject traffic() {
        try {
            reader.refresh();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        JsonObject traffic = Traffic.of(reader);
        traffic.add("telemetry", status());
        return traffic;
    }

    @Override
    public String configuration() {
        return EnvoyFragments.yaml(settings, FragmentFormat.ISTIO, IstioTarget.ALL, Duration.ZERO);
    }

    @Override
    public Figures figures() {
        ConnectedEnvoys envoys = envoys();
        return new Figures(envoys.count(), envoys.unsupported(), envoys.rejecting(), server.totals().rejections(),
                peers.workloads().size());
    }

    @Override
    public void writeMetrics(OutputStream out, boolean openMetrics) throws IOException {
        IstioMetrics now;
        synchronized (this) {
            if (!istioVersion.equals(shownVersion)) {
                shownVersion = istioVersion;
                metrics = new IstioMetrics(reader, profile, istioVersion);
            }
            now = metrics;
        }
        now.write(out, openMetrics ? IstioMetrics.Format.OPENMETRICS : IstioMetrics.Format.PROMETHEUS);
    }

    @Override
    public boolean ready() {
        return readFailure.isEmpty();
    }

    @Override
    public String readiness() {
        return ready() ? "Envoys can ask for the plugin" : readFailure;
    }

    /** Also takes back what it made in the folder, if nobody needs it: so nothing is left of a start that came to nothing. */
    @Override
    public void close() {
        if (timer.isShutdown()) {
            return;
        }
        timer.shutdownNow();
        try {
            if (peerSource != null) {
                peerSource.close();
            }
            // Before the socket is given up: then another process may use the folder.
            discardUnused();
            if (server != null) {
                server.close();
            }
            if (reader != null) {
                reader.close();
            }
            discardUnused();
        } catch (Exception e) {
            say.accept("telemetry: " + e.getMessage());
        }
    }

    private void discardUnused() {
        if (!given) {
            folder.discard();
        }
    }
}
