package io.sockway.node.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the program {@code ethtool} once printed: for each device a folder with the files {@code i} (driver), {@code g} (rings),
 * {@code l} (channels), {@code k} (features) and {@code S} (statistics), named by the option. Nothing can be set.
 */
final class RecordedEthtool implements Ethtool {
    private static final Map<String, String> SHORT_NAMES = Map.of("rx-checksumming", "rx-checksum",
            "generic-receive-offload", "rx-gro", "large-receive-offload", "rx-lro",
            "generic-segmentation-offload", "tx-generic-segmentation", "ntuple-filters", "rx-ntuple-filter");

    private final Path folder;

    RecordedEthtool(Path folder) {
        this.folder = folder;
    }

    @Override
    public Optional<String> driver(String device) {
        return Optional.ofNullable(pairs(device, "i").get("driver"));
    }

    @Override
    public Optional<Rings> rings(String device) {
        Map<String, String> max = section(device, "g", "Pre-set maximums:");
        Map<String, String> now = section(device, "g", "Current hardware settings:");
        return max.isEmpty() || now.isEmpty() ? Optional.empty()
                : Optional.of(new Rings(number(now, "RX"), number(max, "RX"), number(now, "TX"), number(max, "TX")));
    }

    @Override
    public Optional<Channels> channels(String device) {
        Map<String, String> max = section(device, "l", "Pre-set maximums:");
        Map<String, String> now = section(device, "l", "Current hardware settings:");
        return max.isEmpty() || now.isEmpty() ? Optional.empty()
                : Optional.of(new Channels(number(now, "Combined"), number(max, "Combined"), number(now, "RX"), number(max, "RX")));
    }

    @Override
    public Map<String, Feature> features(String device) {
        Map<String, Feature> features = new LinkedHashMap<>();
        pairs(device, "k").forEach((name, value) -> {
            if (value.startsWith("on") || value.startsWith("off")) {
                features.put(SHORT_NAMES.getOrDefault(name, name), new Feature(value.startsWith("on"), value.contains("[fixed]")));
            }
        });
        return features;
    }

    @Override
    public Map<String, Long> statistics(String device) {
        Map<String, Long> statistics = new LinkedHashMap<>();
        for (String line : lines(device, "S")) {
            int colon = line.lastIndexOf(':');
            try {
                statistics.put(line.substring(0, colon).strip(), Long.parseLong(line.substring(colon + 1).strip()));
            } catch (IndexOutOfBoundsException | NumberFormatException e) {
                continue;
            }
        }
        return statistics;
    }

    @Override
    public void set(String device, Knob knob, long value) {
        throw new HostException(device + " is recorded and cannot be changed");
    }

    private static int number(Map<String, String> section, String key) {
        try {
            return Integer.parseInt(section.getOrDefault(key, "0"));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private Map<String, String> section(String device, String option, String title) {
        Map<String, String> section = new LinkedHashMap<>();
        boolean inside = false;
        for (String line : lines(device, option)) {
            int colon = line.indexOf(':');
            if (colon == line.length() - 1) {
                inside = line.strip().equals(title);
            } else if (inside && colon > 0) {
                section.put(line.substring(0, colon).strip(), line.substring(colon + 1).strip());
            }
        }
        return section;
    }

    private Map<String, String> pairs(String device, String option) {
        Map<String, String> pairs = new LinkedHashMap<>();
        for (String line : lines(device, option)) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                pairs.put(line.substring(0, colon).strip(), line.substring(colon + 1).strip());
            }
        }
        return pairs;
    }

    private List<String> lines(String device, String option) {
        try {
            return Files.readAllLines(folder.resolve(device).resolve(option));
        } catch (IOException e) {
            return List.of();
        }
    }
}
