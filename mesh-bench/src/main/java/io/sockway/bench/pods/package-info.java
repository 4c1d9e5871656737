/** The mesh of two pods as a topology: with and without proxies, Sockway, a Unix socket, or another accelerator. */
package io.sockway.bench.pods;
