package io.sockway.sockops;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.sockway.bpf.BpfMap;
import io.sockway.bpf.BpfObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * What programs that are loaded share with those of other pods. Closing it closes the maps, which the programs keep.
 *
 * @param node where that is pinned; null where nothing is shared
 * @param maps by name
 * @param pod what tells this pod from the others; 0 where nothing is shared
 */
record Sharing(NodePins node, Map<String, BpfMap> maps, long pod) implements AutoCloseable {
    static final Sharing NOTHING = new Sharing(null, Map.of(), 0);
    /** Of the constants that are set here, which nothing else is in. */
    private static final String SECTION = ".rodata.own";

    /** With the pods whose pins are beside these. */
    static Sharing beside(PinDirectory pins) {
        NodePins node = NodePins.beside(pins);
        return new Sharing(node, node.open(), new SplittableRandom().nextLong(1, Long.MAX_VALUE));
    }

    boolean any() {
        return pod != 0;
    }

    /** Readies an object for the load. */
    void prepare(BpfObject object, KernelProbe kernel) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment own = arena.allocate(Layouts.OWN);
            own.set(JAVA_LONG, Layouts.offset(Layouts.OWN, "pod"), pod);
            own.set(JAVA_LONG, Layouts.offset(Layouts.OWN, "uncharged"), kernel.charges() ? 0 : 1);
            object.constants(SECTION, own);
        }
        for (String name : NodePins.names()) {
            if (any()) {
                object.reuse(name, maps.get(name));
            } else {
                object.omit(name);
            }
        }
    }

    /** Lets the programs of other pods see the maps of a loaded object, once they are pinned. */
    void register(BpfObject object) {
        if (any()) {
            node.register(maps, pod, object);
        }
    }

    @Override
    public void close() {
        maps.values().forEach(BpfMap::close);
    }
}
