package io.sockway.node.doctor;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Whether Sockway is attached, and why local messages still take TCP. */
final class MeshCheck implements Check {
    private static final int MESSAGES_PER_SECOND = 50;
    private static final int SHOWN = 4;
    private static final String OWN_PROCESSES = "proc/self/ns/pid";
    /** The first one has always this number: PROC_PID_INIT_INO in linux/proc_ns.h. */
    private static final String NODE_PROCESSES = "pid:[4026531836]";

    @Override
    public Area area() {
        return Area.MESH;
    }

    @Override
    public void look(View view, Report report) {
        view.mesh().ifPresent(all -> {
            List<MeshState> attached = all.stream().filter(MeshState::attached).toList();
            if (attached.isEmpty()) {
                if (!all.isEmpty()) {
                    absent(view, all, report);
                }
                return;
            }
            long cgroups = attached.stream().filter(MeshCheck::isOn).mapToLong(mesh -> mesh.cgroups().size()).sum();
            if (cgroups > 0) {
                report.note(area(), "Sockway is attached to " + Figures.plural(cgroups, "cgroup"));
            }
            leftOut(view, attached, report);
            waiting(attached, report);
            for (MeshState mesh : attached) {
                state(mesh, report);
                passes(view, mesh, report);
                refused(view, mesh, report);
                habits(mesh, report);
            }
        });
    }

    private static boolean isOn(MeshState mesh) {
        return mesh.mode().equals("on");
    }

    private void absent(View view, List<MeshState> all, Report report) {
        String pins = String.join(" or ", all.stream().map(MeshState::pins).toList());
        List<String> envoys = view.processes("envoy").toList();
        if (envoys.isEmpty() && view.host().linkName(OWN_PROCESSES).filter(own -> !own.equals(NODE_PROCESSES)).isPresent()) {
            report.unseen(area(), "the Envoys of this node: this process sees only those of its own container (in a pod: hostPID)");
            return;
        }
        if (envoys.isEmpty()) {
            report.note(area(), "Sockway is not attached (nothing is pinned under " + pins + "), and no Envoy runs here that "
                    + "would need it");
            return;
        }
        report.found(Finding.of("sockway-not-attached", area())
                .seen(Figures.plural(envoys.size(), "Envoy") + (envoys.size() == 1 ? " runs" : " run") + " here (/proc/" + envoys.getFirst()
                        + "/comm), and nothing is pinned under " + pins)
                .seen(obstacles(view))
                .why("Each request crosses two local TCP connections, app to Envoy and back, that Sockway would carry from socket to "
                        + "socket.")
                .remedy("sockway run --cgroup " + view.cgroups() + "/POD for each pod, or its injector; if Sockway keeps its pins "
                        + "elsewhere: --pin-dir.")
                .rated(Severity.ADVICE, Confidence.HIGH));
    }

    private void state(MeshState mesh, Report report) {
        if (!mesh.served()) {
            report.found(Finding.of("sockway-not-served", area())
                    .seen("Sockway is attached to " + Figures.plural(mesh.cgroups().size(), "cgroup") + ", and no 'sockway run' serves "
                            + mesh.pins())
                    .why("Connections that were enrolled go on as they are; new ones stay on TCP.")
                    .remedy("Start 'sockway run --pin-dir " + mesh.pins() + "' again (in an injected pod look at its container "
                            + "'sockway'), or take Sockway away: sockway detach --all --pin-dir " + mesh.pins())
                    .rated(Severity.WARNING, Confidence.HIGH));
        }
        if (!isOn(mesh)) {
            report.found(Finding.of("sockway-paused", area())
                    .seen("Sockway's mode is '" + mesh.mode() + "' (" + mesh.pins() + ")")
                    .why("All bytes take TCP; nothing is gained.")
                    .remedy("sockway resume --pin-dir " + mesh.pins() + "; for an injected pod the annotation sockway.io/acceleration")
                    .rated(Severity.ADVICE, Confidence.HIGH));
        }
    }

    /** What has to be there before Sockway can be attached. */
    private static List<String> obstacles(View view) {
        List<String> obstacles = new ArrayList<>();
        if (!view.host().inNodeNamespace()) {
            return obstacles;
        }
        view.host().text("proc/mounts").ifPresent(mounts -> {
            if (!mounts.contains(" bpf ")) {
                obstacles.add("no BPF file system is mounted, which the pins need: mount -t bpf bpf /sys/fs/bpf (/proc/mounts)");
            }
            if (!mounts.contains(" cgroup2 ")) {
                obstacles.add("cgroups of version 2 are not mounted, which Sockway attaches to: mount -t cgroup2 none "
                        + "/sys/fs/cgroup/unified (/proc/mounts)");
            }
        });
        return obstacles;
    }

