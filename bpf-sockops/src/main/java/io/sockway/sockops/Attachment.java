package io.sockway.sockops;

import java.nio.file.Path;
import java.time.Instant;

/**
 * A cgroup whose connections are paired.
 *
 * @param id of the cgroup: its inode number
 * @param cgroup its path when it was attached
 * @param since when it was attached
 * @param detaching whether its flows are leaving
 */
public record Attachment(long id, Path cgroup, Instant since, boolean detaching) {
}
