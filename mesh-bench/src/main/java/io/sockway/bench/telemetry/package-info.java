/** What ways to count requests cost one Envoy, and those who collect: a topology for comparisons, with goals. */
package io.sockway.bench.telemetry;
