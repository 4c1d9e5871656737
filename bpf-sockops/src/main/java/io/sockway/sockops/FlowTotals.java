package io.sockway.sockops;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What the live flows add up to, counted without an object a flow.
 *
 * @param states flows in each state, also those with none
 * @param waiting flows that are not enrolled, by reason
 * @param tcpBytes both ways by TCP, as of the last pass
 */
public record FlowTotals(Map<FlowState, Integer> states, Map<Reason, Long> waiting, long tcpBytes) {
    private static final FlowState[] STATES = FlowState.values();
    private static final long SIDE = Layouts.FLOW_SIDE.byteSize();
    private static final long STATE = Layouts.offset(Layouts.FLOW, "state");
    private static final long FLOW_REASON = Layouts.offset(Layouts.FLOW, "reason");
    private static final long SIDE_REASON = Layouts.offset(Layouts.FLOW_SIDE, "reason");
    private static final long OWN = Layouts.offset(Layouts.FLOW, "own");
    private static final long TCP_BYTES = Layouts.offset(Layouts.FLOW_SIDE, "tcp_bytes_received");

    /** Counts the flows that the walk hands out, as they lie in the map. */
    static FlowTotals count(Consumer<Consumer<MemorySegment>> walk) {
        int[] states = new int[STATES.length];
        long[] waiting = new long[Reason.values().length];
        long[] tcp = new long[1];
        walk.accept(flow -> {
            FlowState state = state(flow);
            states[state.ordinal()]++;
            if (state == FlowState.PAIRED) {
                waiting[why(state, reason(flow, FLOW_REASON), reason(flow, SIDE_REASON), reason(flow, SIDE + SIDE_REASON)).ordinal()]++;
            }
            tcp[0] += tcpBytes(flow);
        });
        Map<FlowState, Integer> byState = new EnumMap<>(FlowState.class);
        for (FlowState state : STATES) {
            byState.put(state, states[state.ordinal()]);
        }
        Map<Reason, Long> byReason = new EnumMap<>(Reason.class);
        for (Reason reason : Reason.values()) {
            if (waiting[reason.ordinal()] > 0) {
                byReason.put(reason, waiting[reason.ordinal()]);
            }
        }
        return new FlowTotals(Collections.unmodifiableMap(byState), Collections.unmodifiableMap(byReason), tcp[0]);
    }

    /** Of both ends; where one is in another pod, what this one has sent, since that pod counts the rest. */
    static long tcpBytes(MemorySegment flow) {
        long toClient = flow.get(JAVA_LONG, TCP_BYTES);
        long toServer = flow.get(JAVA_LONG, SIDE + TCP_BYTES);
        return switch (flow.get(JAVA_INT, OWN)) {
            case 1 -> toServer;
            case 2 -> toClient;
            default -> toClient + toServer;
        };
    }

    static FlowState state(MemorySegment flow) {
        return STATES[Math.floorMod(flow.get(JAVA_INT, STATE), STATES.length)];
    }

    private static Reason reason(MemorySegment flow, long offset) {
        return Reason.of(flow.get(JAVA_INT, offset));
    }

    /** Why a flow is not redirected: what holds an end back now, or else what ended it last; NONE while it is active. */
    static Reason why(FlowState state, Reason flow, Reason client, Reason server) {
        if (state == FlowState.ACTIVE) {
            return Reason.NONE;
        }
        if (state == FlowState.PAIRED && client != Reason.NONE && client != Reason.PEER_UNFIT) {
            return client;
        }
        if (state == FlowState.PAIRED && server != Reason.NONE && server != Reason.PEER_UNFIT) {
            return server;
        }
        return flow == Reason.NONE ? Reason.NOT_ACTIVE : flow;
    }
}
