/** Configuration of single filters, served by itself (ECDS), so that it changes without touching the listeners that the filters are in. */
package io.sockway.xds.ecds;
