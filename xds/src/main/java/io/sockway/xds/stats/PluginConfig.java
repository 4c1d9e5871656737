package io.sockway.xds.stats;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What the plugin is told: one for the filters of inbound listeners, one for those of outbound listeners. Equal ones have equal JSON.
 * Immutable.
 */
public final class PluginConfig {
    /** Which end of a request an Envoy's listener reports as. */
    public enum Reporter {
        /** Outbound: the peer is who is called. */
        SOURCE("source"),
        /** Inbound: the peer is who calls. */
        DESTINATION("destination");

        private final String text;

        Reporter(String text) {
            this.text = text;
        }

        /** The label's value. */
        public String text() {
            return text;
        }
    }

    /**
     * A service as metrics name it.
     *
     * @param host destination_service, like {@code reviews.default.svc.cluster.local}
     * @param name destination_service_name, like {@code reviews}
     */
    public record Service(String host, String name) {
        /**
         * Checks the parts.
         *
         * @throws IllegalArgumentException if one has NUL or more than 255 bytes of UTF-8
         */
        public Service {
            requireText("host", host);
            requireText("name", name);
        }
    }

    private static final Pattern IP = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:.]*");
    private static final int FOLDER_LIMIT = 200;
    private static final int TEXT_LIMIT = 255;

    private final Path folder;
    private final Reporter reporter;
    private final Workload node;
    private final LabelProfile profile;
    private final Service service;
    private final SortedMap<String, Workload> peers;
    private final SortedMap<String, Service> services;
    private final int maxSeries;
    private final Duration idle;
    private final boolean hostHeader;

    private PluginConfig(Builder from) {
        folder = from.folder;
        reporter = from.reporter;
        node = from.node;
        profile = from.profile;
        service = from.service;
        peers = new TreeMap<>(from.peers);
        services = new TreeMap<>(from.services);
        maxSeries = from.maxSeries;
        idle = from.idle;
        hostHeader = from.hostHeader;
    }

    /**
     * Begins a configuration.
     *
     * @param folder absolute; where the plugin puts its slab, and where {@link SlabReader} looks
     * @param node the workload that the Envoy belongs to
     * @throws IllegalArgumentException if the folder's path is not absolute or has more than 200 bytes
     */
    public static Builder builder(Path folder, Reporter reporter, Workload node) {
        return new Builder(folder, reporter, node);
    }

    /** The labels of the metrics; {@link IstioMetrics} has to be given the same. */
    public LabelProfile profile() {
        return profile;
    }

    /** The filter's configuration: the JSON form of a {@code google.protobuf.Struct}. Keys are sorted. */
    public String json() {
        SortedMap<String, Object> all = new TreeMap<>();
        all.put("folder", folder.toString());
        all.put("reporter", reporter.text());
        all.put("node", node.text());
        all.put("labels", profile.labels());
        all.put("max_series", maxSeries);
        all.put("idle_seconds", idle.toSeconds());
        if (hostHeader) {
            all.put("host_header", true);
        }
        if (service != null) {
            all.put("service", service);
        }
        if (!peers.isEmpty()) {
            all.put("peers", peers);
        }
        if (!services.isEmpty()) {
            all.put("services", services);
        }
        StringBuilder text = new StringBuilder(100 * (peers.size() + services.size()) + 1000);
        JsonText.object(text, all, PluginConfig::append);
        return text.toString();
    }

    private static void append(StringBuilder to, Object value) {
        switch (value) {
            case Label label -> JsonText.string(to, label.text());
            case Workload workload -> JsonText.string(to, workload.text());
            case Service service -> JsonText.object(to, new TreeMap<>(Map.of("host", service.host(), "name", service.name())),
                    JsonText::string);
            case String text -> JsonText.string(to, text);
            case Map<?, ?> map -> {
                SortedMap<String, Object> members = new TreeMap<>();
                map.forEach((key, member) -> members.put((String) key, member));
                JsonText.object(to, members, PluginConfig::append);
            }
            case Iterable<?> list -> {
                to.append('[');
                String separator = "";
                for (Object element : list) {
                    to.append(separator);
                    append(to, element);
                    separator = ",";
                }
                to.append(']');
            }
            default -> to.append(value);
        }
    }

    private static void requireText(String what, String text) {
        if (text.indexOf('\0') >= 0 || JsonText.utf8Length(text) > TEXT_LIMIT) {
            throw new IllegalArgumentException(what + " is not fit for a label: \"" + text + "\"");
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PluginConfig config && json().equals(config.json()) && profile.name().equals(config.profile.name());
    }

    @Override
    public int hashCode() {
        return json().hashCode();
    }

    @Override
    public String toString() {
        return json();
    }

    /** Collects a configuration. Not safe for use by several threads. */
    public static final class Builder {
        private final Path folder;
        private final Reporter reporter;
        private final Workload node;
        private final SortedMap<String, Workload> peers = new TreeMap<>();
        private final SortedMap<String, Service> services = new TreeMap<>();
        private LabelProfile profile = LabelProfile.DASHBOARD;
        private Service service;
        private int maxSeries = 1000;
        private Duration idle = Duration.ofMinutes(10);
        private boolean hostHeader;

        private Builder(Path folder, Reporter reporter, Workload node) {
            if (!folder.isAbsolute() || JsonText.utf8Length(folder.toString()) > FOLDER_LIMIT) {
                throw new IllegalArgumentException("folder is no absolute path of at most %d bytes: %s".formatted(FOLDER_LIMIT, folder));
            }
            this.folder = folder;
            this.reporter = Objects.requireNonNull(reporter);
            this.node = Objects.requireNonNull(node);
        }

        /** Sets the labels of the metrics; {@link LabelProfile#DASHBOARD} unless called. */
        public Builder profile(LabelProfile to) {
            profile = to;
            return this;
        }

        /**
         * Says who has an IP address.
         *
         * @param ip without brackets or port
         * @throws IllegalArgumentException if it is no IP address
         */
        public Builder peer(String ip, Workload workload) {
            if (!IP.matcher(ip).matches()) {
                throw new IllegalArgumentException("no IP address: \"" + ip + "\"");
            }
            peers.put(ip, workload);
            return this;
        }

        /**
         * Says whose service the node itself is: what comes in is for it, unless the cluster stands for another. Without it, that is the
         * node's canonical service.
         */
        public Builder ownService(Service own) {
            service = own;
            return this;
        }

        /** Says which service a cluster of Envoy's stands for; not needed for names like {@code outbound|80||HOST}. */
        public Builder service(String cluster, Service service) {
            services.put(cluster, service);
            return this;
        }

        /**
         * Sets how many series a worker may have before others are counted together; 1,000 unless called. Each takes 4 KiB,
         * and while its labels are longer together than 736 bytes, 4 or 8 KiB more.
         *
         * @throws IllegalArgumentException if not from 16 to 65,536
         */
        public Builder maxSeries(int to) {
            if (to < 16 || to > 65_536) {
                throw new IllegalArgumentException("max series not from 16 to 65536: " + to);
            }
            maxSeries = to;
            return this;
        }

        /**
         * Sets after how long without a change a series may make room for another; 10 minutes unless called. Readers have to read more
         * often.
         *
         * @throws IllegalArgumentException if not from one minute to a day
         */
        public Builder idle(Duration to) {
            if (to.toSeconds() < 60 || to.toSeconds() > 86_400) {
                throw new IllegalArgumentException("idle time not from 60 to 86400 s: " + to.toSeconds());
            }
            idle = to;
            return this;
        }

        /** Sets whether the Host of a request is its service when nothing else says so. Clients choose it: off unless called. */
        public Builder hostHeader(boolean to) {
            hostHeader = to;
            return this;
        }

        /** Makes the configuration. */
        public PluginConfig build() {
            return new PluginConfig(this);
        }
    }
}
