/** Configures Envoys over xDS and tells who their peers are; each package is one part of it. */
package io.sockway.xds;
