package io.sockway.xds.yaml;

/**
 * Something in a file that keeps it from being used.
 *
 * @param position where
 * @param message what is wrong and, after a semicolon, what to do about it
 */
public record Problem(Position position, String message) {

    /** For example {@code web.yaml:12:9: unknown key 'clutser'; did you mean 'cluster'?}. */
    @Override
    public String toString() {
        return position + ": " + message;
    }
}
