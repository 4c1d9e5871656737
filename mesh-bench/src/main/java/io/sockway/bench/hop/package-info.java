/** Measures one local hop, message by message: plain TCP, Sockway and a Unix socket in turn. */
package io.sockway.bench.hop;
