package io.sockway.sidecar.cli;

import io.sockway.sidecar.Version;
import io.sockway.sockops.Accelerator;
import io.sockway.sockops.AcceleratorException;
import io.sockway.sockops.Attachment;
import io.sockway.sockops.Enroller;
import io.sockway.sockops.Mode;
import io.sockway.sockops.PortSet;
import io.sockway.sockops.Settings;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What {@code attach} and {@code run} share. */
final class AttachOptions {
    private static final String NONE = "none";
    private static final Duration UPGRADE_DRAIN = Duration.ofSeconds(5);

    @Option(names = "--cgroup", paramLabel = "DIR", arity = "1",
            description = "Folder of a cgroup v2, for example a pod's, whose sockets are accelerated. May be repeated.")
    private List<Path> cgroups = List.of();

    @Mixin
    private PinOptions pins = new PinOptions();

    @Option(names = "--same-node", negatable = true,
            description = "Also redirect between network namespaces, as from Envoy to Envoy of two pods whose cgroups are both attached "
            + "here. Such bytes skip what the node does on the veth: policy, counters, capture. --no-same-node takes it back.")
    private Boolean sameNode;

    @Option(names = "--observe", description = "Do everything but the redirect, and count what would have been redirected.")
    private boolean observe;

    @Option(names = "--include-ports", paramLabel = "PORTS", converter = PortSetConverter.class,
            description = "Accelerate only connections that dial or answer at one of these ports, for example 80,8000-8100; 'none' for "
            + "all again.")
    private PortSet includePorts;

    @Option(names = "--exclude-ports", paramLabel = "PORTS", converter = PortSetConverter.class,
            description = "Leave connections that dial or answer at one of these ports on TCP; 'none' ends that.")
    private PortSet excludePorts;

    @Option(names = "--exclude-executables", paramLabel = "NAMES", split = ",", converter = ProcessName.class,
            description = "Leave the connections of processes with these names (as in /proc/PID/comm) on TCP, for example those that "
            + "read by splice. The list replaces the one before (default: haproxy); 'none' empties it.")
    private Set<String> excludeExecutables;

    @Option(names = "--turns", paramLabel = "N", converter = Turns.class,
            description = "Enrol a connection once it has carried N data segments each way: fewer gain sooner, more spend less on "
            + "short connections (default: " + Settings.DEFAULT_TURNS + ").")
    private Integer turns;

    @Option(names = "--max-flows", paramLabel = "N", converter = MaxFlows.class,
            description = "Connections known at a time; later ones stay on TCP. Fixed when the programs are loaded: where something is "
            + "pinned already, 'detach --all' comes first (default: " + Settings.DEFAULT_MAX_FLOWS + ").")
    private Integer maxFlows;

    @Option(names = "--upgrade", description = "Where another build of Sockway is pinned: drain its flows, load this build's programs and "
            + "attach them to the same cgroups. Connections go on, and are enrolled again; settings stay, except those that are given.")
    private boolean upgrade;

    @Mixin
    private AnnotationOptions annotations = new AnnotationOptions();

    private boolean pod;

    boolean namesCgroups() {
        return !cgroups.isEmpty();
    }

    boolean upgrades() {
        return upgrade;
    }

    PinOptions pins() {
        return pins;
    }

    AnnotationOptions annotations() {
        return annotations;
    }

    /** Attaches a pod's cgroup beside those that the command line names; with same-node its flows are shared with pods that do the same. */
    void forPod(Path cgroup) {
        cgroups = Stream.concat(cgroups.stream(), Stream.of(cgroup)).toList();
        pod = true;
    }

