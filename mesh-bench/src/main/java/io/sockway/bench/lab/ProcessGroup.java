package io.sockway.bench.lab;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Processes that share a cgroup, a network namespace and a CPU. The lab's scope owns the cgroup and the namespace. */
public final class ProcessGroup {
    /** Counts over all groups, so that no two processes write one log. */
    private static final AtomicInteger STARTED = new AtomicInteger();

    private final Cgroup cgroup;
    private final Optional<NetworkNamespace> namespace;
    private final OptionalInt cpu;
    private final Path logs;
    private final Map<Long, String> names;

    ProcessGroup(Cgroup cgroup, Optional<NetworkNamespace> namespace, OptionalInt cpu, Path logs) {
        this(cgroup, namespace, cpu, logs, new ConcurrentHashMap<>());
    }

    private ProcessGroup(Cgroup cgroup, Optional<NetworkNamespace> namespace, OptionalInt cpu, Path logs, Map<Long, String> names) {
        this.cgroup = cgroup;
        this.namespace = namespace;
        this.cpu = cpu;
        this.logs = logs;
        this.names = names;
    }

    /** The same group; what is started through this view of it keeps to {@code number}. */
    public ProcessGroup on(int number) {
        return new ProcessGroup(cgroup, namespace, OptionalInt.of(number), logs, names);
    }

    Cgroup cgroup() {
        return cgroup;
    }

    /** Starts a process that has joined the group before its first instruction; {@code scope} owns it. */
    public LabProcess start(Scope scope, ProcessSpec spec) {
        return scope.own(() -> start(spec));
    }

    /** A name for each of the group's live processes, given at its start and inherited by its children. */
    Map<Long, String> processes() {
        Map<Long, String> live = new ConcurrentHashMap<>();
        for (long pid : cgroup.pids()) {
            nameOf(pid).ifPresent(name -> live.put(pid, name));
        }
        return live;
    }

    private Optional<String> nameOf(long pid) {
        String given = names.get(pid);
        if (given != null) {
            return Optional.of(given);
        }
        return ProcessStat.read(pid).map(ProcessStat::parent).filter(parent -> parent > 1).flatMap(this::nameOf);
    }

    private LabProcess start(ProcessSpec spec) {
        Path log = logs.resolve("%03d-%s.log".formatted(STARTED.incrementAndGet(), spec.name().replaceAll("\\W+", "-")));
        ProcessBuilder builder = new ProcessBuilder(joined(spec))
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("LC_ALL", "C");
        try {
            Process process = builder.start();
            names.put(process.pid(), spec.name());
            return new LabProcess(spec.name(), process, log);
        } catch (IOException e) {
            throw new LabException("cannot start " + spec.name(), e);
        }
    }

    /**
     * Every step replaces itself by the next (exec), so the process keeps the pid that Java knows. In a session of its own it is
     * spared a terminal's Ctrl-C, and ends in its turn when the lab closes.
     */
    private List<String> joined(ProcessSpec spec) {
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", "echo $$ >\"$0\" && exec \"$@\"", cgroup.members().toString()));
        command.add(Tool.SETSID.path().toString());
        namespace.ifPresent(entered -> command.addAll(List.of(Tool.NSENTER.path().toString(), "--net=" + entered.path(), "--")));
        cpu.ifPresent(number -> command.addAll(List.of(Tool.TASKSET.path().toString(), "--cpu-list", Integer.toString(number))));
        if (!spec.user().equals(User.ROOT)) {
            command.addAll(List.of(Tool.SETPRIV.path().toString(), "--reuid=" + spec.user().uid(), "--regid=" + spec.user().gid(),
                    "--clear-groups", "--"));
        }
        command.addAll(spec.command());
        return command;
    }
}
