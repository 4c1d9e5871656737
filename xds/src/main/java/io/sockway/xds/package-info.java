/** Serving Envoy configuration over xDS; holds no classes yet. */
package io.sockway.xds;
