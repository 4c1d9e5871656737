/** The sidecar process: the one executable's entry point, and what its commands share. */
package io.sockway.sidecar;
