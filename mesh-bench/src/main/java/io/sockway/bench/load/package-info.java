/** Load generators: Sockway's own, an open or closed loop on Netty in this or in another process; and wrk, fortio and h2load. */
package io.sockway.bench.load;
