package io.sockway.sockops;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * Totals since the programs were loaded, over all CPUs.
 *
 * @param ends sockets that were established in attached cgroups
 * @param paired flows: connections of which a pass has found both ends
 * @param adopted of these, older than the attach
 * @param across of all, with the other end in another pod
 * @param enrolled times that a flow became active
 * @param closed flows that have ended
 * @param redirectedMessages messages socket to socket
 * @param redirectedBytes their bytes
 * @param tcpMessages messages by TCP of sockets in the sockhash
 * @param closedTcpBytes bytes by TCP of paired flows that have ended
 * @param wouldRedirectBytes bytes that observe mode let pass
 * @param wakes times that the programs asked for a pass
 * @param passes messages by TCP of sockets in the sockhash, by reason
 * @param left flows that left, by reason
 */
public record Counters(long ends, long paired, long adopted, long across, long enrolled, long closed, long redirectedMessages,
        long redirectedBytes, long tcpMessages, long closedTcpBytes, long wouldRedirectBytes, long wakes,
        Map<Reason, Long> passes, Map<Reason, Long> left) {

    /** Sockets whose other end is elsewhere, or that did not live until a pass. */
    public long unpairedEnds() {
        return Math.max(0, ends - 2 * (paired - adopted) + across);
    }

    /** Adds up the slots of a per-CPU value. */
    static Counters sum(MemorySegment perCpu) {
        long slot = Layouts.COUNTERS.byteSize();
        long cpus = perCpu.byteSize() / slot;
        long[] totals = new long[(int) (slot / Long.BYTES)];
        for (long cpu = 0; cpu < cpus; cpu++) {
            for (int i = 0; i < totals.length; i++) {
                totals[i] += perCpu.get(JAVA_LONG, cpu * slot + (long) i * Long.BYTES);
            }
        }
        return new Counters(at(totals, "active_ends") + at(totals, "passive_ends"), at(totals, "paired"), at(totals, "adopted"),
                at(totals, "across"), at(totals, "enrolled"), at(totals, "closed"),
                at(totals, "redirected_messages"), at(totals, "redirected_bytes"),
                at(totals, "tcp_messages"), at(totals, "closed_tcp_bytes"), at(totals, "would_redirect_bytes"),
                at(totals, "wakes"), byReason(totals, "pass"), byReason(totals, "left"));
    }

    private static long at(long[] totals, String field) {
        return totals[(int) (Layouts.offset(Layouts.COUNTERS, field) / Long.BYTES)];
    }

    private static Map<Reason, Long> byReason(long[] totals, String field) {
        int base = (int) (Layouts.offset(Layouts.COUNTERS, field) / Long.BYTES);
        Map<Reason, Long> found = new EnumMap<>(Reason.class);
        for (Reason reason : Reason.values()) {
            if (totals[base + reason.ordinal()] != 0) {
                found.put(reason, totals[base + reason.ordinal()]);
            }
        }
        return Collections.unmodifiableMap(found);
    }
}
