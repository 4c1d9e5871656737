package io.sockway.sidecar.cli;

import io.sockway.node.doctor.Area;
import io.sockway.node.host.Host;
import io.sockway.node.host.HostException;
import io.sockway.node.tune.Plan;
import io.sockway.node.tune.Profile;
import io.sockway.node.tune.Request;
import io.sockway.node.tune.Target;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What {@code tune plan} and {@code tune apply} are asked for. */
final class TuneRequestOptions {
    @Option(names = "--profile", paramLabel = "NAME", converter = ProfileConverter.class,
            description = "latency, throughput or node-default (default: node-default; with --set alone: none).")
    private Profile profile;

    @Option(names = "--only", paramLabel = "AREA", split = ",", converter = AreaConverter.class,
            description = "Only these areas: nic-rings, kernel-input, steering, offloads, tcp, conntrack, cpu, memory, disk. May be "
                    + "repeated.")
    private List<Area> only = List.of();

    @Option(names = "--set", converter = KeyConverter.class, paramLabel = "KEY=VALUE", description = "A value of your own, for example "
            + "net.core.netdev_max_backlog=50000, eth0/ring-rx=8192 or eth0/channels-combined=4. May be repeated.")
    private Map<String, String> settings = new LinkedHashMap<>();

    Plan plan(Host host) {
        Set<Area> areas = EnumSet.noneOf(Area.class);
        areas.addAll(only);
        return new Request(effective(), areas, settings).plan(host);
    }

    /** The profile's name, for the journal. */
    String label() {
        Profile effective = effective();
        return effective == null ? "none" : effective.label();
    }

    private Profile effective() {
        return profile != null || !settings.isEmpty() ? profile : Profile.NODE_DEFAULT;
    }

    static final class ProfileConverter implements ITypeConverter<Profile> {
        @Override
        public Profile convert(String value) {
            return Arrays.stream(Profile.values()).filter(profile -> profile.label().equals(value)).findFirst()
                    .orElseThrow(() -> new TypeConversionException("'" + value + "' is no profile: there are "
                            + Arrays.stream(Profile.values()).map(Profile::label).collect(Collectors.joining(", "))));
        }
    }

    /** Of what is before the equals sign; what comes behind it, the node judges. */
    static final class KeyConverter implements ITypeConverter<String> {
        @Override
        public String convert(String key) {
            try {
                return Target.of(key).key();
            } catch (HostException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    static final class AreaConverter implements ITypeConverter<Area> {
        private static final Set<Area> SET = EnumSet.complementOf(EnumSet.of(Area.DROPS, Area.MESH));

        @Override
        public Area convert(String value) {
            return Area.of(value).filter(SET::contains).orElseThrow(() -> new TypeConversionException("'" + value + "' is no area with "
                    + "settings: there are " + SET.stream().map(Area::label).collect(Collectors.joining(", "))));
        }
    }
}
