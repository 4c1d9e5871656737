package io.sockway.bench.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Another accelerator's BPF object, loaded and attached by bpftool under pins of its own; the scope takes it all out again. */
public final class PeerObject {
    private final Path programs;
    private final Path maps;

    private PeerObject(Path pins) {
        this.programs = pins.resolve("programs");
        this.maps = pins.resolve("maps");
    }

    /** Loads all programs of an object, and pins its maps by their names. */
    public static PeerObject load(Scope scope, Lab lab, Path object) {
        Path pins = lab.pins(scope);
        PeerObject loaded = new PeerObject(pins);
        make(pins);
        Command.of(Tool.BPFTOOL.path(), "prog", "loadall", object, loaded.programs, "pinmaps", loaded.maps).run();
        return loaded;
    }

    /**
     * Attaches a program until the scope ends.
     *
     * @param program its name in the object
     * @param type as bpftool names it
     * @param map that it is attached to; empty for the cgroups of the pods
     */
    public void attach(Scope scope, String program, String type, String map, List<Pod> pods) {
        Path pinned = programs.resolve(program);
        if (!map.isEmpty()) {
            Path target = maps.resolve(map);
            attach(scope, new Object[] {"prog", "attach", "pinned", pinned, type, "pinned", target},
                    new Object[] {"prog", "detach", "pinned", pinned, type, "pinned", target});
            return;
        }
        for (Pod pod : pods) {
            Path cgroup = pod.processes().cgroup().directory();
            attach(scope, new Object[] {"cgroup", "attach", cgroup, type, "pinned", pinned},
                    new Object[] {"cgroup", "detach", cgroup, type, "pinned", pinned});
        }
    }

    private static void attach(Scope scope, Object[] attach, Object[] detach) {
        scope.own(() -> {
            bpftool(attach).run();
            // The program may be gone already with its cgroup or map, which is as good.
            return () -> bpftool(detach).result();
        });
    }

    private static void make(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new LabException("cannot make " + folder, e);
        }
    }

    private static Command bpftool(Object... arguments) {
        Object[] command = new Object[arguments.length + 1];
        command[0] = Tool.BPFTOOL.path();
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        return Command.of(command);
    }
}
