/** The admission webhook's server: TLS and HTTP around {@code io.sockway.deploy.admission}. */
package io.sockway.sidecar.webhook;
