package io.sockway.sockops;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.sockway.bpf.BpfException;
import io.sockway.bpf.BpfLink;
import io.sockway.bpf.BpfMap;
import io.sockway.bpf.BpfObject;
import io.sockway.bpf.BpfProgram;
import io.sockway.bpf.Bpffs;
import io.sockway.bpf.RingBuffer;
import io.sockway.bpf.SockMapHook;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.CRC32;

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

    private static final int HALVES_MIN = 16384;
    private static final String OBJECT = "sockway.bpf.o";
    private static final String PAIR = "sockway_pair";
    private static final String GATE = "sockway_gate";
    private static final String ENROL = "sockway_enrol";
    private static final String QUEUE = "sockway_queue";
    /** Tracepoints of system calls. */
    private static final String SPLICE = "sys_enter_splice";
    private static final String IOCTL = "sys_enter_ioctl";
    private static final List<String> SETTERS = List.of("sys_enter_setsockopt", "sys_enter_fcntl", IOCTL);
    private static final List<String> ACCEPTS = List.of("sys_exit_accept", "sys_exit_accept4");
    /** Names are the programs'; control is pinned last. */
    private static final List<String> MAPS = List.of("ends", "halves", "flows", "members", "queued", "ports", "attachments", "stats",
            "report", "wakes", "barrier", "barrier_value", "unsuited", "habits", "processes", "executables", "control");

    private final PinDirectory pins;
    private final Arena arena = Arena.ofShared();
    private final Map<String, BpfMap> maps = new LinkedHashMap<>();
    private final BpfLink iterator;
    private final MemorySegment control;
    private final long identity;

    private Accelerator(PinDirectory pins) {
        this.pins = pins;
        this.identity = pins.identity();
        try {
            for (String name : List.of("flows", "members", "queued", "ports", "executables", "habits", "attachments", "stats", "wakes",
                    "barrier", "barrier_value", "control")) {
                maps.put(name, BpfMap.openPinned(pins.map(name)));
            }
            this.iterator = BpfLink.openPinned(pins.passes());
            this.control = maps.get("control").memory(arena);
        } catch (BpfException e) {
            maps.values().forEach(BpfMap::close);
            arena.close();
            throw e;
        }
    }

    /** Opens what is pinned under a directory; empty when nothing is. */
    public static Optional<Accelerator> open(Path pinDir) {
        Optional<Accelerator> found = openToReplace(pinDir);
        found.filter(opened -> opened.layout() != Layouts.ABI).ifPresent(opened -> {
            try (opened) {
                throw new AcceleratorException(pinDir + " holds Sockway " + opened.version() + " with map layout " + opened.layout()
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

    private int layout() {
        return control.get(JAVA_INT, control("abi"));
    }

    /** Opens what is pinned under a directory, or loads and pins it there. */
    public static Accelerator openOrLoad(Path pinDir, Settings settings, String version) {
        PinDirectory pins = new PinDirectory(pinDir);
        Optional<Accelerator> adopted = open(pinDir);
        if (adopted.isPresent()) {
            return adopted.get();
        }
        Requirements.check();
        pins.create();
        try (var _ = pins.lock()) {
            if (!pins.isComplete()) {
                load(pins, settings, version);
            }
        }
        Accelerator loaded = open(pinDir).orElseThrow();
        loaded.apply(settings);
        loaded.excludeExecutables(SPLICING_EXECUTABLES);
        return loaded;
    }

    private static void load(PinDirectory pins, Settings settings, String version) {
        try (BpfObject object = BpfObject.open(OBJECT, Resources.bytes(OBJECT))) {
            object.maxEntries("flows", settings.maxFlows());
            object.maxEntries("members", 2 * settings.maxFlows());
            object.maxEntries("queued", 2 * settings.maxFlows());
            object.maxEntries("halves", Math.max(HALVES_MIN, settings.maxFlows()));
            object.load();
            try (BpfMap members = object.map("members");
                    BpfProgram gate = object.program(GATE);
                    BpfProgram queue = object.program(QUEUE);
                    BpfProgram pair = object.program(PAIR);
                    BpfProgram enrol = object.program(ENROL);
                    BpfLink passes = enrol.linkIterator()) {
                gate.attachToMap(members, SockMapHook.MESSAGE);
                KernelProbe kernel = KernelProbe.run();
                if (!kernel.exactFionread()) {
                    queue.attachToMap(members, SockMapHook.PACKET);
                }
                int watches = watch(object, SPLICE, pins) ? Layouts.FEATURE_SPLICE_WATCH : 0;
                watches |= watchAll(object, SETTERS, pins) ? Layouts.FEATURE_OPTION_WATCH : 0;
                watches |= watchAll(object, ACCEPTS, pins) ? Layouts.FEATURE_ACCEPT_WATCH : 0;
                boolean blind = !kernel.countsRedirected() && !Files.exists(pins.watch(IOCTL));
                passes.pin(pins.passes());
                pair.pin(pins.pairProgram());
                for (String name : MAPS) {
                    try (BpfMap map = object.map(name)) {
                        if (name.equals("control")) {
                            initControl(map, settings, buildOf(version),
                                    kernel.bits() | watches | (blind ? Layouts.FEATURE_NO_REDIRECT : 0));
                        }
                        map.pin(pins.map(name));
                    }
                }
            }
        } catch (BpfException e) {
            pins.remove();
            throw new AcceleratorException("cannot load the BPF programs: " + e.getMessage() + "; traffic stays on plain TCP", e);
        } catch (RuntimeException e) {
            pins.remove();
            throw e;
        }
    }

    private static boolean watchAll(BpfObject object, List<String> tracepoints, PinDirectory pins) {
        return tracepoints.stream().filter(tracepoint -> watch(object, tracepoint, pins)).count() == tracepoints.size();
    }

    private static boolean watch(BpfObject object, String tracepoint, PinDirectory pins) {
        String call = tracepoint.substring(tracepoint.lastIndexOf('_') + 1);
        try (BpfProgram program = object.program("sockway_" + call)) {
            Optional<BpfLink> link = program.linkTracepoint("syscalls/" + tracepoint);
            link.ifPresent(opened -> {
                try (opened) {
                    opened.pin(pins.watch(tracepoint));
                }
            });
            return link.isPresent();
        }
    }

    private static void initControl(BpfMap map, Settings settings, String version, int features) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(Layouts.CONTROL);
            value.set(JAVA_INT, control("abi"), Layouts.ABI);
            value.set(JAVA_INT, control("max_flows"), settings.maxFlows());
            value.set(JAVA_INT, control("features"), features);
            Instant now = Instant.now();
            value.set(JAVA_LONG, control("loaded_at"), epochNanos(now));
            putString(value, control("version"), Layouts.VERSION, version);
            map.update(arena.allocate(JAVA_INT), value);
        }
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
     * @throws AcceleratorException when the folder is no cgroup v2, or another accelerator is attached there
     */
    public Attached attach(Path cgroup) {
        long id = cgroupId(cgroup);
        try (var _ = pins.lock(); BpfProgram pair = BpfProgram.openPinned(pins.pairProgram())) {
            if (Files.exists(pins.link(id))) {
                return Attached.ALREADY;
            }
            Optional<String> conflict = Conflicts.find(cgroup, pair.info().id());
            if (conflict.isPresent()) {
                throw new AcceleratorException("not attached to " + cgroup + ": " + conflict.get()
                        + ". Two accelerators on one socket are slower than none; detach the other one first");
            }
            putAttachment(id, cgroup, false);
            try (BpfLink link = pair.linkCgroup(cgroup)) {
                link.pin(pins.link(id));
            } catch (BpfException e) {
                removeAttachment(id);
                throw new AcceleratorException("cannot attach to " + cgroup + ": " + e.getMessage(), e);
            }
            return Attached.NEW;
        }
    }

    /** Tells the programs that the flows of a cgroup are to leave; passes then take them out. */
    public void startDetach(Attachment attachment) {
        putAttachment(attachment.id(), attachment.cgroup(), true);
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
        removeAttachment(attachment.id());
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
        List<Attachment> found = new ArrayList<>();
        maps.get("attachments").forEach((key, value) -> found.add(new Attachment(key.get(JAVA_LONG, 0),
                Path.of(getString(value, Layouts.offset(Layouts.ATTACHMENT, "path"), Layouts.CGROUP_PATH)),
                instant(value.get(JAVA_LONG, Layouts.offset(Layouts.ATTACHMENT, "since"))),
                value.get(JAVA_INT, Layouts.offset(Layouts.ATTACHMENT, "detaching")) != 0)));
        found.sort((a, b) -> a.since().compareTo(b.since()));
        return found;
    }

    /** The attachment of a cgroup, by its path as it is now or as it was attached. */
    public Optional<Attachment> attachment(Path cgroup) {
        Path path = cgroup.toAbsolutePath().normalize();
        return attachments().stream().filter(a -> a.cgroup().equals(path)
                || Files.isDirectory(cgroup) && a.id() == cgroupId(cgroup)).findFirst();
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

    /** Forgets a flow whose sockets have gone without a word. */
    void forget(Flow flow) {
        try (Arena confined = Arena.ofConfined()) {
            maps.get("flows").delete(confined.allocateFrom(JAVA_LONG, flow.id()));
        }
    }

    /**
     * Forgets what the programs keep for members that went without a callback, as sockets older than the attach do. For the thread
     * that runs passes.
     */
    void sweep() {
        Set<Long> gone = new HashSet<>();
        maps.get("queued").forEach((cookie, value) -> gone.add(cookie.get(JAVA_LONG, 0)));
        // A program notes a socket before it inserts it: both or neither have happened once no program from before runs.
        awaitPrograms();
        maps.get("members").forEach((key, cookie) -> gone.remove(cookie.get(JAVA_LONG, 0)));
        try (Arena confined = Arena.ofConfined()) {
            gone.forEach(cookie -> maps.get("queued").delete(confined.allocateFrom(JAVA_LONG, cookie)));
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
        return Mode.values()[Math.floorMod(control.get(JAVA_INT, control("mode")), Mode.values().length)];
    }

    /** Takes effect with the next message. */
    public void setMode(Mode mode) {
        control.set(JAVA_INT, control("mode"), mode.ordinal());
    }

    /** Whether flows between network namespaces are redirected too. */
    public boolean sameNode() {
        return control.get(JAVA_INT, control("same_node")) != 0;
    }

    /** Data segments each way before a flow is enrolled. */
    public int turns() {
        return control.get(JAVA_INT, control("turns"));
    }

    /** Flows known at a time, as of the load. */
    public int maxFlows() {
        return control.get(JAVA_INT, control("max_flows"));
    }

    /** Connections that stay on TCP since {@link #maxFlows()} others are known, as of the last pass. */
    public long refusedFlows() {
        return control.get(JAVA_LONG, control("refused"));
    }

    /** How this build names the programs that it would load: its version and a checksum of the object. */
    public static String buildOf(String version) {
        CRC32 checksum = new CRC32();
        checksum.update(Resources.bytes(OBJECT));
        return version + "+" + Long.toHexString(checksum.getValue());
    }

    /** The build that loaded the programs, as {@link #buildOf}. */
    public String version() {
        return getString(control, control("version"), Layouts.VERSION);
    }

    /** When the programs were loaded. */
    public Instant loadedAt() {
        return instant(control.get(JAVA_LONG, control("loaded_at")));
    }

    /** What the kernel was found to offer when the programs were loaded. */
    public Set<Feature> features() {
        return Feature.of(control.get(JAVA_INT, control("features")));
    }

    /** Ports that are left alone. */
    public PortSet excludePorts() {
        return ports("exclude");
    }

    /** When not empty, the only ports that are accelerated. */
    public PortSet includePorts() {
        return control.get(JAVA_INT, control("include_only")) == 0 ? PortSet.NONE : ports("include");
    }

    /** Names of processes, as in /proc/PID/comm, whose connections are left alone. */
    public Set<String> excludeExecutables() {
        Set<String> names = new TreeSet<>();
        maps.get("executables").forEach((key, value) -> names.add(getString(key, 0, Layouts.COMM)));
        return names;
    }

    /** What processes were seen to do that redirected bytes are not seen by, the most hurt ones first. */
    public List<Habit> habits() {
        List<Habit> found = new ArrayList<>();
        maps.get("habits").forEach((key, value) -> found.add(new Habit(key.get(JAVA_INT, Layouts.offset(Layouts.HABIT_KEY, "process")),
                getString(value, Layouts.offset(Layouts.HABIT, "name"), Layouts.COMM),
                Reason.of(key.get(JAVA_INT, Layouts.offset(Layouts.HABIT_KEY, "reason"))),
                value.get(JAVA_LONG, Layouts.offset(Layouts.HABIT, "times")),
                value.get(JAVA_LONG, Layouts.offset(Layouts.HABIT, "late")))));
        found.sort(Comparator.comparingLong(Habit::late).thenComparingLong(Habit::times).reversed());
        return found;
    }

    /** Replaces the names of processes whose connections are left alone; flows that are there leave when such a process next sends. */
    public void excludeExecutables(Set<String> names) {
        BpfMap executables = maps.get("executables");
        try (Arena confined = Arena.ofConfined()) {
            for (String old : excludeExecutables()) {
                executables.delete(comm(confined, old));
            }
            for (String name : names) {
                executables.update(comm(confined, name), confined.allocateFrom(JAVA_INT, Layouts.KIND_EXCLUDED));
            }
        }
    }

    private static MemorySegment comm(Arena arena, String name) {
        MemorySegment key = arena.allocate(Layouts.COMM);
        putString(key, 0, Layouts.COMM, name);
        return key;
    }

    /** Gives the programs new settings; flows that no longer fit leave in the next passes. */
    public void apply(Settings settings) {
        try (Arena confined = Arena.ofConfined()) {
            MemorySegment word = confined.allocate(Layouts.PORT_WORD);
            for (int i = 0; i < Layouts.PORT_WORDS; i++) {
                word.set(JAVA_LONG, Layouts.offset(Layouts.PORT_WORD, "include"), settings.includePorts().word(i));
                word.set(JAVA_LONG, Layouts.offset(Layouts.PORT_WORD, "exclude"), settings.excludePorts().word(i));
                maps.get("ports").update(confined.allocateFrom(JAVA_INT, i), word);
            }
        }
        control.set(JAVA_INT, control("include_only"), settings.includePorts().isEmpty() ? 0 : 1);
        control.set(JAVA_INT, control("same_node"), settings.sameNode() ? 1 : 0);
        control.set(JAVA_INT, control("turns"), settings.turns());
        setMode(settings.mode());
    }

    private PortSet ports(String field) {
        long[] words = new long[Layouts.PORT_WORDS];
        try (Arena confined = Arena.ofConfined()) {
            MemorySegment word = confined.allocate(Layouts.PORT_WORD);
            for (int i = 0; i < words.length; i++) {
                maps.get("ports").lookup(confined.allocateFrom(JAVA_INT, i), word);
                words[i] = word.get(JAVA_LONG, Layouts.offset(Layouts.PORT_WORD, field));
            }
        }
        return PortSet.of(words);
    }

    /**
     * Runs one pass in each namespace, then waits, if flows are leaving, until every sender has seen that. One process at a time.
     */
    PassReport pass(Namespaces namespaces) {
        try (var _ = pins.lock(); Arena confined = Arena.ofConfined()) {
            control.set(JAVA_LONG, control("pass"), passNumber() + 1);
            MemorySegment output = confined.allocate(Layouts.PASS_REPORT);
            PassReport[] total = {PassReport.EMPTY};
            namespaces.forEach(() -> {
                if (iterator.readIterator(output) == output.byteSize()) {
                    total[0] = total[0].plus(PassReport.read(output));
                }
            });
            control.set(JAVA_LONG, control("refused"), total[0].waiting().getOrDefault(Reason.MAP_FULL, 0L));
            if (total[0].published() > 0 || total[0].leaving() > 0) {
                awaitPrograms();
                control.set(JAVA_LONG, control("epoch"), control.get(JAVA_LONG, control("epoch")) + 1);
            }
            return total[0];
        }
    }

    /** Number of the last pass, from whichever process. */
    public long passNumber() {
        return control.get(JAVA_LONG, control("pass"));
    }

    /** The buffer on which the programs ask for a pass; for one reader. */
    RingBuffer wakes(Runnable eachWake) {
        return new RingBuffer(maps.get("wakes"), event -> eachWake.run());
    }

    /** Checks that a folder is a cgroup v2, before anything is loaded for it. */
    public static void requireCgroup(Path cgroup) {
        cgroupId(cgroup);
    }

    /** The inode number of a cgroup v2 folder, which is its id. */
    static long cgroupId(Path cgroup) {
        if (!Files.isDirectory(cgroup)) {
            throw new AcceleratorException("no cgroup " + cgroup + ": give the folder of a cgroup v2, for example "
                    + "/sys/fs/cgroup/NAME, or /sys/fs/cgroup/unified/NAME on a hybrid host");
        }
        try {
            if (!Files.exists(cgroup.resolve("cgroup.procs")) || !"cgroup2".equals(Files.getFileStore(cgroup).type())) {
                throw new AcceleratorException(cgroup + " is not a cgroup v2: sock_ops programs attach to the unified hierarchy only, "
                        + "usually /sys/fs/cgroup or /sys/fs/cgroup/unified");
            }
            return ((Number) Files.getAttribute(cgroup, "unix:ino")).longValue();
        } catch (IOException e) {
            throw new AcceleratorException("cannot read cgroup " + cgroup + ": " + e.getMessage(), e);
        }
    }

    private void putAttachment(long id, Path cgroup, boolean detaching) {
        String path = cgroup.toAbsolutePath().normalize().toString();
        try (Arena confined = Arena.ofConfined()) {
            MemorySegment key = confined.allocateFrom(JAVA_LONG, id);
            MemorySegment value = confined.allocate(Layouts.ATTACHMENT);
            if (!maps.get("attachments").lookup(key, value)) {
                value.set(JAVA_LONG, Layouts.offset(Layouts.ATTACHMENT, "since"), epochNanos(Instant.now()));
                putString(value, Layouts.offset(Layouts.ATTACHMENT, "path"), Layouts.CGROUP_PATH, path);
            }
            value.set(JAVA_INT, Layouts.offset(Layouts.ATTACHMENT, "detaching"), detaching ? 1 : 0);
            maps.get("attachments").update(key, value);
        }
    }

    private void removeAttachment(long id) {
        try (Arena confined = Arena.ofConfined()) {
            maps.get("attachments").delete(confined.allocateFrom(JAVA_LONG, id));
        }
    }

    private static long control(String field) {
        return Layouts.offset(Layouts.CONTROL, field);
    }

    private static void putString(MemorySegment to, long offset, int room, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        MemorySegment.copy(bytes, 0, to, JAVA_BYTE, offset, Math.min(bytes.length, room - 1));
    }

    private static String getString(MemorySegment from, long offset, int room) {
        byte[] bytes = from.asSlice(offset, room).toArray(JAVA_BYTE);
        int end = 0;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, 0, end, StandardCharsets.UTF_8);
    }

    private static long epochNanos(Instant time) {
        return time.getEpochSecond() * 1_000_000_000L + time.getNano();
    }

    private static Instant instant(long epochNanos) {
        return Instant.ofEpochSecond(0, epochNanos);
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
