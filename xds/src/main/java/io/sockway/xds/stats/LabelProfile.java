package io.sockway.xds.stats;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which labels each metric has. Fewer labels make fewer series: the plugin tells series apart only by labels that some metric has.
 * Immutable.
 */
public final class LabelProfile {
    /**
     * The labels that Istio's own Grafana dashboards ask for: eight that their panels show, and three more that they choose by, of which
     * {@code destination_principal} tells whether a call that a workload makes is secured.
     */
    public static final LabelProfile DASHBOARD = uniform("dashboard", EnumSet.of(Label.REPORTER, Label.SOURCE_WORKLOAD,
            Label.SOURCE_WORKLOAD_NAMESPACE, Label.DESTINATION_WORKLOAD, Label.DESTINATION_WORKLOAD_NAMESPACE, Label.DESTINATION_SERVICE,
            Label.RESPONSE_CODE, Label.CONNECTION_SECURITY_POLICY, Label.DESTINATION_PRINCIPAL, Label.SOURCE_CLUSTER,
            Label.DESTINATION_CLUSTER));

    /** All labels that Istio's metrics have. */
    public static final LabelProfile ISTIO = uniform("istio", EnumSet.allOf(Label.class));

    private final String name;
    private final Map<Metric, Set<Label>> labels;

    private LabelProfile(String name, Map<Metric, Set<Label>> labels) {
        this.name = name;
        this.labels = labels;
    }

    /** The profile of this name: {@code dashboard} or {@code istio}. */
    public static Optional<LabelProfile> of(String name) {
        return switch (name) {
            case "dashboard" -> Optional.of(DASHBOARD);
            case "istio" -> Optional.of(ISTIO);
            default -> Optional.empty();
        };
    }

    /**
     * This profile with other labels for one metric.
     *
     * @throws IllegalArgumentException if the metric cannot have one of them
     */
    public LabelProfile with(Metric metric, Set<Label> other) {
        EnumSet<Label> chosen = EnumSet.of(Label.REPORTER);
        chosen.addAll(other);
        if (!metric.labels().containsAll(chosen)) {
            chosen.removeAll(metric.labels());
            throw new IllegalArgumentException(metric.text() + " has no label " + chosen.iterator().next().text());
        }
        Map<Metric, Set<Label>> all = new EnumMap<>(labels);
        all.put(metric, chosen);
        return new LabelProfile("custom", all);
    }

    /** {@code dashboard}, {@code istio} or {@code custom}. */
    public String name() {
        return name;
    }

    /** The labels of a metric. */
    public Set<Label> labels(Metric metric) {
        return EnumSet.copyOf(labels.get(metric));
    }

    /** The labels that some metric has. */
    public Set<Label> labels() {
        EnumSet<Label> all = EnumSet.noneOf(Label.class);
        labels.values().forEach(all::addAll);
        return all;
    }

    private static LabelProfile uniform(String name, Set<Label> labels) {
        Map<Metric, Set<Label>> all = new EnumMap<>(Metric.class);
        for (Metric metric : Metric.values()) {
            Set<Label> chosen = metric.labels();
            chosen.retainAll(labels);
            all.put(metric, chosen);
        }
        return new LabelProfile(name, all);
    }
}
