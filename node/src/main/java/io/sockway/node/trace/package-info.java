/** What the running kernel does to packets and connections and counts nowhere, seen by BPF programs that live as long as their reader. */
package io.sockway.node.trace;
