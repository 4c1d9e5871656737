package io.sockway.node.doctor;

import java.util.List;
import java.util.function.Consumer;

/** Tells what Sockway does on this node; the process that knows the accelerator provides it. */
@FunctionalInterface
public interface MeshProbe {
    /**
     * Looks now; tells of each folder of pins that Sockway has here, and of where they would be if there is none. Empty
     * where none could be looked into.
     *
     * @param unseen takes a line for people about each folder that it could not look into
     * @throws io.sockway.node.host.HostException with one line for people when it may not look
     */
    List<MeshState> look(Consumer<String> unseen);
}
