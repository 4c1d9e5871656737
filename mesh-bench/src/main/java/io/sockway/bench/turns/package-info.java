/** Small differences between listeners of one Envoy, by loading them in turns that are too short for the machine to change meanwhile. */
package io.sockway.bench.turns;
