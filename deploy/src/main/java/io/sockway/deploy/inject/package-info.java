/** What is added to a pod: the template, and the edits that merge it into a pod without touching what is there. */
package io.sockway.deploy.inject;
