package io.sockway.bench.report;

/**
 * What TCP carried on one hop in a round, both ends added up, in bytes for one request.
 *
 * @param hop its name
 * @param local whether it stays within one pod
 * @param claimed whether the variant claims that TCP carries next to nothing on it
 * @param receivedPerRequest by tcpi_bytes_received
 * @param ackedPerRequest by tcpi_bytes_acked
 */
public record HopBytes(String hop, boolean local, boolean claimed, double receivedPerRequest, double ackedPerRequest) {
}
