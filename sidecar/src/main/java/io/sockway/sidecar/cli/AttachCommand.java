package io.sockway.sidecar.cli;

import io.sockway.sockops.Accelerator;
import io.sockway.sockops.Enroller;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sockway attach}. */
@Command(name = "attach", mixinStandardHelpOptions = true, description = {
    "Load, pin and attach, enrol the connections that are there, and end.",
    "Connections are paired from then on; new ones are enrolled while 'sockway run' serves the same pins, and stay on TCP otherwise."})
final class AttachCommand implements Callable<Integer> {
    private static final Duration SETTLE = Duration.ofMillis(200);

    @Mixin
    private AttachOptions options;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (!options.namesCgroups()) {
            throw new ParameterException(spec.commandLine(), "Missing required option: '--cgroup=DIR'");
        }
        PrintWriter out = spec.commandLine().getOut();
        try (Accelerator accelerator = options.attach(out)) {
            Enroller.settle(accelerator, SETTLE);
            if (!accelerator.isServed()) {
                out.println("new connections stay on TCP until 'sockway run' serves these pins");
            }
        }
        return 0;
    }
}
