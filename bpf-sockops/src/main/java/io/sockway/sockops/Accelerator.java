package io.sockway.sockops;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.sockway.bpf.Alarm;
import io.sockway.bpf.BpfException;
import io.sockway.bpf.BpfLink;
import io.sockway.bpf.BpfMap;
import io.sockway.bpf.BpfProgram;
import io.sockway.bpf.Bpffs;
import io.sockway.bpf.Errno;
import io.sockway.bpf.FolderWatch;
import io.sockway.bpf.RingBuffer;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The accelerator as it is pinned under one directory. It lives in the kernel: closing this object only closes descriptors, and
 * another process may open the same pins at any time. Opening and reading need no capability, only permission on the pins;
 * loading and attaching need CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON. Thread-safe.
 */
public final class Accelerator implements AutoCloseable {
    /** The default of {@code --pin-dir}. */
    public static final Path DEFAULT_PIN_DIR = Bpffs.MOUNT_POINT.resolve("sockway");

    /** Proxies that read bodies by splice; excluded unless said otherwise. */
    public static final Set<String> SPLICING_EXECUTABLES = Set.of("haproxy");

    /** How long a command waits for a pass, a load or an attach of another process. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final PinDirectory pins;
    private final Arena arena = Arena.ofShared();
    private final Map<String, BpfMap> maps = new LinkedHashMap<>();
    private final BpfLink iterator;
    private final ControlBlock control;
    private final ConnectionTracking tracking;
    private final Rules rules;
    private final Attachments attachments;
    private final long identity;

    private Accelerator(PinDirectory pins) {
        this.pins = pins;
        this.identity = pins.identity();
        try {
            for (String name : List.of("flows", "ports", "executables", "habits", "attachments", "stats", "wakes",
                    "barrier", "barrier_value", "control")) {
                maps.put(name, BpfMap.openPinned(pins.map(name)));
            }
            this.iterator = BpfLink.openPinned(pins.passes());
            this.control = new ControlBlock(maps.get("control").memory(arena));
            this.tracking = new ConnectionTracking(control);
            this.rules = new Rules(maps.get("ports"), maps.get("executables"));
            this.attachments = new Attachments(maps.get("attachments"));
        } catch (BpfException e) {
            maps.values().forEach(BpfMap::close);
            arena.close();
            throw switch (e.errno()) {
                case Errno.EACCES -> new AcceleratorException("no permission on " + pins.dir() + " (" + e.getMessage()
                        + "): run as root, or as the group that the pins were handed to", e);
                case Errno.ENOENT -> new AcceleratorException("the pins in " + pins.dir() + " are not whole (" + e.getMessage()
                        + "): 'sockway detach --all' removes what is left of them", e);
                default -> e;
            };
        }
    }

    /** Opens what is pinned under a directory; empty when nothing is. */
    public static Optional<Accelerator> open(Path pinDir) {
        Optional<Accelerator> found = openToReplace(pinDir);
        found.filter(opened -> opened.control.layout() != Layouts.ABI).ifPresent(opened -> {
            try (opened) {
                throw new AcceleratorException(pinDir + " holds Sockway " + opened.version() + " with map layout " + opened.control.layout()
                        + ", this one has " + Layouts.ABI + ": replace it by 'sockway run --upgrade', or use another --pin-dir");
            }
        });
        return found;
    }

    /**
     * Opens what is pinned under a directory whatever its layout is; empty when nothing is. If the layout is another one, only settings,
     * excluded executables, attachments and version can be asked for, and {@link Enroller#drainAll}, {@link #finishDetach} and
     * {@link #removePins} be done.
     */
    public static Optional<Accelerator> openToReplace(Path pinDir) {
        PinDirectory pins = new PinDirectory(pinDir);
        return pins.isComplete() ? Optional.of(new Accelerator(pins)) : Optional.empty();
    }

