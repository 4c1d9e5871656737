package io.sockway.bench.demo;

import io.sockway.bench.lab.Body;
import io.sockway.bench.lab.EnvoyBinary;
import io.sockway.bench.lab.IpFamily;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a run of the demo does.
 *
 * @param variants in the order of their display, each once
 * @param rounds how often each variant is measured
 * @param measured how long each slice of load lasts, in whole seconds
 * @param connections that the client keeps alive
 * @param body what each request gets
 * @param family addresses of the pods
 * @param envoy the proxy in both pods
 * @param sockway the launcher, where a variant needs it
 */
record Settings(List<Variant> variants, int rounds, Duration measured, int connections, Body body, IpFamily family, EnvoyBinary envoy,
        Optional<Path> sockway) {
}
