/** Telemetry by Envoy's own stats access logger, for Envoys that load no library. */
package io.sockway.xds.logger;
