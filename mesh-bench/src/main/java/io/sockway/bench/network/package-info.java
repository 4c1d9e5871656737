/** Container networks without a mesh as a topology, and node settings to try on them. */
package io.sockway.bench.network;
