package io.sockway.node.doctor;

import io.sockway.node.host.Host;
import io.sockway.node.host.HostException;
import io.sockway.node.host.NetDevice;
import io.sockway.node.host.Sample;
import io.sockway.node.drops.Drop;
import io.sockway.node.drops.DropCounter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Looks at a node again and again; each look compares with the one before. Changes nothing but for the BPF program that counts
 * drops while this is open. Not thread-safe.
 */
public final class Doctor implements AutoCloseable {
    private static final List<Check> CHECKS = List.of(new RingCheck(), new KernelInputCheck(), new DropCheck(), new SteeringCheck(),
            new OffloadCheck(), new VirtualPathCheck(), new TcpCheck(), new SendQueueCheck(), new BufferCheck(), new ConntrackCheck(),
            new CpuCheck(), new SleepCheck(), new PinningCheck(), new MemoryCheck(), new DiskCheck(), new MeshCheck());

    private final Host host;
    private final MeshProbe probe;
    private final DropCounter counter;
    private final String noDrops;
    private Moment last;

    private record Moment(List<NetDevice> devices, Sample sample, DropCounter.Mark drops, List<MeshState> mesh,
            List<String> noMesh) {
    }

    /**
     * Takes the first sample.
     *
     * @throws HostException when there is nothing to look at
     */
    public Doctor(Host host, MeshProbe probe) {
        if (!host.has("proc/stat") || !host.has("proc/net")) {
            throw new HostException("cannot look: " + host.resolve("proc") + " is not a Linux /proc");
        }
        this.host = host;
        this.probe = probe;
        DropCounter started = null;
        String failure = null;
        if (host.isLive()) {
            try {
                started = DropCounter.start(host);
            } catch (HostException e) {
                failure = e.getMessage();
            } catch (LinkageError e) {
                failure = "libbpf is not there: " + e.getMessage();
            }
        } else {
            failure = "a recorded node runs no BPF programs";
        }
        this.counter = started;
        this.noDrops = failure;
        this.last = moment();
    }

    /** Compares two recorded nodes, {@code seconds} apart. */
    public static Diagnosis compare(Host before, Host after, double seconds, List<MeshState> meshBefore,
            List<MeshState> mesh, List<Drop> drops) {
        List<NetDevice> devices = NetDevice.all(after);
        Sample first = Sample.take(before, devices);
        Sample second = Sample.take(after, devices);
        Sample timed = second.at(first.nanos() + Math.round(seconds * 1e9));
        return judge(new View(after, devices, first, timed, drops, meshBefore, mesh), new Report());
    }

    /** Waits and looks again. */
    public Diagnosis look(Duration wait) throws InterruptedException {
        Thread.sleep(wait);
        Moment before = last;
        last = moment();
        Report report = new Report();
        if (counter == null) {
            report.unseen(Area.DROPS, "why the kernel drops packets: " + noDrops);
        }
        last.noMesh().forEach(line -> report.unseen(Area.MESH, line));
        return judge(new View(host, last.devices(), before.sample(), last.sample(), drops(before), before.mesh(), last.mesh()),
                report);
    }

    private List<Drop> drops(Moment before) {
        return counter == null ? null : counter.between(before.drops(), last.drops());
    }

    private static Diagnosis judge(View view, Report report) {
        for (Check check : CHECKS) {
            check.look(view, report);
        }
        view.host().denied().forEach((path, why) -> area(path).ifPresent(area -> report.unseen(area, "/" + path + ": " + why)));
        List<Finding> sorted = report.findings().stream()
                .sorted(Comparator.comparing(Finding::severity).thenComparing(Finding::area)).toList();
        return new Diagnosis(view.host().text("proc/sys/kernel/osrelease").orElse("unknown"), view.host().cpus().size(),
                view.seconds(), sorted, report.unseen().stream().distinct().toList(), report.notes());
    }

    /** What a file that may not be read would have told about; the many folders of processes are told of by what needs them. */
    private static Optional<Area> area(String path) {
        if (path.contains("conntrack")) {
            return Optional.of(Area.CONNTRACK);
        }
        if (path.equals("proc/kallsyms")) {
            return Optional.of(Area.DROPS);
        }
        if (path.matches("proc/\\d+.*")) {
            return Optional.empty();
        }
        return Optional.of(path.startsWith("sys/fs/cgroup") ? Area.CPU : path.startsWith("sys/class/net") ? Area.STEERING
                : path.startsWith("proc/sys/vm") ? Area.MEMORY : path.startsWith("proc/net") ? Area.TCP : Area.KERNEL_INPUT);
    }

    private Moment moment() {
        List<NetDevice> devices = NetDevice.all(host);
        List<MeshState> mesh = null;
        List<String> noMesh = new ArrayList<>();
        try {
            mesh = probe.look(noMesh::add);
        } catch (HostException e) {
            noMesh.add(e.getMessage());
        }
        return new Moment(devices, Sample.take(host, devices), counter == null ? null : counter.mark(), mesh, noMesh);
    }

    @Override
    public void close() {
        if (counter != null) {
            counter.close();
        }
    }
}