    /** Opens what is pinned under a directory, or loads and pins it there. */
    public static Accelerator openOrLoad(Path pinDir, Settings settings, String version) {
        return openOrLoad(pinDir, settings, version, pins -> Loader.load(pins, settings, version, Sharing.NOTHING));
    }

    /**
     * The same for a pod that may share flows with others of its node: those whose pins are in folders beside this one. Where the kernel
     * does not offer what that needs, it is loaded without.
     *
     * @param refused is told why, then
     */
    public static Accelerator openOrLoadSharing(Path pinDir, Settings settings, String version, Consumer<String> refused) {
        return openOrLoad(pinDir, settings, version, pins -> {
            try (Sharing sharing = Sharing.beside(pins)) {
                Loader.load(pins, settings, version, sharing);
            } catch (BpfException | AcceleratorException | UncheckedIOException e) {
                pins.create();
                Loader.load(pins, settings, version, Sharing.NOTHING);
                refused.accept(e.getCause() instanceof BpfException cause ? cause.getMessage() : e.getMessage());
            }
        });
    }

    private static Accelerator openOrLoad(Path pinDir, Settings settings, String version, Consumer<PinDirectory> load) {
        PinDirectory pins = new PinDirectory(pinDir);
        Optional<Accelerator> adopted = open(pinDir);
        if (adopted.isPresent()) {
            return adopted.get();
        }
        Requirements.check();
        pins.create();
        try (var _ = pins.lock(PATIENCE)) {
            if (!pins.isComplete()) {
                pins.clear();
                load.accept(pins);
            }
        }
        Accelerator loaded = open(pinDir).orElseThrow();
        loaded.apply(settings);
        loaded.excludeExecutables(SPLICING_EXECUTABLES);
        return loaded;
    }

    /**
     * Loads this build's programs and lets them go again, to find out whether they can replace others.
     *
     * @throws AcceleratorException when this process may not load them, or this kernel cannot
     */
    public static void requireLoadable(Settings settings) {
        Requirements.check();
        Loader.tryOut(settings);
    }

    /** What became of an attach. */
    public enum Attached {
        /** It is attached now. */
        NEW,
        /** It was attached before, under the same pins. */
        ALREADY
    }

    /**
     * Attaches a cgroup; flows of its sockets are paired from now on.
     *
     * @throws AcceleratorException when the folder is no cgroup v2 or its path too long, or another accelerator is attached there
     */
    public Attached attach(Path cgroup) {
        long id = Attachments.cgroupId(cgroup);
        attachments().stream().filter(each -> each.id() != id && each.cgroup().equals(cgroup.toAbsolutePath().normalize()))
                .filter(this::isGone).forEach(this::finishDetach);
        try (var _ = pins.lock(PATIENCE); BpfProgram pair = BpfProgram.openPinned(pins.pairProgram())) {
            if (Files.exists(pins.link(id))) {
                // A detach may have been interrupted between its beginning and its end.
                attachments.put(id, cgroup, false);
                return Attached.ALREADY;
            }
            Optional<String> conflict = Conflicts.find(cgroup, pair.info().id());
            if (conflict.isPresent()) {
                throw new AcceleratorException("not attached to " + cgroup + ": " + conflict.get()
                        + ". Two accelerators on one socket are slower than none; detach the other one first");
            }
            attachments.put(id, cgroup, false);
            try (BpfLink link = pair.linkCgroup(cgroup)) {
                link.pin(pins.link(id));
            } catch (BpfException e) {
                attachments.remove(id);
                throw new AcceleratorException("cannot attach to " + cgroup + ": " + e.getMessage(), e);
            }
            return Attached.NEW;
        }
    }

    /** Tells the programs that the flows of a cgroup are to leave; passes then take them out. */
    public void startDetach(Attachment attachment) {
        attachments.put(attachment.id(), attachment.cgroup(), true);
    }

    /** Whether the cgroup of an attachment was removed, as far as this process may look. One of the same name may be there. */
    public boolean isGone(Attachment attachment) {
        try (BpfLink link = BpfLink.openPinned(pins.link(attachment.id()))) {
            return link.cgroup() == 0;
        } catch (BpfException e) {
            return false;
        }
    }

