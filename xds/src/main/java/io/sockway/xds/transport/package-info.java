/** Ways to do network I/O on Netty, of which the first that works on this machine is taken; for servers and clients alike. */
package io.sockway.xds.transport;
