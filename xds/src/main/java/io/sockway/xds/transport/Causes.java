package io.sockway.xds.transport;

/** Exceptions as one line. Stateless. */
public final class Causes {
    private Causes() {
    }

    /** The first line of what lies at the bottom of {@code failure}. */
    public static String line(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String message = root.getMessage();
        return message == null || message.isBlank() ? root.getClass().getSimpleName() : message.strip().lines().findFirst().orElseThrow();
    }
}
