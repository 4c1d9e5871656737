/** A soak: many kinds of connections at once, every byte checked, while Sockway is paused, detached and killed under them. */
package io.sockway.bench.soak;
