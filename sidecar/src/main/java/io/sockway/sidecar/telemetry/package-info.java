/** Telemetry of an Envoy beside this process: what it is given, what it has counted, and how that is shown. */
package io.sockway.sidecar.telemetry;