    private void leftOut(View view, List<MeshState> attached, Report report) {
        List<String> cgroups = attached.stream().flatMap(mesh -> mesh.cgroups().stream()).map(MeshCheck::withinMount).toList();
        List<String> outside = new ArrayList<>();
        view.processes("envoy").forEach(pid -> view.host().text("proc/" + pid + "/cgroup").flatMap(text ->
                text.lines().filter(line -> line.startsWith("0::/") && !line.contains("/..")).map(line -> line.substring(3)).findFirst())
                .filter(own -> cgroups.stream().noneMatch(at -> own.equals(at) || own.startsWith(at.equals("/") ? at : at + "/")))
                .ifPresent(own -> outside.add("process " + pid + " in " + view.cgroups() + own)));
        if (!outside.isEmpty()) {
            report.found(Finding.of("sockway-envoy-left-out", area())
                    .seen(Figures.plural(outside.size(), "Envoy") + (outside.size() == 1 ? " is" : " are")
                            + " in no cgroup that Sockway is attached to: " + Figures.some(outside) + " (/proc/PID/cgroup)")
                    .why("Sockway carries the connections of the cgroups that it is attached to; the hops of these Envoys stay on TCP.")
                    .remedy("sockway attach --cgroup DIR for the pod's cgroup, or Sockway in that pod too. Where Sockway has its pins "
                            + "elsewhere: --pin-dir, --pods-dir.")
                    .rated(Severity.ADVICE, Confidence.MEDIUM));
        }
    }

    private static String withinMount(String cgroup) {
        String path = cgroup.replaceFirst("^/sys/fs/cgroup(/unified)?", "");
        return path.isEmpty() ? "/" : path;
    }

    private void waiting(List<MeshState> attached, Report report) {
        Map<String, Long> waiting = new TreeMap<>();
        attached.forEach(mesh -> mesh.waiting().forEach((reason, n) -> waiting.merge(reason, n, Long::sum)));
        long flows = waiting.values().stream().mapToLong(Long::longValue).sum();
        if (flows > 0) {
            report.note(area(), Figures.plural(flows, "local connection") + " not enrolled: " + String.join("; ",
                    waiting.entrySet().stream().sorted(Map.Entry.<String, Long>comparingByValue().reversed()).limit(SHOWN)
                            .map(entry -> Figures.count(entry.getValue()) + " " + entry.getKey()).toList()) + " ('sockway flows')");
        }
    }

    private void passes(View view, MeshState mesh, Report report) {
        Map<String, Long> passes = view.meshSince(mesh, MeshState::passes);
        long passed = passes.values().stream().mapToLong(Long::longValue).sum();
        long redirected = view.meshCountSince(mesh, MeshState::redirected);
        if (!isOn(mesh) || passed < MESSAGES_PER_SECOND * view.seconds() || passed < redirected) {
            return;
        }
        List<String> evidence = new ArrayList<>(List.of(view.rate(passed) + " messages of enrolled connections took TCP, "
                + view.rate(redirected) + " were redirected (sockway status --pin-dir " + mesh.pins() + ")"));
        passes.entrySet().stream().sorted(Map.Entry.<String, Long>comparingByValue().reversed()).limit(SHOWN)
                .forEach(entry -> evidence.add(view.rate(entry.getValue()) + ": " + entry.getKey()));
        report.found(Finding.of("sockway-flows-pass", area()).seen(evidence)
                .why("These local messages go through TCP although their connection is enrolled, so they gain little.")
                .remedy("'sockway flows' shows which connections, and why. Bulk transfers belong on TCP.")
                .rated(Severity.ADVICE, Confidence.HIGH));
    }

    private void refused(View view, MeshState mesh, Report report) {
        long refused = view.meshCountSince(mesh, MeshState::refused);
        if (refused > 0) {
            report.found(Finding.of("sockway-flows-full", area())
                    .seen(view.rate(refused) + " connections stay on TCP because " + Figures.count(mesh.maxFlows()) + " are known already ("
                            + mesh.pins() + ")")
                    .why("Sockway keeps a table of connections of fixed size, and it is full.")
                    .remedy("'sockway detach --all', then start it with a larger --max-flows (it is " + mesh.maxFlows() + "): the table is "
                            + "made at load, and what is pinned keeps its size.")
                    .rated(Severity.WARNING, Confidence.HIGH));
        }
    }

    private void habits(MeshState mesh, Report report) {
        if (!mesh.habits().isEmpty()) {
            boolean late = mesh.habits().stream().anyMatch(habit -> habit.late() > 0);
            report.found(Finding.of("sockway-habits", area())
                    .seen(mesh.habits().stream().sorted(Comparator.comparingLong(MeshState.Habit::late).reversed()).limit(SHOWN)
                            .map(habit -> habit.words() + (habit.late() == 0 ? "" : "; on " + habit.late() + " of them before that was "
                            + "known, while redirected bytes waited") + " (sockway status --pin-dir " + mesh.pins() + ")").toList())
                    .why("A sockmap cannot carry what these programs do with their sockets" + (late ? ". Where redirected bytes waited, "
                            + "the program has seen something else than TCP shows." : ", so these connections stay on TCP."))
                    .remedy((late ? "" : "Nothing is broken. ") + "--exclude-executables leaves such a program alone from the start. It "
                            + "takes the whole list, with the names that 'sockway status' shows after 'not of'.")
                    .rated(late ? Severity.WARNING : Severity.ADVICE, Confidence.HIGH));
        }
    }
}
