package io.sockway.sidecar;

import io.sockway.sidecar.cli.SockwayCommand;

/** Entry point of {@code ./sockway}. */
public final class Main {
    private Main() {
    }

    /** Runs one command. Exit code 0: done; 1: it failed; 2: it was called wrongly. */
    public static void main(String[] args) {
        System.exit(SockwayCommand.execute(args));
    }
}
