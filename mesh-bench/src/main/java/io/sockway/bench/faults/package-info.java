/** Makes on purpose what a node can suffer from, and has doctor name it and tune mend it. Drives Sockway by its executable only. */
package io.sockway.bench.faults;
