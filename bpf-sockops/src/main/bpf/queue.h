/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attached only where FIONREAD counts nothing but the redirect queue: has bytes that came by TCP wait there too, behind the
 * redirected ones.
 *
 * A segment that was sent again may begin with bytes that have come already. TCP's own readers skip these; the kernel hands them
 * to a verdict program and then to the reader once more, so they are cut off here.
 */
#ifndef SOCKWAY_QUEUE_H
#define SOCKWAY_QUEUE_H

/* The most that bpf_skb_adjust_room cuts off at once, and how often it takes for the largest segment. */
#define CUT_MAX 4095
#define CUTS 17

SEC("sk_skb")
int sockway_queue(struct __sk_buff *skb)
{
	__u64 cookie = bpf_get_socket_cookie(skb);
	struct queue_end *end = bpf_map_lookup_elem(&queued, &cookie);
	/* struct tcp_skb_cb begins with it */
	__u32 seq = skb->cb[0], len = skb->len;
	__u32 known;

	if (!end)
		return SK_PASS;
	known = end->next - seq;
	end->next = seq + len;
	if ((__s32)known <= 0 || known >= len)
		return SK_PASS;
	for (int i = 0; i < CUTS && known; i++) {
		__u32 cut = known < CUT_MAX ? known : CUT_MAX;

		if (bpf_skb_adjust_room(skb, -(__s32)cut, 0, 0))
			break;
		known -= cut;
	}
	return SK_PASS;
}

#endif
