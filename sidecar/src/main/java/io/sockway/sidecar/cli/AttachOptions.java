package io.sockway.sidecar.cli;

import io.sockway.sidecar.Version;
import io.sockway.sockops.Accelerator;
import io.sockway.sockops.Mode;
import io.sockway.sockops.PortSet;
import io.sockway.sockops.Settings;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What {@code attach} and {@code run} share. */
final class AttachOptions {
    @Option(names = "--cgroup", paramLabel = "DIR", arity = "1",
            description = "Folder of a cgroup v2, for example a pod's, whose sockets are accelerated. May be repeated.")
    private List<Path> cgroups = List.of();

    @Mixin
    private PinOptions pins = new PinOptions();

    @Option(names = "--same-node", description = "Also redirect between network namespaces, as from Envoy to Envoy of two pods whose "
            + "cgroups are both attached here. Such bytes skip what the node does on the veth: policy, counters, capture.")
    private boolean sameNode;

    @Option(names = "--observe", description = "Do everything but the redirect, and count what would have been redirected.")
    private boolean observe;

    @Option(names = "--include-ports", paramLabel = "PORTS", converter = PortSetConverter.class,
            description = "Accelerate only connections that dial or answer at one of these ports, for example 80,8000-8100.")
    private PortSet includePorts;

    @Option(names = "--exclude-ports", paramLabel = "PORTS", converter = PortSetConverter.class,
            description = "Leave connections that dial or answer at one of these ports on TCP.")
    private PortSet excludePorts;

    @Option(names = "--max-flows", paramLabel = "N", defaultValue = "16384",
            description = "Connections known at a time; later ones stay on TCP (default: ${DEFAULT-VALUE}).")
    private int maxFlows;

    boolean namesCgroups() {
        return !cgroups.isEmpty();
    }

    /** Loads or adopts, attaches all cgroups and tells about it; the caller closes the result. */
    Accelerator attach(PrintWriter out) {
        if (maxFlows < 1 || maxFlows > 1 << 20) {
            throw new CommandFailedException("--max-flows " + maxFlows + " is not between 1 and 1048576");
        }
        boolean adopted = true;
        Accelerator accelerator = Accelerator.open(pins.pinDir()).orElse(null);
        if (accelerator == null) {
            if (cgroups.isEmpty()) {
                throw new CommandFailedException("nothing is attached under " + pins.pinDir() + " yet: name a cgroup with --cgroup DIR");
            }
            adopted = false;
            cgroups.forEach(Accelerator::requireCgroup);
            accelerator = Accelerator.openOrLoad(pins.pinDir(), settings(Settings.DEFAULT), Version.current());
        }
        try {
            if (adopted) {
                accelerator.apply(settings(current(accelerator)));
            }
            for (Path cgroup : cgroups) {
                Accelerator.Attached attached = accelerator.attach(cgroup);
                out.printf("%s %s, pins in %s%n", attached == Accelerator.Attached.NEW ? "attached" : "attached already:", cgroup,
                        accelerator.pinDir());
            }
            if (cgroups.isEmpty()) {
                accelerator.attachments().forEach(a -> out.printf("attached already: %s, pins in %s%n", a.cgroup(), pins.pinDir()));
            }
            out.flush();
            return accelerator;
        } catch (RuntimeException e) {
            if (!adopted && accelerator.attachments().isEmpty()) {
                accelerator.removePins();
            }
            accelerator.close();
            throw e;
        }
    }

    private static Settings current(Accelerator accelerator) {
        return new Settings(accelerator.mode(), accelerator.sameNode(), accelerator.includePorts(), accelerator.excludePorts(),
                accelerator.maxFlows());
    }

    /** Only what was given on the command line replaces what is. */
    private Settings settings(Settings base) {
        return new Settings(observe ? Mode.OBSERVE : base.mode(), sameNode || base.sameNode(),
                includePorts == null ? base.includePorts() : includePorts,
                excludePorts == null ? base.excludePorts() : excludePorts, maxFlows);
    }

    static final class PortSetConverter implements ITypeConverter<PortSet> {
        @Override
        public PortSet convert(String value) {
            try {
                return PortSet.parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
