package io.sockway.node.host;

import java.util.OptionalLong;

/** Numbers of the kernel's files: signed, or unsigned and then up to 64 bits wide. */
final class Numbers {
    private Numbers() {
    }

    /** Empty where it is no number. Unsigned ones beyond 63 bits come out negative; their differences are right. */
    static OptionalLong parse(String text, int radix) {
        try {
            return OptionalLong.of(text.startsWith("-") ? Long.parseLong(text, radix) : Long.parseUnsignedLong(text, radix));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /** A decimal number, zero where it is none. */
    static long decimal(String text) {
        return parse(text, 10).orElse(0);
    }
}
