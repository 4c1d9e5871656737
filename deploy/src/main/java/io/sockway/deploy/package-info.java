/** Injection of Sockway into Kubernetes pods; each package is one part of it. */
package io.sockway.deploy;
