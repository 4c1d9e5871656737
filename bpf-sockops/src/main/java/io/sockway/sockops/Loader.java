package io.sockway.sockops;

import io.sockway.bpf.BpfException;
import io.sockway.bpf.BpfLink;
import io.sockway.bpf.BpfMap;
import io.sockway.bpf.BpfObject;
import io.sockway.bpf.BpfProgram;
import io.sockway.bpf.SockMapHook;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;

/** Takes the compiled programs into the kernel. */
final class Loader {
    private static final int HALVES_MIN = 16384;
    private static final String OBJECT = "sockway.bpf.o";
    private static final String PAIR = "sockway_pair";
    private static final String GATE = "sockway_gate";
    private static final String ENROL = "sockway_enrol";
    private static final String QUEUE = "sockway_queue";
    /** Tracepoints of system calls. */
    private static final String SPLICE = "sys_enter_splice";
    private static final String IOCTL = "sys_enter_ioctl";
    private static final List<String> SETTERS = List.of("sys_enter_setsockopt", "sys_enter_fcntl", IOCTL);
    private static final List<String> ACCEPTS = List.of("sys_exit_accept", "sys_exit_accept4");
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
    static void load(PinDirectory pins, Settings settings, String version) {
        try (BpfObject object = BpfObject.open(OBJECT, Resources.bytes(OBJECT))) {
            object.maxEntries("flows", settings.maxFlows());
            object.maxEntries("members", 2 * settings.maxFlows());
            object.maxEntries("queued", 2 * settings.maxFlows());
            object.maxEntries("halves", Math.max(HALVES_MIN, settings.maxFlows()));
            object.load();
            try (BpfMap members = object.map("members");
                    BpfProgram gate = object.program(GATE);
                    BpfProgram queue = object.program(QUEUE);
                    BpfProgram pair = object.program(PAIR);
                    BpfProgram enrol = object.program(ENROL);
                    BpfLink passes = enrol.linkIterator()) {
                gate.attachToMap(members, SockMapHook.MESSAGE);
                KernelProbe kernel = KernelProbe.run();
                if (!kernel.exactFionread()) {
                    queue.attachToMap(members, SockMapHook.PACKET);
                }
                int watches = watch(object, SPLICE, pins) ? Layouts.FEATURE_SPLICE_WATCH : 0;
                watches |= watchAll(object, SETTERS, pins) ? Layouts.FEATURE_OPTION_WATCH : 0;
                watches |= watchAll(object, ACCEPTS, pins) ? Layouts.FEATURE_ACCEPT_WATCH : 0;
                boolean blind = !kernel.countsRedirected() && !Files.exists(pins.watch(IOCTL));
                passes.pin(pins.passes());
                pair.pin(pins.pairProgram());
                for (String name : MAPS) {
                    try (BpfMap map = object.map(name)) {
                        if (name.equals("control")) {
                            ControlBlock.init(map, settings, buildOf(version),
                                    kernel.bits() | watches | (blind ? Layouts.FEATURE_NO_REDIRECT : 0));
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

    static void tryOut() {
        try (BpfObject object = BpfObject.open(OBJECT, Resources.bytes(OBJECT))) {
            object.load();
        } catch (BpfException e) {
            throw new AcceleratorException("cannot load the BPF programs: " + e.getMessage(), e);
        }
    }

    private static boolean watchAll(BpfObject object, List<String> tracepoints, PinDirectory pins) {
        return tracepoints.stream().filter(tracepoint -> watch(object, tracepoint, pins)).count() == tracepoints.size();
    }

    private static boolean watch(BpfObject object, String tracepoint, PinDirectory pins) {
        String call = tracepoint.substring(tracepoint.lastIndexOf('_') + 1);
        try (BpfProgram program = object.program("sockway_" + call)) {
            Optional<BpfLink> link = program.linkTracepoint("syscalls/" + tracepoint);
            link.ifPresent(opened -> {
                try (opened) {
                    opened.pin(pins.watch(tracepoint));
                }
            });
            return link.isPresent();
        }
    }
}
