package io.sockway.bpf;

import io.sockway.libbpf.LibBpf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Which sock_ops programs run for a cgroup. */
public final class CgroupPrograms {
    private static final int MAX = 64;

    private CgroupPrograms() {
    }

    /**
     * The ids of the sock_ops programs of a cgroup.
     *
     * @param effective also those that it inherits from its parents
     */
    public static List<Integer> sockOps(Path cgroup, boolean effective) {
        try (Arena arena = Arena.ofConfined();
                FileDescriptor dir = new FileDescriptor(BpfException.check(
                        Libc.open(cgroup.toString(), Libc.O_RDONLY | Libc.O_DIRECTORY), "open cgroup", cgroup.toString()))) {
            MemorySegment ids = arena.allocate(ValueLayout.JAVA_INT, MAX);
            MemorySegment count = arena.allocateFrom(ValueLayout.JAVA_INT, MAX);
            BpfException.check(LibBpfCalls.PROGRAM_QUERY.applyInt(dir.value(), LibBpf.BPF_CGROUP_SOCK_OPS(),
                    effective ? LibBpf.BPF_F_QUERY_EFFECTIVE() : 0, 0, ids.address(), count.address()),
                    "list programs of cgroup", cgroup.toString());
            List<Integer> found = new ArrayList<>();
            for (int i = 0; i < Math.min(MAX, count.get(ValueLayout.JAVA_INT, 0)); i++) {
                found.add(ids.getAtIndex(ValueLayout.JAVA_INT, i));
            }
            return List.copyOf(found);
        }
    }
}
