/** A mesh from YAML files: what is in them is checked, and served to Envoys over one aggregated stream (ADS). */
package io.sockway.xds.ads;
