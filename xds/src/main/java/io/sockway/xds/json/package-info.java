/** Reading JSON that others have made. */
package io.sockway.xds.json;
