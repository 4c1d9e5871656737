/** YAML as Kubernetes reads it, and edits of its text that keep comments and layout. */
package io.sockway.deploy.yaml;