    /** Removes the attachment of a cgroup, drained or not. */
    public void finishDetach(Attachment attachment) {
        Path pin = pins.link(attachment.id());
        if (Files.exists(pin)) {
            try (BpfLink link = BpfLink.openPinned(pin)) {
                Bpffs.unpin(pin);
                link.detach();
            }
        }
        attachments.remove(attachment.id());
    }

    /** Removes all pins. What is still in the sockhash stays there, on TCP, until it closes; nothing is lost. */
    public void removePins() {
        setMode(Mode.PAUSED);
        pins.remove();
    }

    /**
     * Lets the processes of a group serve these pins without any capability, from kernel 5.19 on.
     *
     * @throws AcceleratorException when this process may not: it has to own the pins and to be in the group, or to have CAP_CHOWN
     */
    public void grant(int group) {
        pins.grant(group);
    }

    /**
     * The inode numbers of the cgroups that are attached under a directory, whichever build has pinned there; empty where nothing is
     * pinned.
     */
    public static Set<Long> attachedCgroups(Path pinDir) {
        return new PinDirectory(pinDir).linked();
    }

    /** Forgets what pods without pins have shared, in the folder that has one for each pod. */
    public static void collectShared(Path pods) {
        new NodePins(pods).collect();
    }

    /**
     * Removes what a load that was interrupted, or somebody who removed a part of the pins, has left under a directory. What is still in
     * the sockhash stays there, on TCP, until it closes.
     *
     * @return false when there is no such thing
     */
    public static boolean removeRemains(Path pinDir) {
        PinDirectory pins = new PinDirectory(pinDir);
        if (!pins.isOurs()) {
            return false;
        }
        try (var _ = pins.lock(PATIENCE)) {
            if (isWhole(pins)) {
                return false;
            }
            if (pins.isComplete()) {
                try (BpfMap control = BpfMap.openPinned(pins.map("control")); Arena arena = Arena.ofConfined()) {
                    new ControlBlock(control.memory(arena)).mode(Mode.PAUSED);
                }
            }
            pins.remove();
            return true;
        }
    }

    private static boolean isWhole(PinDirectory pins) {
        if (!pins.isComplete()) {
            return false;
        }
        try (Accelerator _ = new Accelerator(pins)) {
            return true;
        } catch (AcceleratorException e) {
            return !(e.getCause() instanceof BpfException cause && cause.errno() == Errno.ENOENT);
        }
    }

    /** Removes whatever is pinned under a directory, with the directory; for pins whose cgroups have gone. */
    public static void removePins(Path pinDir) {
        new PinDirectory(pinDir).remove();
    }

    /**
     * Makes the caller the sidecar of these pins, the one that enrols flows, until it closes the result or dies. Empty when
     * another process is that.
     */
    public Optional<Bpffs.Lock> claim() {
        return pins.sidecarLock();
    }

    /** Whether a sidecar serves these pins; without one, new flows stay on TCP. */
    public boolean isServed() {
        Optional<Bpffs.Lock> lock = claim();
        lock.ifPresent(Bpffs.Lock::close);
        return lock.isEmpty();
    }

    /** Whether these pins are still there: a detach of the last cgroup removes them, an upgrade replaces them. */
    public boolean isPinned() {
        return pins.identity() == identity;
    }

    /** The attached cgroups, the oldest first. */
    public List<Attachment> attachments() {
        return attachments.all();
    }

    /** The attachments of a cgroup, by its path as it is now or as it was attached: several where it was removed and made again. */
    public List<Attachment> attachments(Path cgroup) {
        Path path = cgroup.toAbsolutePath().normalize();
        return attachments().stream().filter(a -> a.cgroup().equals(path)
                || Files.isDirectory(cgroup) && a.id() == Attachments.cgroupId(cgroup)).toList();
    }

