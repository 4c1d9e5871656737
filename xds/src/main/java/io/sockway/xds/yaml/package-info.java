/** YAML read into protobuf messages, with the line and column of everything that is wrong in it; and files watched. */
package io.sockway.xds.yaml;
