/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Step 1, pair: find the other end of every local connection at its handshake. Inserts nothing into the sockhash. */
#ifndef SOCKWAY_PAIR_H
#define SOCKWAY_PAIR_H

/* A connection asks for its first pass after this many data segments each way. */
const volatile __u32 turns_min = 3;
/* A flow that shows no turns after this many round-trip samples stops being watched from the kernel; slow passes go on. */
const volatile __u32 rtt_calls_max = 256;

static __always_inline void start_side(struct flow_side *s, struct tcp_sock *t)
{
	s->base_bytes = t->bytes_received + t->bytes_acked;
	s->base_segs_in = t->data_segs_in;
	s->base_segs_out = t->data_segs_out;
	s->last_tcp = bpf_ktime_get_ns();
	s->burst = 0;
	s->debt = 0;
}

static __always_inline void fill_side(struct flow_side *s, const struct half *h)
{
	s->key = h->key;
	s->sock = h->sock;
	s->cookie = h->cookie;
}

/* Makes the flow's record; its id is the cookie of the end that connected. False when --max-flows is reached. */
static __always_inline bool make_flow(const struct half *client, const struct half *server)
{
	__u64 id = client->cookie;
	__u32 zero = 0;
	struct flow *f = bpf_map_lookup_elem(&blank, &zero);

	if (!f || bpf_map_update_elem(&flows, &id, f, BPF_NOEXIST))
		return false;
	f = flow_by_id(id);
	if (!f)
		return false;
	fill_side(&f->side[0], client);
	fill_side(&f->side[1], server);
	f->side[0].last_tcp = f->side[1].last_tcp = bpf_ktime_get_ns();
	f->paired_at = bpf_ktime_get_ns();
	f->reason = REASON_TURNS;
	return true;
}

static __always_inline int on_connected(struct bpf_sock_ops *ops, struct tcp_sock *t, struct end *e)
{
	struct half me = { .sock = (__u64)t, .cookie = e->cookie };
	struct half_key hk = { .client_seq = t->snd_nxt, .server_seq = t->rcv_nxt };

	COUNT(active_ends, 1);
	if (!read_key((struct sock *)t, &me.key))
		return 0;
	hk.client_port = me.key.local_port;
	e->flow = e->cookie;
	e->side = 0;
	bpf_map_update_elem(&halves, &hk, &me, BPF_ANY);
	bpf_sock_ops_cb_flags_set(ops, BPF_SOCK_OPS_STATE_CB_FLAG | BPF_SOCK_OPS_RTT_CB_FLAG);
	return 0;
}

static __always_inline int on_accepted(struct bpf_sock_ops *ops, struct tcp_sock *t, struct end *e)
{
	struct half me = { .sock = (__u64)t, .cookie = e->cookie };
	struct half_key hk = { .client_seq = t->rcv_nxt, .server_seq = t->snd_nxt };
	struct half *found, client;

	COUNT(passive_ends, 1);
	if (!read_key((struct sock *)t, &me.key))
		return 0;
	hk.client_port = me.key.remote_port;
	found = bpf_map_lookup_elem(&halves, &hk);
	if (!found)
		return 0;
	client = *found;
	bpf_map_delete_elem(&halves, &hk);
	if (!make_flow(&client, &me)) {
		COUNT(left[REASON_MAP_FULL], 1);
		return 0;
	}
	e->flow = client.cookie;
	e->side = 1;
	COUNT(paired, 1);
	bpf_sock_ops_cb_flags_set(ops, BPF_SOCK_OPS_STATE_CB_FLAG);
	return 0;
}

/*
 * The connecting end counts turns for both, by its round-trip samples, until the sidecar has been told once. By the first
 * sample the accepting end is known, or it is not on this node and nothing more is asked of this socket.
 */
static __always_inline int on_round_trip(struct bpf_sock_ops *ops, struct tcp_sock *t, struct end *e)
{
	bool turned = t->data_segs_in >= turns_min && t->data_segs_out >= turns_min;

	if (!flow_by_id(e->flow)) {
		bpf_sock_ops_cb_flags_set(ops, 0);
		return 0;
	}
	if (!turned && ++e->rtt_calls < rtt_calls_max)
		return 0;
	bpf_sock_ops_cb_flags_set(ops, BPF_SOCK_OPS_STATE_CB_FLAG);
	if (turned)
		wake_sidecar(t->inet_conn.icsk_inet.sk.__sk_common.skc_net.net->net_cookie);
	return 0;
}

/* The first end to close stops the redirect, the last one ends the flow. */
static __always_inline int on_closed(struct tcp_sock *t, struct end *e)
{
	struct flow *f = flow_by_id(e->flow);
	__u64 id = e->flow;
	struct flow_side *me;

	if (!f)
		return 0;
	me = &f->side[e->side & 1];
	if (me->cookie != e->cookie)
		return 0;
	me->tcp_bytes_received = payload_received(t);
	if (__sync_lock_test_and_set(&f->state, FLOW_CLOSED) != FLOW_CLOSED)
		return 0;
	COUNT(closed, 1);
	COUNT(closed_tcp_bytes, f->side[0].tcp_bytes_received + f->side[1].tcp_bytes_received);
	bpf_map_delete_elem(&flows, &id);
	return 0;
}

SEC("sockops")
int sockway_pair(struct bpf_sock_ops *ops)
{
	struct tcp_sock *t;
	struct bpf_sock *sk;
	struct end *e;
	int op = ops->op;
	__u64 create = 0;

	if (op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB || op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB)
		create = BPF_SK_STORAGE_GET_F_CREATE;
	else if (op != BPF_SOCK_OPS_RTT_CB && (op != BPF_SOCK_OPS_STATE_CB || ops->args[1] != BPF_TCP_CLOSE))
		return 0;
	sk = ops->sk;
	if (!sk)
		return 0;
	t = bpf_skc_to_tcp_sock(sk);
	if (!t)
		return 0;
	e = bpf_sk_storage_get(&ends, sk, 0, create);
	if (!e)
		return 0;
	if (create)
		e->cookie = bpf_get_socket_cookie(ops);
	switch (op) {
	case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
		return on_connected(ops, t, e);
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		return on_accepted(ops, t, e);
	case BPF_SOCK_OPS_RTT_CB:
		return on_round_trip(ops, t, e);
	default:
		return on_closed(t, e);
	}
}

#endif
