/** Runs scenarios: rounds, clocks, proof, verdicts; and the commands around that. */
package io.sockway.bench.run;
