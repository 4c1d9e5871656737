package io.sockway.deploy.inject;

/** Where the container that stays goes. */
public enum SidecarKind {
    /** As istio-proxy of the same pod; native where there is none yet, and in a Job's pod, which would not end otherwise. */
    AUTO,
    /** An init container with {@code restartPolicy: Always}: Kubernetes 1.29 and newer. */
    NATIVE,
    /** A container beside the application's. */
    CLASSIC
}
