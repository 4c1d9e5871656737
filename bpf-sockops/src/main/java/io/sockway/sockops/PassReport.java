package io.sockway.sockops;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * What one pass over the TCP sockets saw and did.
 *
 * @param sockets TCP sockets visited
 * @param ends ends of known flows among them
 * @param paired flows whose second end was found
 * @param inserted ends put into the sockhash
 * @param activated flows that became active
 * @param removed ends taken out of the sockhash
 * @param members ends in the sockhash
 * @param leaving ends that have yet to be taken out
 * @param published leaves that this pass made known
 * @param waiting ends not enrolled, by reason
 */
public record PassReport(long sockets, long ends, long paired, long inserted, long activated, long removed, long members,
        long leaving, long published, Map<Reason, Long> waiting) {

    /** A pass that met nothing. */
    static final PassReport EMPTY = new PassReport(0, 0, 0, 0, 0, 0, 0, 0, 0, Map.of());

    static PassReport read(MemorySegment report) {
        Map<Reason, Long> waiting = new EnumMap<>(Reason.class);
        long first = Layouts.offset(Layouts.PASS_REPORT, "waiting");
        for (Reason reason : Reason.values()) {
            long n = report.get(JAVA_LONG, first + reason.ordinal() * JAVA_LONG.byteSize());
            if (n != 0) {
                waiting.put(reason, n);
            }
        }
        return new PassReport(at(report, "sockets"), at(report, "flows"), at(report, "paired"), at(report, "inserted"),
                at(report, "activated"), at(report, "removed"), at(report, "members"), at(report, "leaving"),
                at(report, "published"), Collections.unmodifiableMap(waiting));
    }

    private static long at(MemorySegment report, String field) {
        return report.get(JAVA_LONG, Layouts.offset(Layouts.PASS_REPORT, field));
    }

    PassReport plus(PassReport other) {
        Map<Reason, Long> all = new EnumMap<>(Reason.class);
        all.putAll(waiting);
        other.waiting.forEach((reason, n) -> all.merge(reason, n, Long::sum));
        return new PassReport(sockets + other.sockets, ends + other.ends, paired + other.paired, inserted + other.inserted,
                activated + other.activated, removed + other.removed, members + other.members, leaving + other.leaving,
                published + other.published, Collections.unmodifiableMap(all));
    }

    /** Whether everything is as it was before. */
    boolean didNothing() {
        return paired == 0 && inserted == 0 && removed == 0 && leaving == 0;
    }

    /** Whether what this pass did is what the next one can go on from. */
    boolean leadsOn() {
        return paired > 0 || inserted > activated;
    }

    /** Whether another pass soon would probably get further. */
    boolean unfinished() {
        return leadsOn() || leaving > 0 || waiting.containsKey(Reason.QUEUED)
                || waiting.containsKey(Reason.PEER_UNFIT);
    }
}
