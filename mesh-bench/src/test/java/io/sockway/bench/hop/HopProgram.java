package io.sockway.bench.hop;

import io.sockway.bench.BenchCommand;
import picocli.CommandLine;

/** {@code sockway bench} as a program of its own. */
final class HopProgram {
    private HopProgram() {
    }

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new BenchCommand()).execute(arguments));
    }
}
