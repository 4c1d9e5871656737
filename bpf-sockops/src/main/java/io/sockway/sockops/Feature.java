package io.sockway.sockops;

import java.util.EnumSet;
import java.util.Set;

/** What a kernel may lack or get wrong, as it was found when the programs were loaded. Mirrors {@code enum feature} of layout.h. */
public enum Feature {
    /** Redirected bytes arrive. */
    REDIRECT("redirect", Layouts.FEATURE_NO_REDIRECT, false, "redirected bytes do not arrive: attached, redirecting nothing"),
    /** They are charged to the receiver's buffer. */
    CHARGED_RECEIVE("chargedReceive", Layouts.FEATURE_UNCHARGED, false,
            "redirected bytes are not charged to the reader: redirecting only to a reader that has read everything"),
    /** FIONREAD counts what came by TCP on a member of a sockhash. */
    EXACT_FIONREAD("exactFionread", Layouts.FEATURE_INQ_FAULT, false,
            "FIONREAD misses bytes that came by TCP: mended by a verdict program"),
    /** FIONREAD counts redirected bytes. */
    FIONREAD_COUNTS_REDIRECTED("fionreadCountsRedirected", Layouts.FEATURE_INQ_BLIND, false,
            "FIONREAD misses redirected bytes: sockets that are asked for it stay on TCP"),
    /** Sockets that are read by splice are noticed. */
    SPLICE_WATCH("spliceWatch", Layouts.FEATURE_SPLICE_WATCH, true,
            "splice cannot be watched: name programs that splice with --exclude-executables"),
    /** Options and blocking mode that are set on enrolled sockets are noticed at once. */
    OPTION_WATCH("optionWatch", Layouts.FEATURE_OPTION_WATCH, true,
            "options and blocking mode are not watched: set on an enrolled socket, they are noticed with its next message or read"),
    /** Who accepts a connection is known before it is enrolled. */
    ACCEPT_WATCH("acceptWatch", Layouts.FEATURE_ACCEPT_WATCH, true,
            "accept cannot be watched: a server is known only when it first sends over an enrolled connection"),
    /** Watches cost nothing to those who do nothing that is watched. */
    TRAMPOLINES("trampolines", Layouts.FEATURE_TRAMPOLINES, true,
            "trampolines (fentry) are refused: the watches are tracepoints"),
    /** Watches cost nothing to those who call what is not watched. */
    FREE_SYSTEM_CALLS("freeSystemCalls", Layouts.FEATURE_TRAMPOLINES | Layouts.FEATURE_READ_WATCH, true,
            "the watches are at system calls, which makes each system call of the node about 0.04 us longer"),
    /** They cost nothing to those who read by TCP. */
    FREE_READS("freeReads", Layouts.FEATURE_READ_WATCH, false,
            "the watch is at TCP's reads, which makes each read of the node 0.05 to 0.1 us longer"),
    /** A pass holds each socket by the lock that enrolling it needs. */
    LOCKED_PASSES("lockedPasses", Layouts.FEATURE_SPINNING_PASSES, false,
            "passes hold sockets by their spinlock (before 6.1.42 and 6.4.7): next to nothing is enrolled; a newer kernel mends it"),
    /** The gate reads the other end by plain loads. */
    DIRECT_PEER_READS("directPeerReads", Layouts.FEATURE_DIRECT_READS, true, "the other end is read by probes: a little slower");

    private final String label;
    private final int bit;
    private final boolean setWhenGiven;
    private final String limit;

    Feature(String label, int bit, boolean setWhenGiven, String limit) {
        this.label = label;
        this.bit = bit;
        this.setWhenGiven = setWhenGiven;
        this.limit = limit;
    }

    static Set<Feature> of(int bits) {
        Set<Feature> given = EnumSet.noneOf(Feature.class);
        for (Feature feature : values()) {
            if ((bits & feature.bit) != 0 == feature.setWhenGiven) {
                given.add(feature);
            }
        }
        return given;
    }

    /** The name as JSON has it. */
    public String label() {
        return label;
    }

    /** A clause for people: what its lack means, and what Sockway does about it. */
    public String limit() {
        return limit;
    }
}
