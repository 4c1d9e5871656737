package io.sockway.xds.discovery;

import java.time.Instant;
import java.util.List;

/**
 * One stream at a moment.
 *
 * @param node the Envoy, empty names before its first request
 * @param incremental whether it speaks the delta variant of xDS
 * @param since when it was opened
 * @param subscriptions by type, in the order of {@link ResourceType}
 */
public record StreamStatus(EnvoyNode node, boolean incremental, Instant since, List<SubscriptionStatus> subscriptions) {
}
