/** Reads a node: files of /proc and /sys below a root folder, ethtool replies live or recorded, and samples of what counts up. */
package io.sockway.node.host;
