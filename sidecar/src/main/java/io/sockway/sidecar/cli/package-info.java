/** The command line: one class a command; results go to stdout, errors as one line to stderr. */
package io.sockway.sidecar.cli;
