package io.sockway.sockops;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.sockway.bpf.BpfMap;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What the programs know of attached cgroups.
 *
 * @param map by cgroup id
 */
record Attachments(BpfMap map) {
    /** The oldest first. */
    List<Attachment> all() {
        List<Attachment> found = new ArrayList<>();
        map.forEach((key, value) -> found.add(new Attachment(key.get(JAVA_LONG, 0),
                Path.of(Values.getString(value, Layouts.offset(Layouts.ATTACHMENT, "path"), Layouts.CGROUP_PATH)),
                Values.instant(value.get(JAVA_LONG, Layouts.offset(Layouts.ATTACHMENT, "since"))),
                value.get(JAVA_INT, Layouts.offset(Layouts.ATTACHMENT, "detaching")) != 0)));
        found.sort(Comparator.comparing(Attachment::since));
        return found;
    }

    void put(long id, Path cgroup, boolean detaching) {
        String path = cgroup.toAbsolutePath().normalize().toString();
        int bytes = path.getBytes(StandardCharsets.UTF_8).length;
        if (bytes >= Layouts.CGROUP_PATH) {
            throw new AcceleratorException("the path of cgroup " + path + " has " + bytes + " bytes and may have "
                    + (Layouts.CGROUP_PATH - 1) + ": mount the cgroup tree somewhere with a shorter path, or bind-mount a part of it");
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment key = arena.allocateFrom(JAVA_LONG, id);
            MemorySegment value = arena.allocate(Layouts.ATTACHMENT);
            if (!map.lookup(key, value)) {
                value.set(JAVA_LONG, Layouts.offset(Layouts.ATTACHMENT, "since"), Values.epochNanos(Instant.now()));
                Values.putString(value, Layouts.offset(Layouts.ATTACHMENT, "path"), Layouts.CGROUP_PATH, path);
            }
            value.set(JAVA_INT, Layouts.offset(Layouts.ATTACHMENT, "detaching"), detaching ? 1 : 0);
            map.update(key, value);
        }
    }

    void remove(long id) {
        try (Arena arena = Arena.ofConfined()) {
            map.delete(arena.allocateFrom(JAVA_LONG, id));
        }
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
}
