package io.sockway.deploy.admission;

import java.util.regex.Pattern;

/** Text that others wrote, as part of a message of ours: mutating webhooks see names before anybody has checked them. Thread-safe. */
public final class OneLine {
    private static final int MAX = 1024;
    /** Ends lines, steers terminals, or turns the direction of what follows. */
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]");

    private OneLine() {
    }

    /** {@code text} on one line, ? in place of each character that does not print, cut at 1024 characters. */
    public static String of(String text) {
        return CONTROL.matcher(text.length() <= MAX ? text : text.substring(0, MAX - 3) + "...").replaceAll("?");
    }
}
