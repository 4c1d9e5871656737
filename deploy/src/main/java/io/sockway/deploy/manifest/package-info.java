/** Injection into YAML and JSON files, as edits of their text. */
package io.sockway.deploy.manifest;
