/** Changes settings of a node by profile, with a journal that puts each of them back exactly. */
package io.sockway.node.tune;
