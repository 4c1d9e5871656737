/** The per-node agent; holds no classes yet. */
package io.sockway.node;
