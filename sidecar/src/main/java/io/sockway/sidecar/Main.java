package io.sockway.sidecar;

import io.sockway.sidecar.cli.SockwayCommand;

/** Entry point of {@code ./sockway}. */
public final class Main {
    private static final String LOG_FORMAT = "java.util.logging.SimpleFormatter.format";

    private Main() {
    }

    /** Runs one command. Exit code 0: done; 1: it failed; 2: it was called wrongly. */
    public static void main(String[] args) {
        // What libraries and servers log takes a line, unless somebody has other wishes.
        if (System.getProperty(LOG_FORMAT) == null && System.getProperty("java.util.logging.config.file") == null) {
            System.setProperty(LOG_FORMAT, "%4$s: %5$s%6$s%n");
        }
        System.exit(SockwayCommand.execute(args));
    }
}
