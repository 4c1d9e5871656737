package io.sockway.sockops;

import io.sockway.bpf.BpfException;
import io.sockway.bpf.BpfLink;
import io.sockway.bpf.BpfMap;
import io.sockway.bpf.BpfObject;
import io.sockway.bpf.BpfProgram;
import io.sockway.bpf.SockMapHook;
import io.sockway.bpf.Trampoline;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/** Takes the compiled programs into the kernel. */
final class Loader {
    private static final int HALVES_MIN = 16384;
    private static final String OBJECT = "sockway.bpf.o";
    private static final String PAIR = "sockway_pair";
    private static final String GATE = "sockway_gate";
    private static final String ENROL = "sockway_enrol";
    private static final String QUEUE = "sockway_queue";
    /** Names are the programs'; control is pinned last. */
    private static final List<String> MAPS = List.of("ends", "halves", "flows", "members", "queued", "ports", "attachments", "stats",
            "report", "wakes", "barrier", "barrier_value", "unsuited", "habits", "processes", "executables", "control");

    private Loader() {
    }

    /** How this build names its programs: its version and a checksum of the object. */
    static String buildOf(String version) {
        CRC32 checksum = new CRC32();
        checksum.update(Resources.bytes(OBJECT));
        return version + "+" + Long.toHexString(checksum.getValue());
    }

    /** Loads the programs, finds out what this kernel offers, and pins all; on failure nothing stays. The caller holds the pins' lock. */
    static void load(PinDirectory pins, Settings settings, String version, Sharing sharing) {
        KernelProbe kernel = KernelProbe.run();
        try (Programs loaded = Programs.load(settings, kernel, sharing, !pins.hasReadWatchBeside())) {
            BpfObject object = loaded.object;
            try (BpfMap members = object.map("members");
                    BpfProgram gate = object.program(GATE);
                    BpfProgram queue = object.program(QUEUE);
                    BpfProgram pair = object.program(PAIR);
                    BpfProgram enrol = object.program(ENROL);
                    BpfLink passes = enrol.linkIterator()) {
                gate.attachToMap(members, SockMapHook.MESSAGE);
                if (!kernel.exactFionread()) {
                    queue.attachToMap(members, SockMapHook.PACKET);
                }
                int watched = loaded.watches.features();
                boolean blind = !kernel.countsRedirected() && (watched & Layouts.FEATURE_OPTION_WATCH) == 0;
                loaded.watches.pin(pins);
                passes.pin(pins.passes());
                pair.pin(pins.pairProgram());
                for (String name : MAPS) {
                    try (BpfMap map = object.map(name)) {
                        if (name.equals("control")) {
                            sharing.register(object);
                            ControlBlock.init(map, settings, buildOf(version),
                                    kernel.bits() | watched | (blind ? Layouts.FEATURE_NO_REDIRECT : 0), sharing.any());
                        }
                        map.pin(pins.map(name));
                    }
                }
            }
        } catch (BpfException e) {
            pins.remove();
            throw new AcceleratorException("cannot load the BPF programs: " + e.getMessage() + "; traffic stays on plain TCP", e);
        } catch (RuntimeException e) {
            pins.remove();
            throw e;
        }
    }

    /** Loads the programs and lets them go again. */
    static void tryOut(Settings settings) {
        try {
            Programs.load(settings, KernelProbe.run(), Sharing.NOTHING, true).close();
        } catch (BpfException e) {
            throw new AcceleratorException("cannot load the BPF programs: " + e.getMessage(), e);
        }
    }

    /** The programs in the kernel, their watches attached, nothing pinned. */
    private record Programs(BpfObject object, Watches watches) implements AutoCloseable {
        static Programs load(Settings settings, KernelProbe kernel, Sharing sharing, boolean mayWatchReads) {
            List<Watches.Way> ways = new ArrayList<>();
            if (Trampoline.mayBeOffered()) {
                ways.add(Watches.Way.FUNCTIONS);
            }
            // Who asks for FIONREAD shows in its call only. A second watch on reads costs them more than watches on all calls.
            if (mayWatchReads && kernel.countsRedirected()) {
                ways.add(Watches.Way.READS);
            }
            for (Watches.Way way : ways) {
                try {
                    return load(settings, kernel, sharing, way);
                } catch (BpfException _) {
                    // what is wrong with more than the watches shows with the last way as well
                }
            }
            return load(settings, kernel, sharing, Watches.Way.SYSTEM_CALLS);
        }

        private static Programs load(Settings settings, KernelProbe kernel, Sharing sharing, Watches.Way way) {
            BpfObject object = BpfObject.open(OBJECT, Resources.bytes(OBJECT));
            try {
                object.maxEntries("flows", settings.maxFlows());
                object.maxEntries("members", 2 * settings.maxFlows());
                object.maxEntries("queued", 2 * settings.maxFlows());
                object.maxEntries("halves", Math.max(HALVES_MIN, settings.maxFlows()));
                way.choose(object);
                sharing.prepare(object, kernel);
                object.load();
                return new Programs(object, way.attach(object));
            } catch (RuntimeException | Error e) {
                object.close();
                throw e;
            }
        }

        @Override
        public void close() {
            watches.close();
            object.close();
        }
    }
}
