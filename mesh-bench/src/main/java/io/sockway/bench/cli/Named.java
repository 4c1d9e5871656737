package io.sockway.bench.cli;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A constant of an enum that options and JSON call by one name and people by another. */
public interface Named {
    /** The constant's own name. */
    String name();

    /** For people. */
    String label();

    /** For options and JSON: lower case, without blanks. */
    default String option() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Those of {@code constants} that {@code options} name, each once and in the order of their declaration.
     *
     * @throws IllegalArgumentException if one names none of them
     */
    static <T extends Enum<T> & Named> List<T> parse(List<String> options, Class<T> constants) {
        EnumSet<T> named = EnumSet.noneOf(constants);
        for (String option : options) {
            named.add(Stream.of(constants.getEnumConstants()).filter(constant -> constant.option().equals(option)).findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("'%s' is none of %s".formatted(option,
                            Stream.of(constants.getEnumConstants()).map(Named::option).collect(Collectors.joining(", "))))));
        }
        return List.copyOf(named);
    }
}
