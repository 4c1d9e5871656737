package io.sockway.sidecar.telemetry;

import io.sockway.xds.stats.Label;
import io.sockway.xds.stats.LabelProfile;
import io.sockway.xds.stats.Metric;
import io.sockway.xds.yaml.NearMiss;
import io.sockway.xds.yaml.Problem;
import io.sockway.xds.yaml.Problems;
import io.sockway.xds.yaml.YamlTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which labels each metric has, from a file:
 *
 * <pre>
 * base: dashboard                # or istio; dashboard if absent
 * metrics:
 *   istio_request_bytes: [source_workload, destination_workload]
 * </pre>
 */
final class ProfileFile {
    private static final Set<String> METRICS = Stream.of(Metric.values()).map(Metric::text).collect(Collectors.toCollection(TreeSet::new));
    private static final Set<String> LABELS = Stream.of(Label.values()).map(Label::text).collect(Collectors.toCollection(TreeSet::new));

    private ProfileFile() {
    }

    /** The profile of that name or in that file. */
    static LabelProfile read(String nameOrFile) {
        Optional<LabelProfile> known = LabelProfile.of(nameOrFile);
        if (known.isPresent()) {
            return known.get();
        }
        Path file = Path.of(nameOrFile);
        Problems problems = new Problems();
        LabelProfile profile;
        try {
            profile = YamlTree.parse(nameOrFile, Files.readString(file), problems).filter(tree -> !tree.isNull())
                    .map(tree -> profile(tree, problems)).orElse(LabelProfile.DASHBOARD);
        } catch (IOException e) {
            throw new TelemetryException("--telemetry-profile " + nameOrFile + " is neither dashboard nor istio, nor a file that can be "
                    + "read: " + e.getMessage(), e);
        }
        if (!problems.isEmpty()) {
            throw new TelemetryException("--telemetry-profile: " + problems.all().stream().map(Problem::toString)
                    .collect(Collectors.joining("; ")));
        }
        return profile;
    }

    private static LabelProfile profile(YamlTree tree, Problems problems) {
        List<YamlTree.Entry> entries = tree.entries(problems);
        YamlTree.requireKnown(entries, Set.of("base", "metrics"), "a label profile", problems);
        LabelProfile profile = LabelProfile.DASHBOARD;
        for (YamlTree.Entry entry : entries) {
            if (entry.name().equals("base")) {
                Optional<LabelProfile> base = entry.value().string(problems).flatMap(LabelProfile::of);
                if (base.isEmpty()) {
                    problems.add(entry.at(), "base is dashboard or istio");
                }
                profile = base.orElse(profile);
            }
        }
        for (YamlTree.Entry entry : entries) {
            if (entry.name().equals("metrics") && !entry.value().isNull()) {
                Set<Metric> seen = EnumSet.noneOf(Metric.class);
                for (YamlTree.Entry metric : entry.value().entries(problems)) {
                    if (!Metric.of(metric.name()).map(seen::add).orElse(true)) {
                        problems.add(metric.at(), "metric '" + metric.name() + "' comes twice; remove one");
                    }
                    profile = with(profile, metric, problems);
                }
            }
        }
        return profile;
    }

    private static LabelProfile with(LabelProfile profile, YamlTree.Entry entry, Problems problems) {
        Optional<Metric> metric = Metric.of(entry.name());
        if (metric.isEmpty()) {
            problems.add(entry.at(), "unknown metric '" + entry.name() + "'" + NearMiss.hint(entry.name(), METRICS));
            return profile;
        }
        EnumSet<Label> labels = EnumSet.noneOf(Label.class);
        for (YamlTree item : entry.value().isNull() ? List.<YamlTree>of() : entry.value().items(problems)) {
            item.string(problems).ifPresent(name -> Label.of(name).ifPresentOrElse(labels::add,
                    () -> problems.add(item.position(), "unknown label '" + name + "'" + NearMiss.hint(name, LABELS))));
        }
        try {
            return profile.with(metric.get(), labels);
        } catch (IllegalArgumentException e) {
            problems.add(entry.at(), e.getMessage());
            return profile;
        }
    }
}
