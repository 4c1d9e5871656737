/**
 * The accelerator: loads and attaches the BPF programs, runs the passes that enrol flows, and reads flows and counters. It knows
 * sockets, cgroups and network namespaces, and nothing of what runs in them.
 */
package io.sockway.sockops;
