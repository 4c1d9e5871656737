package io.sockway.sidecar.webhook;

import java.time.Duration;

/**
 * What clients may cost.
 *
 * @param connections at a time; one more closes the connection that has been silent for longest
 * @param heldBytes of requests that have not come whole, over all connections; beyond, requests get 503
 * @param bodyBytes of one request
 * @param request from a request's first byte to its last
 */
record WebhookLimits(int connections, long heldBytes, int bodyBytes, Duration request) {
    /**
     * etcd takes objects of 1.5 MiB; a review of one can be somewhat more than twice that. A review as large as may be takes about 32 MiB
     * to read, which with what others hold has to fit into the heap of 96 MiB that the manifests give.
     */
    static final WebhookLimits DEFAULT = new WebhookLimits(64, 16L << 20, 8 << 20, Duration.ofSeconds(10));
}
