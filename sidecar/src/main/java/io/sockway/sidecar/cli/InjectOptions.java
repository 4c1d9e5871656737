package io.sockway.sidecar.cli;

import io.sockway.deploy.inject.InjectorOptions;
import io.sockway.deploy.inject.PodInjector;
import io.sockway.deploy.inject.SidecarKind;
import io.sockway.sidecar.Version;
import io.sockway.sockops.PortSet;
import picocli.CommandLine.Option;

/** What {@code inject}, {@code webhook} and {@code istio-template} share. */
final class InjectOptions {
    @Option(names = "--image", paramLabel = "IMAGE", description = "Image of the container that stays (default: sockway:VERSION of this "
            + "build). A pod's annotation sockway.io/image goes before it.")
    private String image = "sockway:" + Version.current();

    @Option(names = "--attach-image", paramLabel = "IMAGE", description = "Image of the container that attaches (default: "
            + "sockway-attach:VERSION of this build). A pod's annotation sockway.io/attach-image goes before it.")
    private String attachImage = "sockway-attach:" + Version.current();

    @Option(names = "--sidecar", paramLabel = "KIND", defaultValue = "auto", description = "How the container that stays is put into pods: "
            + "native (an init container that restarts, Kubernetes 1.29 and newer), classic (beside the application), or auto: as "
            + "istio-proxy is, and native where that is not there yet or the pod is a Job's (default: ${DEFAULT-VALUE}).")
    private SidecarKind kind;

    InjectorOptions options() {
        return new InjectorOptions(image, attachImage, kind, Version.current());
    }

    PodInjector injector() {
        return new PodInjector(options(), PortSet::parse);
    }
}
