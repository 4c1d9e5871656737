package io.sockway.sidecar.cli;

import io.sockway.bpf.BpfException;
import io.sockway.sockops.Accelerator;
import io.sockway.sockops.AcceleratorException;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Opens pins that another process has made, in a container that must not end when there are none. */
final class Adoption {
    private static final long LOOK_SECONDS = 2;

    private Adoption() {
    }

    /** Waits for the pins; null when a signal asks for the end before. */
    static Accelerator await(PinOptions pins, PrintWriter out) throws InterruptedException {
        CountDownLatch end = new CountDownLatch(1);
        try (Termination _ = new Termination(end::countDown)) {
            String said = "";
            do {
                String why;
                try {
                    Optional<Accelerator> opened = pins.openIfThere();
                    if (opened.isPresent()) {
                        return opened.get();
                    }
                    why = "nothing is pinned in " + pins.pinDir() + "; the log of the container that attaches says why";
                } catch (AcceleratorException e) {
                    why = e.getMessage();
                } catch (BpfException e) {
                    why = e.getMessage() + " (without capabilities, pins can be opened from kernel 5.19 on, by their group; this is "
                            + System.getProperty("os.version") + ")";
                }
                if (!why.equals(said)) {
                    out.println("waiting, connections stay on TCP: " + why);
                    out.flush();
                    said = why;
                }
            } while (!end.await(LOOK_SECONDS, TimeUnit.SECONDS));
            return null;
        }
    }
}
