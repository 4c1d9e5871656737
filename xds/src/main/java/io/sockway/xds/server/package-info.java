/** The gRPC server on Netty: where it listens, on which transport, and who may connect. */
package io.sockway.xds.server;
