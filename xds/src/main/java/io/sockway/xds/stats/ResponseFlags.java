package io.sockway.xds.stats;

import java.util.List;
import java.util.StringJoiner;

/** Envoy's response flags as its access logs name them. */
final class ResponseFlags {
    /** By bit; the order of Envoy's {@code CoreResponseFlag}. */
    private static final String[] NAMES = {"LH", "UH", "UT", "LR", "UR", "UF", "UC", "UO", "NR", "DI", "FI", "RL", "UAEX", "RLSE", "DC",
        "URX", "SI", "IH", "DPE", "UMSDR", "RFCF", "NFCF", "DT", "UPE", "NC", "OM", "DF", "DO", "DR", "UDO"};

    /** Those that Envoy raises before what makes a request fail: a delay, and that there are no retries left. */
    private static final long[] FIRST_OF_REQUESTS = {bit("DI"), bit("URX")};

    private ResponseFlags() {
    }

    private static long bit(String name) {
        return 1L << List.of(NAMES).indexOf(name);
    }

    /**
     * The names, with commas between; {@code -} for none. A bit that has no name yet is called by its number. Logs have them in the order
     * in which they were raised, which differs between requests and connections.
     */
    static String text(long flags, boolean request) {
        if (flags == 0) {
            return "-";
        }
        StringJoiner names = new StringJoiner(",");
        long left = flags;
        for (long first : request ? FIRST_OF_REQUESTS : new long[0]) {
            add(names, left & first);
            left &= ~first;
        }
        add(names, left);
        return names.toString();
    }

    private static void add(StringJoiner names, long flags) {
        for (long left = flags; left != 0; left &= left - 1) {
            int bit = Long.numberOfTrailingZeros(left);
            names.add(bit < NAMES.length ? NAMES[bit] : "bit" + bit);
        }
    }
}
