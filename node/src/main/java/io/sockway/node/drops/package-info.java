/** Counts packets that the running kernel throws away, by reason and place, with a BPF program on the tracepoint skb:kfree_skb. */
package io.sockway.node.drops;
