package io.sockway.node.doctor;

import java.util.List;
import java.util.Locale;

/** Numbers for people. */
final class Figures {
    private static final int SHOWN = 4;

    private Figures() {
    }

    /** For example {@code 1,234}. */
    static String count(long n) {
        return String.format(Locale.ROOT, "%,d", n);
    }

    /** For example {@code 1,234/s}; below ten with a decimal. */
    static String rate(long n, double seconds) {
        double rate = seconds > 0 ? n / seconds : n;
        return rate < 10 ? String.format(Locale.ROOT, "%.1f/s", rate) : String.format(Locale.ROOT, "%,d/s", Math.round(rate));
    }

    /** A share of one as percent, for example {@code 12 %}. */
    static String percent(double share) {
        double percent = share * 100;
        return percent < 10 ? String.format(Locale.ROOT, "%.1f %%", percent) : String.format(Locale.ROOT, "%.0f %%", percent);
    }

    /** The first few names, for example {@code a, b, c, d and 12 more}. */
    static String some(List<String> names) {
        int shown = Math.min(SHOWN, names.size());
        return String.join(", ", names.subList(0, shown)) + (names.size() > shown ? " and " + (names.size() - shown) + " more" : "");
    }

    /** The singular for one. */
    static String plural(long n, String noun) {
        return count(n) + " " + noun + (n == 1 ? "" : noun.endsWith("s") ? "es" : "s");
    }
}
