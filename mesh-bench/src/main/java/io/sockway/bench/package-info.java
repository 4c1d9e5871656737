/** A local model of a mesh's hops, with load generators and reports. */
package io.sockway.bench;