    /** The settings as they are. */
    public Settings settings() {
        return new Settings(mode(), sameNode(), includePorts(), excludePorts(), turns(), maxFlows());
    }

    /** All flows that are known at the moment, both ends each; some may come or go during the walk. */
    public List<Flow> flows() {
        List<Flow> found = new ArrayList<>();
        maps.get("flows").forEach((key, value) -> found.add(Flow.read(key.get(JAVA_LONG, 0), value)));
        return found;
    }

    /** What the live flows add up to. */
    public FlowTotals flowTotals() {
        return FlowTotals.count(visitor -> maps.get("flows").forEach((key, value) -> visitor.accept(value)));
    }

    /** Has the next pass forget flows whose sockets have gone without a word, if no pass since a given one has met some flow. */
    void forgetLost(long sincePass) {
        boolean[] lost = new boolean[1];
        maps.get("flows").forEach((key, value) -> lost[0] |= !Flow.wasSeenSince(value, sincePass));
        if (lost[0]) {
            control.forgetBefore(sincePass);
        }
    }

    /** Returns when no program that was running before the call runs any more. */
    private void awaitPrograms() {
        try (Arena confined = Arena.ofConfined()) {
            maps.get("barrier").replaceInner(confined.allocate(JAVA_INT), maps.get("barrier_value"));
        }
    }

    /** Totals since the programs were loaded. */
    public Counters counters() {
        BpfMap stats = maps.get("stats");
        try (Arena confined = Arena.ofConfined()) {
            MemorySegment value = confined.allocate(stats.perCpuBytes(), 8);
            stats.lookup(confined.allocate(JAVA_INT), value);
            return Counters.sum(value);
        }
    }

    /** What the gate does with messages that it could redirect. */
    public Mode mode() {
        return control.mode();
    }

    /** Takes effect with the next message. */
    public void setMode(Mode mode) {
        control.mode(mode);
    }

    /** Whether flows between network namespaces are redirected too, and those that are shared with other pods. */
    public boolean sameNode() {
        return control.sameNode();
    }

    /** Takes effect with the next message; flows that no longer fit leave in the next passes. */
    public void setSameNode(boolean on) {
        control.sameNode(on);
    }

    /** Whether these programs share flows with those of other pods of the node, once {@link #sameNode()} holds at both. */
    public boolean shares() {
        return control.shares();
    }

    /** Other pods of the node that flows lead to, of those that share them. */
    public int podsAcross() {
        Set<Long> pods = new HashSet<>();
        for (Flow flow : flows()) {
            if (flow.across()) {
                pods.add((flow.client().cgroup() == 0 ? flow.client() : flow.server()).netns());
            }
        }
        return pods.size();
    }

    /** Data segments each way before a flow is enrolled. */
    public int turns() {
        return control.turns();
    }

    /** Flows known at a time, as of the load. */
    public int maxFlows() {
        return control.maxFlows();
    }

    /** Connections that stay on TCP since {@link #maxFlows()} others are known, as of the last pass. */
    public long refusedFlows() {
        return control.refused();
    }

    /** How this build names the programs that it would load: its version and a checksum of the object. */
    public static String buildOf(String version) {
        return Loader.buildOf(version);
    }

    /** The build that loaded the programs, as {@link #buildOf}. */
    public String version() {
        return control.version();
    }

    /** When the programs were loaded. */
    public Instant loadedAt() {
        return control.loadedAt();
    }

    /** What the kernel was found to offer when the programs were loaded. */
    public Set<Feature> features() {
        return control.features();
    }

    /** Ports that are left alone. */
    public PortSet excludePorts() {
        return rules.excludePorts();
    }

    /** When not empty, the only ports that are accelerated. */
    public PortSet includePorts() {
        return control.includeOnly() ? rules.includePorts() : PortSet.NONE;
    }

    /** Names of processes, as in /proc/PID/comm, whose connections are left alone. */
    public Set<String> excludeExecutables() {
        return rules.excludeExecutables();
    }

