package io.sockway.bench.hop;

import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A constant that options and JSON call by one name and people by another. */
interface Named {
    /** Lower case, without blanks. */
    String option();

    /** For people. */
    String label();

    /** Reads one of {@code constants} by its option name. */
    abstract class Converter<T extends Named> implements ITypeConverter<T> {
        private final T[] constants;

        Converter(T[] constants) {
            this.constants = constants.clone();
        }

        @Override
        public T convert(String value) {
            return Stream.of(constants).filter(constant -> constant.option().equals(value)).findFirst().orElseThrow(() ->
                    new TypeConversionException("'%s' is none of %s".formatted(
                            value, Stream.of(constants).map(Named::option).collect(Collectors.joining(", ")))));
        }
    }
}
