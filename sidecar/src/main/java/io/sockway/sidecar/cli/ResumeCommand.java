package io.sockway.sidecar.cli;

import io.sockway.sockops.Accelerator;
import io.sockway.sockops.Enroller;
import io.sockway.sockops.Mode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sockway resume}. */
@Command(name = "resume", mixinStandardHelpOptions = true, description = "Redirect again after 'sockway pause' or --observe.")
final class ResumeCommand implements Callable<Integer> {
    @Mixin
    private PinOptions pins;

    @Option(names = "--observe", description = "Only count what would be redirected.")
    private boolean observe;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        try (Accelerator accelerator = pins.open()) {
            accelerator.setMode(observe ? Mode.OBSERVE : Mode.ON);
            Enroller.refresh(accelerator);
            spec.commandLine().getOut().println(observe ? "observing: all bytes take TCP and are counted" : "resumed");
        }
        return 0;
    }
}
