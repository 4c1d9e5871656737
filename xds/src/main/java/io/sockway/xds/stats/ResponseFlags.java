package io.sockway.xds.stats;

import java.util.StringJoiner;

/** Envoy's response flags as its access logs name them. */
final class ResponseFlags {
    /** By bit; the order of Envoy's {@code CoreResponseFlag}. */
    private static final String[] NAMES = {"LH", "UH", "UT", "LR", "UR", "UF", "UC", "UO", "NR", "DI", "FI", "RL", "UAEX", "RLSE", "DC",
        "URX", "SI", "IH", "DPE", "UMSDR", "RFCF", "NFCF", "DT", "UPE", "NC", "OM", "DF", "DO", "DR", "UDO"};

    private ResponseFlags() {
    }

    /** The names, with commas between; {@code -} for none. A bit that has no name yet is called by its number. */
    static String text(long flags) {
        if (flags == 0) {
            return "-";
        }
        StringJoiner names = new StringJoiner(",");
        for (long left = flags; left != 0; left &= left - 1) {
            int bit = Long.numberOfTrailingZeros(left);
            names.add(bit < NAMES.length ? NAMES[bit] : "bit" + bit);
        }
        return names.toString();
    }
}
