/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Step 1, pair: find the other end of every local connection. Nothing is done at the handshake but to ask for callbacks, so
 * that a connection which carries one request costs little; a pass of enrol.h pairs those that live.
 */
#ifndef SOCKWAY_PAIR_H
#define SOCKWAY_PAIR_H

/* A connection that shows no turns within so many data segments stops being watched from the kernel; slow passes go on. */
const volatile __u32 segments_max = 512;

/*
 * The sequence numbers of the first bytes sent and received stay what they were for the life of a connection, and neither
 * REDIRECT nor DNAT changes them: one end's are the other's, swapped. The connecting end counts its SYN as acknowledged.
 */
static __always_inline __u64 flow_id(__u32 client_first, __u32 server_first)
{
	return (__u64)client_first << 32 | server_first;
}

/* Where an end's two streams began, as far as it can tell without knowing whether it connected: then it sent a SYN more. */
struct origin {
	__u32 sent;
	__u32 received;
};

static __always_inline struct origin origin_of(const struct tcp_sock *t)
{
	return (struct origin){ t->snd_una - (__u32)t->bytes_acked, t->rcv_nxt - (__u32)t->bytes_received };
}

static __always_inline __u64 note_id(__u32 sent, __u32 received)
{
	return (__u64)sent << 32 | received;
}

#define CGROUP_LEVELS 16

/* Id of the innermost attached cgroup that holds the socket, or 0. */
static __always_inline __u64 attached_cgroup(struct sock *sk)
{
	struct cgroup *cg = BPF_CORE_READ(sk, sk_cgrp_data.cgroup);
	int level = BPF_CORE_READ(cg, level);
	__u64 found = 0;

	for (int i = 0; i < CGROUP_LEVELS; i++) {
		__u64 id = 0;

		if (i > level)
			break;
		if (bpf_core_field_exists(cg->ancestors)) {
			struct cgroup *a;

			bpf_probe_read_kernel(&a, sizeof(a), &cg->ancestors[i]);
			id = BPF_CORE_READ(a, kn, id);
		} else {
			struct cgroup___before_6_1 *old = (void *)cg;

			bpf_probe_read_kernel(&id, sizeof(id), &old->ancestor_ids[i]);
		}
		if (bpf_map_lookup_elem(&attachments, &id))
			found = id;
	}
	return found;
}

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
	s->cgroup = h->cgroup;
	s->pod = h->pod;
	s->last_tcp = bpf_ktime_get_ns();
}

/* Makes the flow's record in one of the maps of flows; false when that is full. Others believe it from when paired_at is set. */
static __always_inline bool make_flow(void *in, __u64 id, const struct half *client, const struct half *server)
{
	__u32 zero = 0;
	struct flow *f = bpf_map_lookup_elem(&blank, &zero);

	if (!f || bpf_map_update_elem(in, &id, f, BPF_NOEXIST))
		return false;
	f = bpf_map_lookup_elem(in, &id);
	if (!f)
		return false;
	fill_side(&f->side[0], client);
	fill_side(&f->side[1], server);
	f->reason = REASON_TURNS;
	__sync_lock_test_and_set(&f->paired_at, bpf_ktime_get_ns());
	return true;
}

static __always_inline void join(struct sock *sk, __u64 cookie, __u64 flow, __u32 side, bool across)
{
	struct end *e = bpf_sk_storage_get(&ends, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);

	if (!e)
		return;
	e->cookie = cookie;
	e->flow = flow;
	e->side = side;
	e->across = across;
}

/* Whether the other end has made the flow of this one already; then it joins. */
static __always_inline bool found_by_other(struct sock *sk, __u64 cookie, __u64 id, __u32 side)
{
	struct flow *f = flow_by_id(id);

	if (!f || f->own || f->side[side & 1].cookie != cookie)
		return false;
	join(sk, cookie, id, side, false);
	return true;
}

/* Whether the socket of an end that was noted is still that socket. */
static __always_inline int state_of(__u64 sock, __u64 cookie)
{
	struct tcp_sock *t = (struct tcp_sock *)sock;

	if ((__u64)BPF_CORE_READ(t, inet_conn.icsk_inet.sk.__sk_common.skc_cookie.counter) != cookie)
		return BPF_TCP_CLOSE;
	return BPF_CORE_READ(t, inet_conn.icsk_inet.sk.__sk_common.skc_state);
}

/*
 * The end that noted itself under these numbers, if it still is that socket, established, and, as one more proof, knows this one by
 * the port that no REDIRECT or DNAT changes: the connecting end's.
 */
static __always_inline struct half *other_end(void *in, __u64 note, const struct half *me, bool connected)
{
	struct half *h = bpf_map_lookup_elem(in, &note);
	__u16 dialled_from = connected ? me->key.local_port : me->key.remote_port;

	if (!h || h->cookie == me->cookie || (connected ? h->key.remote_port : h->key.local_port) != dialled_from)
		return NULL;
	return state_of(h->sock, h->cookie) == TCP_ESTABLISHED_STATE ? h : NULL;
}

