/** What the accelerator knows, as JSON for the command line, the admin server and other programs. */
package io.sockway.sidecar.report;
