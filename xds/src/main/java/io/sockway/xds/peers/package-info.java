/** Who is behind an address: from a file, or from Kubernetes. */
package io.sockway.xds.peers;
