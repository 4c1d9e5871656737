/**
 * The telemetry that Sockway's is compared with: Istio 1.4's mixer, rebuilt (its client is C and C++, loaded by Envoy; the
 * server is here), and a sink of Envoy's gRPC access logs that counts the same.
 */
package io.sockway.bench.mixer;
