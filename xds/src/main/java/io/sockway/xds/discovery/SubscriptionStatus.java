package io.sockway.xds.discovery;

/**
 * Where an Envoy stands with one type.
 *
 * @param type of the resources
 * @param all whether it asks for all there are
 * @param names how many it asks for by name
 * @param acceptedVersion the last that it accepted, empty at first
 * @param pendingVersion what it was sent and has not answered, empty if nothing
 * @param rejectedVersion what it refused last, empty once it has accepted something again
 * @param rejection Envoy's words for that
 * @param responses that it was sent
 * @param rejections how many of these it refused
 */
public record SubscriptionStatus(ResourceType type, boolean all, int names, String acceptedVersion, String pendingVersion,
        String rejectedVersion, String rejection, long responses, long rejections) {
}
