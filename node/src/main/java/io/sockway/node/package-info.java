/** The node under the mesh: {@code doctor} finds what holds it back, {@code tune} changes settings so that they can be put back. */
package io.sockway.node;
