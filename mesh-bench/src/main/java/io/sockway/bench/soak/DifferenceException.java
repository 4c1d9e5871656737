package io.sockway.bench.soak;

import java.util.Locale;

/** A connection did not carry what it should have. */
final class DifferenceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DifferenceException(long connection, Direction direction, long offset, String what) {
        super("connection %d (%s), %s, offset %d: %s".formatted(connection,
                Route.of(connection).name().toLowerCase(Locale.ROOT).replace('_', ' '), direction.words(), offset, what));
    }
}
