package io.sockway.sockops;

import io.sockway.bpf.Bpffs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** The accelerator under pins of its own, with its enroller, as a sidecar has it. */
final class KernelFixture implements AutoCloseable {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final Accelerator accelerator;
    private Enroller enroller;

    KernelFixture(Settings settings, Sandbox... sandboxes) {
        this(Accelerator.openOrLoad(Bpffs.MOUNT_POINT.resolve(name()), settings, "test"), sandboxes);
    }

    /** That of a pod, whose pins are in a folder of their own below the node's. */
    static KernelFixture sharing(Path pods, Settings settings, Sandbox pod) {
        return new KernelFixture(Accelerator.openOrLoadSharing(pods.resolve(name()), settings, "test", why -> {
            throw new AssertionError(why);
        }), pod);
    }

    /** With its pins in a folder below a given one. */
    static KernelFixture in(Path folder, Sandbox... sandboxes) {
        return new KernelFixture(Accelerator.openOrLoad(folder.resolve(name()), Settings.DEFAULT, "test"), sandboxes);
    }

    private KernelFixture(Accelerator accelerator, Sandbox... sandboxes) {
        this.accelerator = accelerator;
        try {
            for (Sandbox sandbox : sandboxes) {
                accelerator.attach(sandbox.cgroup());
            }
            enroller = new Enroller(accelerator);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    KernelFixture(Sandbox... sandboxes) {
        this(Settings.DEFAULT, sandboxes);
    }

    static String name() {
        return "sockway-test-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();
    }

    /** Starts it again. */
    KernelFixture withEnroller() {
        enroller = new Enroller(accelerator);
        return this;
    }

    /** Ends the enroller: passes are run by the test alone. */
    KernelFixture withoutEnroller() {
        enroller.close();
        enroller = null;
        return this;
    }

    Accelerator accelerator() {
        return accelerator;
    }

    List<Flow> flows() {
        return accelerator.flows();
    }

    /** The flow that dials or answers at a port, as it is now. */
    Flow flow(int port) {
        return find(port).or(() -> {
            Enroller.refresh(accelerator);
            return find(port);
        }).orElseThrow(() -> new AssertionError("no flow with port " + port + " among " + flows()));
    }

    private Optional<Flow> find(int port) {
        return flows().stream().filter(f -> f.client().remote().port() == port || f.server().local().port() == port).findFirst();
    }

    /** Exchanges messages between the actor's two ends until their flow is redirected. */
    Flow warmUp(Sandbox sandbox, String a, String b, int port) {
        Sandbox.eventually("flow with port " + port + " is active: " + flows(), () -> {
            sandbox.ask("pingpong " + a + " " + b + " 100 5");
            return flow(port).state() == FlowState.ACTIVE;
        });
        sandbox.ask("pingpong " + a + " " + b + " 100 2");
        return flow(port);
    }

    /** Lets the enroller run for a while with traffic that would make a fit flow active. */
    void exercise(Sandbox sandbox, String a, String b) {
        for (int i = 0; i < 40; i++) {
            sandbox.ask("pingpong " + a + " " + b + " 100 5");
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public void close() {
        if (enroller != null) {
            enroller.close();
        }
        if (Files.exists(accelerator.pinDir())) {
            accelerator.attachments().forEach(accelerator::finishDetach);
            accelerator.removePins();
        }
        accelerator.close();
    }
}
