/**
 * A typed Java API over libbpf: objects, programs, maps, links, pins and ring buffers, each an {@link AutoCloseable} that owns
 * one file descriptor or libbpf handle.
 */
package io.sockway.bpf;
