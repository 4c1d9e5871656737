/** What a pod asks of Sockway in its annotations. */
package io.sockway.deploy.annotation;
