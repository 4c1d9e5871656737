/** The admin server: what runs in the pod, as a page for people, as JSON and as metrics. It reads, and changes nothing. */
package io.sockway.sidecar.admin;