static __always_inline bool same_address(const __u8 *a, const __u8 *b)
{
	const __u64 *x = (const __u64 *)a, *y = (const __u64 *)b;

	return x[0] == y[0] && x[1] == y[1];
}

/* The same of another pod, which must know the connecting end by its address too: between pods no honest one changes that. */
static __always_inline struct half *other_pods_end(__u64 note, const struct half *me, bool connected)
{
	struct half *h = other_end(&node_halves, note, me, connected);

	if (!h || h->pod == me->pod ||
	    !(connected ? same_address(me->key.local_addr, h->key.remote_addr) : same_address(h->key.local_addr, me->key.remote_addr)))
		return NULL;
	return h;
}

/* On the way in from another pod, no connection comes by the loopback device. */
static __always_inline int way_in(struct sock *sk)
{
	struct inet_sock___before_5_17 *old = (void *)sk;

	if (bpf_core_field_exists(sk->sk_rx_dst_ifindex))
		return sk->sk_rx_dst_ifindex;
	if (bpf_core_field_exists(old->rx_dst_ifindex))
		return BPF_CORE_READ(old, rx_dst_ifindex);
	return 0;
}

/* Counts one more flow, of which both ends are known now. */
static __always_inline void count_paired(struct tcp_sock *t, struct pass_report *r)
{
	COUNT(paired, 1);
	if (r)
		r->paired += 1;
	/* both ends ask for callbacks when they are established */
	if (!t->bpf_sock_ops_cb_flags)
		COUNT(adopted, 1);
}

/* Joins a flow that two pods share, with a place for this pod's copy of its record. */
static __always_inline enum reason join_across(struct tcp_sock *t, __u64 cookie, __u64 id, __u32 side, struct pass_report *r)
{
	__u32 zero = 0;
	struct flow *f = bpf_map_lookup_elem(&blank, &zero);

	if (!f || bpf_map_update_elem(&flows, &id, f, BPF_ANY))
		return REASON_MAP_FULL;
	join(&t->inet_conn.icsk_inet.sk, cookie, id, side, true);
	count_paired(t, r);
	COUNT(across, 1);
	return REASON_NONE;
}

static __always_inline bool made_by_other_pod(__u64 cookie, __u64 id, __u32 side)
{
	struct flow *f = bpf_map_lookup_elem(&node_flows, &id);

	return f && f->paired_at && f->side[side & 1].cookie == cookie && f->side[side & 1].pod == own.pod;
}

/* The same as pair() for a connection to another pod. The two pods' passes may meet its ends at once: then one of them makes the flow. */
static __always_inline enum reason pair_across(struct tcp_sock *t, const struct half *me, struct origin o, struct pass_report *r)
{
	__u64 as_client = flow_id(o.sent + 1, o.received), as_server = flow_id(o.received, o.sent), id;
	__u64 note = note_id(o.received, o.sent + 1);
	struct half other, *found;
	bool connected;

	if (made_by_other_pod(me->cookie, as_client, 0))
		return join_across(t, me->cookie, as_client, 0, r);
	if (made_by_other_pod(me->cookie, as_server, 1))
		return join_across(t, me->cookie, as_server, 1, r);
	found = other_pods_end(note, me, true);
	connected = found;
	if (!found) {
		note = note_id(o.received - 1, o.sent);
		found = other_pods_end(note, me, false);
	}
	if (!found) {
		note = note_id(o.sent, o.received);
		bpf_map_update_elem(&node_halves, &note, me, BPF_ANY);
		return REASON_NONE;
	}
	other = *found;
	id = connected ? as_client : as_server;
	if (!(connected ? make_flow(&node_flows, id, me, &other) : make_flow(&node_flows, id, &other, me)))
		return bpf_map_lookup_elem(&node_flows, &id) ? REASON_NONE : REASON_MAP_FULL;
	bpf_map_delete_elem(&node_halves, &note);
	wake_pod(other.pod, other.key.netns);
	return join_across(t, me->cookie, id, !connected, r);
}

/*
 * Looks for the other end of an unpaired socket of an attached cgroup. A socket cannot tell whether it connected or accepted,
 * so it tries both; the end that is visited first leaves a note, the second one makes the flow, the first joins a pass later.
 */
