package io.sockway.sidecar.cli;

import io.sockway.sockops.Accelerator;
import io.sockway.sockops.AcceleratorException;
import io.sockway.sockops.Enroller;
import io.sockway.sockops.Mode;
import io.sockway.sockops.PassReport;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code sockway pause}. */
@Command(name = "pause", mixinStandardHelpOptions = true, description = {
    "All new bytes take TCP from now on, and flows go back to native TCP; nothing is lost.",
    "'sockway resume' ends it."})
final class PauseCommand implements Callable<Integer> {
    private static final Duration SETTLE = Duration.ofSeconds(1);

    @Mixin
    private PinOptions pins;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        try (Accelerator accelerator = pins.open()) {
            accelerator.setMode(Mode.PAUSED);
            PassReport report;
            try {
                report = Enroller.settle(accelerator, SETTLE);
            } catch (AcceleratorException e) {
                throw new CommandFailedException("paused, all new bytes take TCP; but flows do not leave yet: " + e.getMessage());
            }
            spec.commandLine().getOut().println("paused: all new bytes take TCP" + (report.members() == 0 ? ""
                    : "; " + report.members() + " sockets leave once they have read what was redirected to them"));
        }
        return 0;
    }
}
