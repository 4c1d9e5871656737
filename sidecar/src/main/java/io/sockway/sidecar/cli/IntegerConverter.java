package io.sockway.sidecar.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A whole number in a range. */
abstract class IntegerConverter implements ITypeConverter<Integer> {
    private final int least;
    private final int most;

    /** Takes {@code least}, {@code most} and what is between. */
    IntegerConverter(int least, int most) {
        this.least = least;
        this.most = most;
    }

    @Override
    public final Integer convert(String value) {
        int number;
        try {
            number = Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new TypeConversionException("'" + value + "' is no whole number " + (most == Integer.MAX_VALUE ? "of " : "") + range());
        }
        if (number < least || number > most) {
            throw new TypeConversionException(value + " is not " + range());
        }
        return number;
    }

    private String range() {
        return most == Integer.MAX_VALUE ? "at least " + least : "between " + least + " and " + most;
    }
}