static __always_inline enum reason pair(struct tcp_sock *t, struct pass_report *r)
{
	struct sock *sk = &t->inet_conn.icsk_inet.sk;
	struct half me = { .sock = (__u64)t, .cgroup = attached_cgroup(sk), .pod = own.pod }, other;
	struct control *c = control_block();
	struct origin o = origin_of(t);
	__u64 as_client = flow_id(o.sent + 1, o.received), as_server = flow_id(o.received, o.sent);
	__u64 note = note_id(o.received, o.sent + 1);
	struct half *found;
	bool connected;
	__u64 id;

	if (!me.cgroup || !read_key(sk, &me.key))
		return REASON_NONE;
	me.cookie = bpf_get_socket_cookie(sk);
	if (found_by_other(sk, me.cookie, as_client, 0) || found_by_other(sk, me.cookie, as_server, 1))
		return REASON_NONE;
	found = other_end(&halves, note, &me, true);
	connected = found;
	if (!found) {
		note = note_id(o.received - 1, o.sent);
		found = other_end(&halves, note, &me, false);
	}
	if (!found) {
		note = note_id(o.sent, o.received);
		bpf_map_update_elem(&halves, &note, &me, BPF_ANY);
		if (own.pod && c && c->same_node && way_in(sk) != LOOPBACK_IFINDEX)
			return pair_across(t, &me, o, r);
		return REASON_NONE;
	}
	other = *found;
	id = connected ? as_client : as_server;
	if (!(connected ? make_flow(&flows, id, &me, &other) : make_flow(&flows, id, &other, &me)))
		return REASON_MAP_FULL;
	bpf_map_delete_elem(&halves, &note);
	join(sk, me.cookie, id, !connected, false);
	count_paired(t, r);
	return REASON_NONE;
}

/* Lets other pods know an address at which this one can be met. */
static __always_inline void tell_address(struct sock *sk)
{
	struct control *c = control_block();
	struct flow_key key;
	__u32 one = 1;

	if (!c || !c->same_node || !read_key(sk, &key) || bpf_map_lookup_elem(&node_addresses, &key.local_addr))
		return;
	bpf_map_update_elem(&node_addresses, &key.local_addr, &one, BPF_ANY);
}

/* Between two namespaces the way in is no loopback; a pod knows whom it shares flows with. */
static __always_inline bool may_be_local(struct sock *sk)
{
	struct control *c = control_block();
	int from = way_in(sk);
	struct flow_key key;

	if (!from || from == LOOPBACK_IFINDEX)
		return true;
	if (!c || !c->same_node)
		return false;
	return !own.pod || (read_key(sk, &key) && bpf_map_lookup_elem(&node_addresses, &key.remote_addr));
}

/*
 * A leaving end that happens to be drained goes with the next acknowledgement, which is seen here before the reader is told of the
 * bytes that came with it. Passes come by too rarely for a busy connection, whose queues are empty for moments only; and a relay must
 * be out before its first splice, which sees nothing of what waits with a member.
 */
static __always_inline void leave_at_once(struct tcp_sock *t, struct flow *f, __u32 side)
{
	bool in_backlog = t->inet_conn.icsk_inet.sk.sk_lock.owned;
	struct flow_side *me = side_of(f, side), *peer = other_side_of(f, side);

	if (f->state < FLOW_LEAVE_ASKED || !peer->stopped)
		return;
	/* A packet refers to the socket; one from the backlog does not, but then a system call of the owner may refer to its psock. */
	if (in_backlog ? drained(t, 0, 1) : drained(t, 1, 0))
		remove_member(me);
}

/* The connecting end counts turns for both, by its round-trip samples, until the sidecar has been told once. */
static __always_inline void on_round_trip(struct bpf_sock_ops *ops, struct tcp_sock *t)
{
	struct control *c = control_block();
	struct sock *sk = &t->inet_conn.icsk_inet.sk;
	bool turned = c && t->data_segs_in >= c->turns && t->data_segs_out >= c->turns;

	if (!turned && t->data_segs_in + t->data_segs_out < segments_max)
		return;
	bpf_sock_ops_cb_flags_set(ops, ops->bpf_sock_ops_cb_flags & ~BPF_SOCK_OPS_RTT_CB_FLAG);
	if (turned && may_be_local(sk))
		wake_sidecar(sk->__sk_common.skc_net.net->net_cookie);
}

/*
 * A member that is disconnected, to be connected anew, loses what it has not read, as by TCP; one whose connection ends keeps
 * it. The kernel has not noted an error or a shutdown yet only in the first case.
 */
static __always_inline void on_disconnect(struct tcp_sock *t, struct flow_side *me)
{
	struct sock *sk = &t->inet_conn.icsk_inet.sk;

	if (me->member && !sk->sk_err && !sk->sk_shutdown)
		remove_member(me);
}

/*
 * close() resets a connection with unread bytes in TCP's own queue only; by now the kernel has emptied that, and what is still
 * charged to the socket was redirected: nothing else can be, while the peer has sent no FIN. Nothing can be done about the FIN that
 * goes out, so the process is named.
 */
