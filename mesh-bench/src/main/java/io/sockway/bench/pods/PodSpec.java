package io.sockway.bench.pods;

/**
 * A variant of the mesh.
 *
 * @param name for people
 * @param proxies whether each pod has one
 * @param unixApp whether the app listens on a Unix socket
 * @param accelerator what shortens the way
 */
public record PodSpec(String name, boolean proxies, boolean unixApp, Accelerator accelerator) {
}
