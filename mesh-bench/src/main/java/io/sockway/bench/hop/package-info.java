/** Measures one local hop, message by message and by HTTP: plain TCP, Sockway and a Unix socket in turn. */
package io.sockway.bench.hop;
