package io.sockway.deploy.annotation;

import java.math.BigDecimal;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Kubernetes' amounts of CPU and memory, as annotations have them: {@code 50m}, {@code 0.5}, {@code 64Mi}. */
public final class Quantity {
    private static final Pattern FORM = Pattern.compile("(\\d{1,18}(?:\\.\\d{1,9})?)(m|k|M|G|T|Ki|Mi|Gi|Ti)?");
    private static final Map<String, BigDecimal> UNITS = Map.of("m", new BigDecimal("0.001"), "k", decimal(1_000L),
            "M", decimal(1_000_000L), "G", decimal(1_000_000_000L), "T", decimal(1_000_000_000_000L), "Ki", decimal(1L << 10),
            "Mi", decimal(1L << 20), "Gi", decimal(1L << 30), "Ti", decimal(1L << 40));

    private Quantity() {
    }

    private static BigDecimal decimal(long value) {
        return BigDecimal.valueOf(value);
    }

    static boolean isOne(String text) {
        return FORM.matcher(text).matches();
    }

    /**
     * The smaller or equal one of two.
     *
     * @throws IllegalArgumentException for what is no quantity
     */
    public static String min(String a, String b) {
        return exceeds(a, b) ? b : a;
    }

    /**
     * The larger or equal one of two.
     *
     * @throws IllegalArgumentException for what is no quantity
     */
    public static String max(String a, String b) {
        return exceeds(b, a) ? b : a;
    }

    static boolean exceeds(String a, String b) {
        return value(a).compareTo(value(b)) > 0;
    }

    private static BigDecimal value(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is no quantity");
        }
        return new BigDecimal(matcher.group(1)).multiply(matcher.group(2) == null ? BigDecimal.ONE : UNITS.get(matcher.group(2)));
    }
}
