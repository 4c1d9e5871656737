/** Kubernetes manifests and pod injection; holds no classes yet. */
package io.sockway.deploy;
