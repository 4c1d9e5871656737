/** What the commands that work in a lab share: checks of their options, exit codes and error lines. */
package io.sockway.bench.cli;
