package io.sockway.sockops;

import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The structs of layout.h, field by field. A test compares them with the type information of the compiled object. */
final class Layouts {
    static final int ABI = 8;
    static final int REASON_SLOTS = 64;
    static final int PORT_WORDS = 1024;
    static final int CGROUP_PATH = 240;
    static final int COMM = 16;
    static final int VERSION = 32;
    static final int FEATURE_DIRECT_READS = 1;
    static final int FEATURE_INQ_FAULT = 2;
    static final int FEATURE_UNCHARGED = 4;
    static final int FEATURE_NO_REDIRECT = 8;
    static final int FEATURE_SPLICE_WATCH = 16;
    static final int FEATURE_INQ_BLIND = 32;
    static final int FEATURE_OPTION_WATCH = 64;
    static final int FEATURE_ACCEPT_WATCH = 128;
    static final int FEATURE_TRAMPOLINES = 256;
    static final int FEATURE_SPINNING_PASSES = 512;
    static final int FEATURE_READ_WATCH = 1024;
    static final int KIND_EXCLUDED = 1;

    static final StructLayout FLOW_KEY = structLayout(
            JAVA_LONG.withName("netns"),
            sequenceLayout(16, JAVA_BYTE).withName("local_addr"),
            sequenceLayout(16, JAVA_BYTE).withName("remote_addr"),
            JAVA_SHORT.withName("local_port"),
            JAVA_SHORT.withName("remote_port"),
            JAVA_SHORT.withName("family"),
            JAVA_SHORT.withName("pad")).withName("flow_key");

    static final StructLayout FLOW_SIDE = structLayout(
            FLOW_KEY.withName("key"),
            JAVA_LONG.withName("sock"),
            JAVA_LONG.withName("cookie"),
            JAVA_LONG.withName("inode"),
            JAVA_LONG.withName("cgroup"),
            JAVA_LONG.withName("pod"),
            JAVA_LONG.withName("redirected_bytes"),
            JAVA_LONG.withName("redirected_messages"),
            JAVA_LONG.withName("tcp_messages"),
            JAVA_LONG.withName("tcp_bytes_received"),
            JAVA_LONG.withName("last_tcp"),
            JAVA_LONG.withName("seen"),
            JAVA_LONG.withName("fit"),
            JAVA_LONG.withName("base_bytes"),
            JAVA_INT.withName("base_segs_in"),
            JAVA_INT.withName("base_segs_out"),
            JAVA_LONG.withName("peer_messages"),
            JAVA_LONG.withName("read_messages"),
            JAVA_INT.withName("burst"),
            JAVA_INT.withName("debt"),
            JAVA_INT.withName("reason"),
            JAVA_INT.withName("member"),
            JAVA_INT.withName("vetted"),
            JAVA_INT.withName("stopped"),
            JAVA_LONG.withName("leave_epoch"),
            JAVA_INT.withName("leaving"),
            JAVA_INT.withName("entered")).withName("flow_side");

    static final StructLayout FLOW = structLayout(
            sequenceLayout(2, FLOW_SIDE).withName("side"),
            JAVA_INT.withName("state"),
            JAVA_INT.withName("reason"),
            JAVA_LONG.withName("paired_at"),
            JAVA_LONG.withName("active_at"),
            JAVA_LONG.withName("held_until"),
            JAVA_INT.withName("left"),
            JAVA_INT.withName("own")).withName("flow");

    static final StructLayout CONTROL = structLayout(
            JAVA_INT.withName("abi"),
            JAVA_INT.withName("mode"),
            JAVA_INT.withName("same_node"),
            JAVA_INT.withName("include_only"),
            JAVA_INT.withName("turns"),
            JAVA_INT.withName("max_flows"),
            JAVA_INT.withName("features"),
            JAVA_INT.withName("shares"),
            JAVA_LONG.withName("epoch"),
            JAVA_LONG.withName("pass"),
            JAVA_LONG.withName("unsuited"),
            JAVA_LONG.withName("refused"),
            JAVA_LONG.withName("loaded_at"),
            sequenceLayout(VERSION, JAVA_BYTE).withName("version"),
            JAVA_LONG.withName("forget_before"),
            JAVA_LONG.withName("tcp_interval")).withName("control");

    static final StructLayout PORT_WORD = structLayout(
            JAVA_LONG.withName("include"),
            JAVA_LONG.withName("exclude")).withName("port_word");

    static final StructLayout ATTACHMENT = structLayout(
            JAVA_LONG.withName("since"),
            JAVA_INT.withName("detaching"),
            JAVA_INT.withName("pad"),
            sequenceLayout(CGROUP_PATH, JAVA_BYTE).withName("path")).withName("attachment");

    static final StructLayout HABIT_KEY = structLayout(
            JAVA_INT.withName("process"),
            JAVA_INT.withName("reason")).withName("habit_key");

    static final StructLayout HABIT = structLayout(
            sequenceLayout(COMM, JAVA_BYTE).withName("name"),
            JAVA_LONG.withName("times"),
            JAVA_LONG.withName("late")).withName("habit");

    static final StructLayout COUNTERS = structLayout(
            JAVA_LONG.withName("active_ends"),
            JAVA_LONG.withName("passive_ends"),
            JAVA_LONG.withName("paired"),
            JAVA_LONG.withName("adopted"),
            JAVA_LONG.withName("across"),
            JAVA_LONG.withName("enrolled"),
            JAVA_LONG.withName("closed"),
            JAVA_LONG.withName("redirected_messages"),
            JAVA_LONG.withName("redirected_bytes"),
            JAVA_LONG.withName("tcp_messages"),
            JAVA_LONG.withName("closed_tcp_bytes"),
            JAVA_LONG.withName("would_redirect_bytes"),
            JAVA_LONG.withName("wakes"),
            sequenceLayout(REASON_SLOTS, JAVA_LONG).withName("pass"),
            sequenceLayout(REASON_SLOTS, JAVA_LONG).withName("left")).withName("counters");

    static final StructLayout PASS_REPORT = structLayout(
            JAVA_LONG.withName("sockets"),
            JAVA_LONG.withName("flows"),
            JAVA_LONG.withName("paired"),
            JAVA_LONG.withName("inserted"),
            JAVA_LONG.withName("activated"),
            JAVA_LONG.withName("removed"),
            JAVA_LONG.withName("members"),
            JAVA_LONG.withName("leaving"),
            JAVA_LONG.withName("published"),
            sequenceLayout(REASON_SLOTS, JAVA_LONG).withName("waiting")).withName("pass_report");

    /** The constants that a load sets, of maps.h. */
    static final StructLayout OWN = structLayout(
            JAVA_LONG.withName("pod"),
            JAVA_LONG.withName("uncharged")).withName("own");

    /** By struct and field: asking the layouts themselves takes longer than what the offsets are asked for. */
    private static final Map<String, Map<String, Long>> OFFSETS = new ConcurrentHashMap<>();

    private Layouts() {
    }

    /** Offset of a field in bytes. */
    static long offset(StructLayout layout, String field) {
        return OFFSETS.computeIfAbsent(layout.name().orElseThrow(), _ -> offsets(layout)).get(field);
    }

    private static Map<String, Long> offsets(StructLayout layout) {
        Map<String, Long> offsets = new HashMap<>();
        long next = 0;
        for (MemoryLayout member : layout.memberLayouts()) {
            offsets.put(member.name().orElseThrow(), next);
            next += member.byteSize();
        }
        return offsets;
    }
}
