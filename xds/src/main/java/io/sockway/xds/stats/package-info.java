/** Istio's metrics without its cost: the stats plugin for Envoy, what it is told, and what it has counted. */
package io.sockway.xds.stats;
