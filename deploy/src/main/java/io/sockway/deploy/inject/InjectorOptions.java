package io.sockway.deploy.inject;

/**
 * What an operator decides for all pods.
 *
 * @param image of the container that stays
 * @param attachImage of the container that attaches
 * @param kind where the container that stays goes
 * @param version that is written into the status annotation
 */
public record InjectorOptions(String image, String attachImage, SidecarKind kind, String version) {
}
