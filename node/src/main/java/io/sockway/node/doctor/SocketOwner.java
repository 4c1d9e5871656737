package io.sockway.node.doctor;

import io.sockway.node.host.Host;
import java.util.Optional;

/** Finds the process that has a socket open. */
final class SocketOwner {
    private SocketOwner() {
    }

    /** For example {@code nginx (123)}; empty where it may not be seen. */
    static Optional<String> of(Host host, long inode) {
        String wanted = "socket:[" + inode + "]";
        for (String pid : host.names("proc")) {
            if (!Character.isDigit(pid.charAt(0))) {
                continue;
            }
            String folder = "proc/" + pid + "/fd";
            for (String fd : host.names(folder)) {
                if (host.linkName(folder + "/" + fd).map(wanted::equals).orElse(false)) {
                    return Optional.of(host.text("proc/" + pid + "/comm").orElse("process") + " (" + pid + ")");
                }
            }
        }
        return Optional.empty();
    }
}
