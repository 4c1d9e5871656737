/** What a comparison consists of: scenarios read from YAML, and what a topology has to be to take part in one. */
package io.sockway.bench.scenario;