static __always_inline void on_closing(struct sock *sk, struct end *e)
{
	struct flow *f = flow_of(e);
	struct flow_side *me;
	struct who who;

	if (!f || sk->sk_shutdown != (RCV_SHUTDOWN | SEND_SHUTDOWN) || !sk->sk_backlog.rmem_alloc.counter)
		return;
	me = side_of(f, e->side);
	if (me->cookie != e->cookie || !me->member)
		return;
	who = current_process();
	note_habit(&who, REASON_UNREAD_CLOSE, true);
	wake_sidecar(me->key.netns);
}

/*
 * The first end to close stops the redirect, the last one ends the flow; an end that has not joined yet closes without a word, and so
 * does that of another pod whose cgroup is detached or gone.
 */
static __always_inline void on_closed(struct tcp_sock *t, struct end *e, int before)
{
	struct flow *f = flow_of(e);
	__u64 id = e->flow;
	struct flow_side *me, *peer;
	bool first;

	forget_queued(e->cookie);
	if (!f)
		return;
	me = side_of(f, e->side);
	peer = other_side_of(f, e->side);
	if (me->cookie != e->cookie)
		return;
	me->tcp_bytes_received = payload_received(t);
	on_disconnect(t, me);
	first = __sync_lock_test_and_set(&f->state, FLOW_CLOSED) != FLOW_CLOSED;
	if (is_across(e)) {
		COUNT(closed, 1);
		COUNT(closed_tcp_bytes, payload_sent(t, e->side, before != BPF_TCP_ESTABLISHED && before != BPF_TCP_CLOSE_WAIT));
		bpf_map_delete_elem(&flows, &id);
		if (!first || !peer->seen || state_of(peer->sock, peer->cookie) == BPF_TCP_CLOSE)
			bpf_map_delete_elem(&node_flows, &id);
		return;
	}
	if (first && peer->seen)
		return;
	COUNT(closed, 1);
	COUNT(closed_tcp_bytes, f->side[0].tcp_bytes_received + f->side[1].tcp_bytes_received);
	bpf_map_delete_elem(&flows, &id);
}

static __always_inline void on_established(struct bpf_sock_ops *ops)
{
	struct bpf_sock *sk = own.pod ? ops->sk : NULL;
	struct tcp_sock *t = sk ? bpf_skc_to_tcp_sock(sk) : NULL;

	if (t)
		tell_address(&t->inet_conn.icsk_inet.sk);
}

/* Keeps what other programs of the socket's cgroups have asked for. */
static __always_inline void ask_for(struct bpf_sock_ops *ops, int callbacks)
{
	bpf_sock_ops_cb_flags_set(ops, ops->bpf_sock_ops_cb_flags | callbacks);
}

SEC("sockops")
int sockway_pair(struct bpf_sock_ops *ops)
{
	struct tcp_sock *t;
	struct bpf_sock *sk;
	struct who who;
	struct flow *f;
	struct end *e;

	switch (ops->op) {
	case BPF_SOCK_OPS_TCP_CONNECT_CB:
		who = current_process();
		/* from here on the socket has a cookie, by which watch.h knows it */
		vet_owner(&who, bpf_get_socket_cookie(ops));
		return 0;
	case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
		COUNT(active_ends, 1);
		ask_for(ops, BPF_SOCK_OPS_STATE_CB_FLAG | BPF_SOCK_OPS_RTT_CB_FLAG);
		on_established(ops);
		return 0;
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		COUNT(passive_ends, 1);
		bpf_get_socket_cookie(ops);
		/* the end that connects is another pod's to look after */
		ask_for(ops, own.pod ? BPF_SOCK_OPS_STATE_CB_FLAG | BPF_SOCK_OPS_RTT_CB_FLAG : BPF_SOCK_OPS_STATE_CB_FLAG);
		on_established(ops);
		return 0;
	case BPF_SOCK_OPS_RTT_CB:
		break;
	case BPF_SOCK_OPS_STATE_CB:
		if (ops->args[1] == BPF_TCP_CLOSE || ops->args[1] == BPF_TCP_FIN_WAIT1)
			break;
		return 0;
	default:
		return 0;
	}
	sk = ops->sk;
	if (!sk)
		return 0;
	t = bpf_skc_to_tcp_sock(sk);
	if (!t)
		return 0;
	e = bpf_sk_storage_get(&ends, sk, 0, 0);
	if (ops->op == BPF_SOCK_OPS_STATE_CB) {
		if (e && ops->args[1] == BPF_TCP_CLOSE)
			on_closed(t, e, ops->args[0]);
		else if (e)
			on_closing(&t->inet_conn.icsk_inet.sk, e);
		return 0;
	}
	f = e ? flow_of(e) : NULL;
	if (f && f->side[e->side & 1].member)
		leave_at_once(t, f, e->side & 1);
	else
		on_round_trip(ops, t);
	return 0;
}

#endif
