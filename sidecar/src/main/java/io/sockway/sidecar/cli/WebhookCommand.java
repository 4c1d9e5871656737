package io.sockway.sidecar.cli;

import io.sockway.deploy.admission.AdmissionReviews;
import io.sockway.sidecar.webhook.Identity;
import io.sockway.sidecar.webhook.WebhookServer;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sockway webhook}. */
@Command(name = "webhook", mixinStandardHelpOptions = true, description = {
    "Serve the mutating admission webhook that adds Sockway to pods, until SIGTERM.",
    "POST /inject/namespace: pods are injected unless they say no; /inject/pod: only pods that ask for it; /inject/forbidden: none, with "
    + "a warning for those that ask; /inject/forbidden-namespace: none, with a warning unless they say no. "
    + "GET /healthz, /readyz, /metrics. deploy/ has the manifests."})
final class WebhookCommand implements Callable<Integer> {
    @Option(names = "--listen", paramLabel = "HOST:PORT", defaultValue = "0.0.0.0:9443", converter = RunCommand.AddressConverter.class,
            description = "Where; port 0 takes a free one (default: ${DEFAULT-VALUE}).")
    private InetSocketAddress listen;

    @Option(names = "--tls-certificate", paramLabel = "FILE", required = true,
            description = "Certificate chain, PEM. New connections use a file that has changed, without a restart.")
    private Path certificate;

    @Option(names = "--tls-key", paramLabel = "FILE", required = true, description = "Its private key, PKCS #8 PEM.")
    private Path key;

    @Option(names = "--deny-invalid", description = "Deny pods with wrong sockway.io/ annotations. Without it they start without Sockway, "
            + "with a warning; those with sockway.io/required: \"true\" are denied in any case.")
    private boolean denyInvalid;

    @Mixin
    private InjectOptions options;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        CountDownLatch end = new CountDownLatch(1);
        Identity identity = new Identity(certificate, key, this::say);
        AdmissionReviews reviews = new AdmissionReviews(options.injector(), denyInvalid);
        try (Termination _ = new Termination(end::countDown);
                WebhookServer server = WebhookServer.start(listen, identity, reviews, this::say)) {
            say("webhook https://%s/ (%s)".formatted(Lines.hostPort(server.address()), server.transport()));
            end.await();
        }
        return 0;
    }

    private void say(String line) {
        PrintWriter out = spec.commandLine().getOut();
        synchronized (out) {
            out.println(line);
            out.flush();
        }
    }
}
