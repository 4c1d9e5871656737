package io.sockway.deploy.pod;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The host's cgroups of version 2, as they were when this was made. A container in a cgroup namespace of its own does not see the names
 * above it, but it knows its cgroup's inode number, which it finds again in the host's tree. Immutable.
 */
public final class CgroupTree {
    private static final String PROCS = "cgroup.procs";

    private final Path root;
    private final Map<Long, Path> byInode = new HashMap<>();

    private CgroupTree(Path root) {
        this.root = root;
    }

    /**
     * Walks the tree.
     *
     * @param mounted where the host's /sys/fs/cgroup is mounted, read-only will do: of version 2, or of version 1 with {@code unified}
     *     (hybrid)
     * @throws PodException where there is no version 2, or it cannot be read
     */
    public static CgroupTree of(Path mounted) {
        CgroupTree tree = new CgroupTree(version2(mounted));
        try {
            Files.walkFileTree(tree.root, new Walk(tree.byInode));
        } catch (IOException e) {
            throw new PodException("cannot read the cgroups below " + tree.root + ": " + e.getMessage());
        }
        return tree;
    }

    /** Notes each folder under its inode number. Cgroups that go meanwhile are passed over. */
    static final class Walk extends SimpleFileVisitor<Path> {
        private final Map<Long, Path> byInode;

        Walk(Map<Long, Path> byInode) {
            this.byInode = byInode;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
            try {
                byInode.put(inode(folder), folder);
                return FileVisitResult.CONTINUE;
            } catch (NoSuchFileException e) {
                return FileVisitResult.SKIP_SUBTREE;
            }
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
            if (failure instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
            }
            throw failure;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path folder, IOException failure) throws IOException {
            return failure == null ? FileVisitResult.CONTINUE : visitFileFailed(folder, failure);
        }
    }

    private static Path version2(Path mounted) {
        for (Path candidate : List.of(mounted, mounted.resolve("unified"))) {
            if (Files.isDirectory(candidate) && type(candidate).equals("cgroup2")) {
                return candidate;
            }
        }
        if (!Files.isDirectory(mounted)) {
            throw new PodException("no folder " + mounted + ": mount the host's /sys/fs/cgroup there");
        }
        boolean version1 = Files.isDirectory(mounted.resolve("memory")) || Files.isDirectory(mounted.resolve("cpu"));
        throw new PodException(version1 ? mounted + " has cgroups of version 1 only: BPF programs for sockets need version 2; boot the "
                + "node with systemd.unified_cgroup_hierarchy=1" : mounted + " is no cgroup tree: mount the host's /sys/fs/cgroup there");
    }

    private static String type(Path folder) {
        try {
            return Files.getFileStore(folder).type();
        } catch (IOException e) {
            return "";
        }
    }

    /** Whether a cgroup with this inode number is there. */
    public boolean contains(long inode) {
        return byInode.containsKey(inode);
    }

    /** Where the cgroup with this inode number is; empty if there is none. */
    public Optional<Path> find(long inode) {
        return Optional.ofNullable(byInode.get(inode));
    }

    /** Inode numbers of the cgroups that are named after a pod. */
    public Set<Long> podCgroups(String uid) {
        Pattern name = podName(uid);
        return byInode.entrySet().stream().filter(each -> name.matcher(String.valueOf(each.getValue().getFileName())).matches())
                .map(Map.Entry::getKey).collect(Collectors.toUnmodifiableSet());
    }

    /**
     * The cgroup of the pod that this process runs in.
     *
     * @param uid of the pod
     * @throws PodException when this process is not in this tree, or in no cgroup that is named after the pod
     */
    public Path ownPod(String uid) {
        Path own = own();
        Pattern name = podName(uid);
        for (Path at = own; at != null && at.startsWith(root) && !at.equals(root); at = at.getParent()) {
            if (name.matcher(at.getFileName().toString()).matches()) {
                return at;
            }
        }
        throw new PodException("this process is in the cgroup /" + root.relativize(own) + ", of which no part is named after the pod " + uid
                + ": is that the pod's UID (metadata.uid)?");
    }

    /**
     * As the kubelet names it: {@code podUID} with the cgroupfs driver, {@code kubepods-CLASS-podUID.slice}, its dashes _, with systemd's.
     */
    private static Pattern podName(String uid) {
        return Pattern.compile("pod" + Pattern.quote(uid) + "|(.*-)?pod" + Pattern.quote(uid.replace('-', '_')) + "\\.slice");
    }

    private Path own() {
        Optional<Long> inode = ownInode();
        Optional<Path> found = inode.map(byInode::get);
        if (inode.isEmpty()) {
            found = byProcess();
        }
        return found.orElseThrow(() -> new PodException("the cgroup of this process is not below " + root
                + ": mount the host's whole /sys/fs/cgroup there"));
    }

    /** Through a mount of version 2 that does not begin above this process's cgroup namespace. */
    private static Optional<Long> ownInode() {
        try {
            Optional<String> path = Files.readAllLines(Path.of("/proc/self/cgroup")).stream().filter(line -> line.startsWith("0::"))
                    .map(line -> line.substring(3)).findFirst();
            if (path.isEmpty()) {
                return Optional.empty();
            }
            for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
                String[] fields = line.split(" ");
                int separator = List.of(fields).indexOf("-");
                if (!fields[separator + 1].equals("cgroup2") || fields[3].startsWith("/..")) {
                    continue;
                }
                Path top = Path.of(fields[3]);
                Path own = Path.of(path.get());
                if (own.startsWith(top)) {
                    Path folder = Path.of(fields[4].replace("\\040", " ")).resolve(top.relativize(own).toString());
                    if (Files.isDirectory(folder)) {
                        return Optional.of(inode(folder));
                    }
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where a hybrid host gives containers mounts of version 1 only: the kernel writes process ids as their reader knows them. */
    private Optional<Path> byProcess() {
        String pid = Long.toString(ProcessHandle.current().pid());
        for (Path folder : new ArrayList<>(byInode.values())) {
            try (Stream<String> pids = Files.lines(folder.resolve(PROCS))) {
                if (pids.anyMatch(pid::equals)) {
                    return Optional.of(folder);
                }
            } catch (IOException | UncheckedIOException e) {
                // gone, or threaded: this process is in neither
            }
        }
        return Optional.empty();
    }

    private static long inode(Path folder) throws IOException {
        return ((Number) Files.getAttribute(folder, "unix:ino", LinkOption.NOFOLLOW_LINKS)).longValue();
    }
}
