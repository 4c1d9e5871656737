/** Load on a mesh, and what the clients saw of it: rates, latencies, errors. */
package io.sockway.bench.load;