    /** Loads or adopts, attaches all cgroups and tells about it; the caller closes the result. */
    Accelerator attach(PrintWriter out) {
        boolean adopted = true;
        List<Path> fresh = new ArrayList<>();
        Accelerator accelerator = (upgrade ? Accelerator.openToReplace(pins.pinDir()) : Accelerator.open(pins.pinDir())).orElse(null);
        if (accelerator != null) {
            String build = Accelerator.buildOf(Version.current());
            accelerator = accelerator.version().equals(build) ? accelerator : otherBuild(accelerator, build, out);
        }
        if (accelerator == null) {
            if (cgroups.isEmpty()) {
                throw new CommandFailedException("nothing is attached under " + pins.pinDir() + " yet: name a cgroup with --cgroup DIR");
            }
            adopted = false;
            cgroups.forEach(Accelerator::requireCgroup);
            Settings settings = settings(Settings.DEFAULT);
            accelerator = load(settings, pod && settings.sameNode(), out);
        }
        try {
            if (adopted) {
                accelerator.apply(settings(accelerator.settings()));
                if (maxFlows != null && maxFlows != accelerator.maxFlows()) {
                    out.printf("--max-flows %d has no effect: %s was loaded with %d, and that is fixed until 'detach --all'%n", maxFlows,
                            pins.pinDir(), accelerator.maxFlows());
                }
            }
            if (pod && accelerator.sameNode() && !accelerator.shares()) {
                accelerator.setSameNode(false);
                if (adopted) {
                    out.println("same-node is off, since the programs of this pod were loaded without it: a new pod takes it up");
                }
            }
            if (excludeExecutables != null) {
                accelerator.excludeExecutables(excludeExecutables.equals(Set.of(NONE)) ? Set.of() : excludeExecutables);
            }
            for (Path cgroup : cgroups) {
                Accelerator.Attached attached = accelerator.attach(cgroup);
                if (attached == Accelerator.Attached.NEW) {
                    fresh.add(cgroup);
                }
                out.printf("%s %s, pins in %s%n", attached == Accelerator.Attached.NEW ? "attached" : "attached already:", cgroup,
                        accelerator.pinDir());
            }
            if (cgroups.isEmpty()) {
                accelerator.attachments().forEach(a -> out.printf("attached already: %s, pins in %s%n", a.cgroup(), pins.pinDir()));
            }
            out.flush();
            return accelerator;
        } catch (RuntimeException e) {
            // All of the cgroups or none: those of an earlier command stay.
            for (Path cgroup : fresh) {
                accelerator.attachments(cgroup).forEach(accelerator::finishDetach);
            }
            if (!adopted && accelerator.attachments().isEmpty()) {
                accelerator.removePins();
            }
            accelerator.close();
            throw e;
        }
    }

    private Accelerator load(Settings settings, boolean sharing, PrintWriter out) {
        return sharing ? Accelerator.openOrLoadSharing(pins.pinDir(), settings, Version.current(),
                refused -> out.println("same-node is off, since the kernel refuses what it needs: " + refused))
                : Accelerator.openOrLoad(pins.pinDir(), settings, Version.current());
    }

    /** Adopts another build's pins as they are, or replaces them. */
    private Accelerator otherBuild(Accelerator old, String build, PrintWriter out) {
        if (!upgrade) {
            out.printf("%s holds build %s and this is %s: adopted as it is; --upgrade replaces it%n", pins.pinDir(), old.version(), build);
            return old;
        }
        String oldBuild = old.version();
        Settings settings = settings(old.settings());
        try {
            Accelerator.requireLoadable(settings);
        } catch (AcceleratorException e) {
            old.close();
            throw new CommandFailedException("not upgraded, build " + oldBuild + " goes on: " + e.getMessage());
        }
        List<Attachment> attachments = old.attachments();
        Set<String> executables = old.excludeExecutables();
        boolean shares = old.shares();
        long left;
        try (old) {
            left = Enroller.drainAll(old, UPGRADE_DRAIN);
            attachments.forEach(old::finishDetach);
            old.removePins();
        }
        Accelerator upgraded = load(settings, shares, out);
        upgraded.excludeExecutables(executables);
        List<String> refused = new ArrayList<>();
        for (Attachment attachment : attachments) {
            if (Files.isDirectory(attachment.cgroup())) {
                try {
                    upgraded.attach(attachment.cgroup());
                } catch (AcceleratorException e) {
                    refused.add(e.getMessage());
                }
            }
        }
        out.printf("upgraded %s from build %s to %s%s%n", pins.pinDir(), oldBuild, build,
                left == 0 ? "" : "; " + left + " connections with unread bytes stay on TCP until they close");
        refused.forEach(out::println);
        return upgraded;
    }

    /** Only what was given on the command line, or by the pod's annotations, replaces what is. */
    Settings settings(Settings before) {
        Settings base = annotations.settings(before);
        return new Settings(observe ? Mode.OBSERVE : base.mode(), sameNode == null ? base.sameNode() : sameNode,
                includePorts == null ? base.includePorts() : includePorts,
                excludePorts == null ? base.excludePorts() : excludePorts, turns == null ? base.turns() : turns,
                maxFlows == null ? base.maxFlows() : maxFlows);
    }

    static final class Turns extends IntegerConverter {
        Turns() {
            super(1, Integer.MAX_VALUE);
        }
    }

    static final class MaxFlows extends IntegerConverter {
        MaxFlows() {
            super(1, 1 << 20);
        }
    }

    static final class ProcessName implements ITypeConverter<String> {
        @Override
        public String convert(String value) {
            if (value.isBlank()) {
                throw new TypeConversionException("a name of a process is empty; '" + NONE + "' empties the list");
            }
            return value;
        }
    }

    static final class PortSetConverter implements ITypeConverter<PortSet> {
        @Override
        public PortSet convert(String value) {
            try {
                return value.equals(NONE) ? PortSet.NONE : PortSet.parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
