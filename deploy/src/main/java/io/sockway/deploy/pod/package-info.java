/** What a container finds out about its own pod: its cgroup, and the annotations that change while it runs. */
package io.sockway.deploy.pod;