    /** Replaces the names of processes whose connections are left alone; flows that are there leave when such a process next sends. */
    public void excludeExecutables(Set<String> names) {
        rules.excludeExecutables(names);
    }

    /** Gives the programs new settings; flows that no longer fit leave in the next passes. */
    public void apply(Settings settings) {
        rules.ports(settings.includePorts(), settings.excludePorts());
        control.includeOnly(!settings.includePorts().isEmpty());
        control.sameNode(settings.sameNode());
        control.turns(settings.turns());
        control.mode(settings.mode());
    }

    /** What processes were seen to do that redirected bytes are not seen by, the most hurt ones first. */
    public List<Habit> habits() {
        List<Habit> found = new ArrayList<>();
        maps.get("habits").forEach((key, value) -> found.add(new Habit(key.get(JAVA_INT, Layouts.offset(Layouts.HABIT_KEY, "process")),
                Values.getString(value, Layouts.offset(Layouts.HABIT, "name"), Layouts.COMM),
                Reason.of(key.get(JAVA_INT, Layouts.offset(Layouts.HABIT_KEY, "reason"))),
                value.get(JAVA_LONG, Layouts.offset(Layouts.HABIT, "times")),
                value.get(JAVA_LONG, Layouts.offset(Layouts.HABIT, "late")))));
        found.sort(Comparator.comparingLong(Habit::late).thenComparingLong(Habit::times).reversed());
        return found;
    }

    /**
     * Runs one pass in each namespace, then waits, if flows are leaving, until every sender has seen that. One process at a time, however
     * long another one takes.
     */
    PassReport pass(Namespaces namespaces) {
        try (Bpffs.Lock lock = pins.lock()) {
            return pass(namespaces, lock);
        }
    }

    /**
     * The same for a command.
     *
     * @throws AcceleratorException when another process has not ended its pass in time, as one that was stopped
     */
    PassReport passSoon(Namespaces namespaces) {
        try (Bpffs.Lock lock = pins.lock(PATIENCE)) {
            return pass(namespaces, lock);
        }
    }

    private PassReport pass(Namespaces namespaces, Bpffs.Lock held) {
        try (Arena confined = Arena.ofConfined()) {
            control.nextPass();
            MemorySegment output = confined.allocate(Layouts.PASS_REPORT);
            PassReport[] total = {PassReport.EMPTY};
            tracking.begin();
            namespaces.forEach(() -> {
                if (iterator.readIterator(output) == output.byteSize()) {
                    PassReport report = PassReport.read(output);
                    total[0] = total[0].plus(report);
                    tracking.visit(report);
                }
            });
            tracking.end();
            control.refused(total[0].waiting().getOrDefault(Reason.MAP_FULL, 0L));
            if (total[0].published() > 0 || total[0].leaving() > 0) {
                awaitPrograms();
                control.nextEpoch();
            }
            return total[0];
        }
    }

    /** Number of the last pass, from whichever process. */
    public long passNumber() {
        return control.pass();
    }

    /** The buffer on which the programs ask for a pass; for one reader. */
    RingBuffer wakes(Alarm alarm, Optional<FolderWatch> folders) {
        return new RingBuffer(maps.get("wakes"), alarm, folders);
    }

    /** Has the sidecar of these pins look for passes of others, and go on from there. */
    void callSidecar() {
        pins.touch();
    }

    /** Where a change tells of {@link #callSidecar()}, and of pins that are removed. */
    Path watchedFolder() {
        return pins.maps();
    }

    /** Checks that a folder is a cgroup v2, before anything is loaded for it. */
    public static void requireCgroup(Path cgroup) {
        Attachments.cgroupId(cgroup);
    }

    /** The directory that holds the pins. */
    public Path pinDir() {
        return pins.dir();
    }

    @Override
    public void close() {
        maps.values().forEach(BpfMap::close);
        iterator.close();
        arena.close();
    }
}
