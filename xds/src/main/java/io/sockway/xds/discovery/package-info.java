/** The xDS protocol between a management server and Envoys: who has which resource in which version, and what is sent next. */
package io.sockway.xds.discovery;
