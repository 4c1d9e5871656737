package io.sockway.sockops;

import io.sockway.bpf.BpfException;
import io.sockway.bpf.BpfMap;
import io.sockway.bpf.BpfProgram;
import io.sockway.bpf.CgroupPrograms;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** Finds another accelerator on a cgroup: two at once are slower than none. */
final class Conflicts {
    private static final String OWN_PREFIX = "sockway_";

    private Conflicts() {
    }

    /**
     * A line about a sock_ops program of the cgroup or its parents that is an accelerator and not ours.
     *
     * @param ownProgram id of the pairing program under the pins in use
     */
    static Optional<String> find(Path cgroup, int ownProgram) {
        Set<Integer> here = Set.copyOf(CgroupPrograms.sockOps(cgroup, false));
        for (int id : CgroupPrograms.sockOps(cgroup, true)) {
            String where = here.contains(id) ? "attached to " + cgroup : "attached to a parent of " + cgroup;
            if (id == ownProgram) {
                return Optional.of("this Sockway is " + where + " already");
            }
            Optional<String> other = accelerator(id);
            if (other.isPresent()) {
                return Optional.of(other.get() + " is " + where);
            }
        }
        return Optional.empty();
    }

    private static Optional<String> accelerator(int id) {
        try (BpfProgram program = BpfProgram.openId(id)) {
            BpfProgram.Info info = program.info();
            if (info.name().startsWith(OWN_PREFIX)) {
                return Optional.of("another Sockway, under other pins (program " + info.name() + ", id " + id + ")");
            }
            for (int map : info.maps()) {
                try (BpfMap opened = BpfMap.openId(map)) {
                    if (opened.info().holdsSockets()) {
                        return Optional.of("another sockmap accelerator (program " + info.name() + ", id " + id + ")");
                    }
                }
            }
            return Optional.empty();
        } catch (BpfException e) {
            // Without CAP_SYS_ADMIN nobody may look, and a program that went away meanwhile is no conflict.
            return Optional.empty();
        }
    }
}
