package io.sockway.sidecar.cli;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Times as people write them: {@code 500ms}, {@code 5s}, {@code 1m}. */
final class DurationConverter implements ITypeConverter<Duration> {
    private static final Duration LONGEST = Duration.ofDays(365);

    @Override
    public Duration convert(String value) {
        try {
            String text = value.strip();
            Duration parsed = text.endsWith("ms") ? Duration.ofMillis(Long.parseLong(text.substring(0, text.length() - 2)))
                    : Duration.parse("PT" + text);
            if (parsed.compareTo(LONGEST) > 0) {
                throw new TypeConversionException("'" + value + "' is longer than " + LONGEST.toDays() + " days");
            }
            if (!parsed.isNegative()) {
                return parsed;
            }
        } catch (IllegalArgumentException | DateTimeParseException e) {
            // answered below
        }
        throw new TypeConversionException("'" + value + "' is not a time like 500ms, 5s or 1m");
    }
}
