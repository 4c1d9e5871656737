/** Ways to do network I/O on Netty, of which the first that works on this machine is taken; for servers and clients of all modules above. */
package io.sockway.xds.transport;
