/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Steps 2 and 4, enrol and leave: a pass over the TCP sockets of the reader's network namespace, run by reading the pinned
 * iterator. The kernel holds each socket's lock while its turn lasts, so nobody sends, receives or closes meanwhile; packets
 * that arrive go to the backlog. User space runs one pass at a time.
 */
#ifndef SOCKWAY_ENROL_H
#define SOCKWAY_ENROL_H

/* More bytes a turn than this, on average, is a stream. */
const volatile __u64 stream_bytes = 256 * 1024;
/* A flow that has left waits this long, twice as long each time, up to 64 times. */
const volatile __u64 hold_off_ns = 1000ULL * 1000 * 1000;
/* The first end enters when the second one was fit within so many passes, which is likely to be so again soon. */
const volatile __u64 fit_passes = 4;
/* The second end must follow the first within so many passes, */
const volatile __u64 enrol_passes = 16;
/* and another pod's, which has passes of its own, within this time. */
const volatile __u64 enrol_ns = 1000ULL * 1000 * 1000;
/* An end that no pass of its pod has met for this long is not waited for. */
const volatile __u64 unseen_ns = 10ULL * 1000 * 1000 * 1000;
/* Another pod is asked for a pass this often at most. */
const volatile __u64 wake_ns = 20ULL * 1000 * 1000;

#define REPORT(field, n) do { if (r) r->field += (n); } while (0)

static __always_inline bool detaching(__u64 cgroup)
{
	struct attachment *a = bpf_map_lookup_elem(&attachments, &cgroup);

	return !a || a->detaching;
}

static __always_inline struct port_word *port_word_of(__u16 port)
{
	__u32 i = port / 64;

	return bpf_map_lookup_elem(&ports, &i);
}

/*
 * By this pod's settings. A flow's ports are the one that was dialled and the one that answered. What another pod has against the flow
 * its own pass finds out.
 */
static __always_inline enum reason unwanted(const struct flow *f, const struct flow_side *me, const struct flow_side *peer, bool across,
					    const struct control *c)
{
	__u16 dialled = f->side[0].key.remote_port, answered = f->side[1].key.local_port;
	struct port_word *d = port_word_of(dialled), *a = port_word_of(answered);
	__u64 dialled_bit = 1ULL << (dialled & 63), answered_bit = 1ULL << (answered & 63);
	enum reason why;

	if (c->mode == MODE_PAUSED)
		return REASON_PAUSED;
	if (c->features & FEATURE_NO_REDIRECT)
		return REASON_KERNEL;
	why = why_unsuited(me->cookie);
	if (!why && !across)
		why = why_unsuited(peer->cookie);
	if (why)
		return why;
	if (detaching(me->cgroup) || (!across && detaching(peer->cgroup)))
		return REASON_DETACHED;
	if (!c->same_node && (across || me->key.netns != peer->key.netns))
		return REASON_OTHER_NETNS;
	if (!d || !a)
		return REASON_EXCLUDED;
	if ((d->exclude & dialled_bit) || (a->exclude & answered_bit))
		return REASON_EXCLUDED;
	if (c->include_only && !(d->include & dialled_bit) && !(a->include & answered_bit))
		return REASON_EXCLUDED;
	return REASON_NONE;
}

/* Why this socket cannot be a member, or cannot go on as one. */
static __always_inline enum reason unfit(struct tcp_sock *t, bool member)
{
	struct sock *sk = &t->inet_conn.icsk_inet.sk;
	enum reason r;

	if (!sk->sk_socket->file)
		return REASON_NOT_ACCEPTED;
	r = unfit_now(t);
	if (r)
		return r;
	if (BPF_CORE_READ_BITFIELD_PROBED(t, repair))
		return REASON_REPAIR;
	if (t->urg_data)
		return REASON_URGENT;
	if (bpf_core_field_exists(t->is_mptcp) && BPF_CORE_READ(t, is_mptcp))
		return REASON_MPTCP;
	if (!member && sk->sk_user_data)
		return REASON_OTHER_SOCKMAP;
	return REASON_NONE;
}

/* Whether an end whose owner shows by a read has yet to be read. What is older than the attach is vetted by gate.h. */
static __always_inline bool unmet(struct tcp_sock *t, const struct end *e, const struct control *c)
{
	return (c->features & FEATURE_READ_WATCH) && t->bpf_sock_ops_cb_flags && !e->owner.process;
}

/* Whether this end has shown turns since it was paired or last left, and is no stream. */
static __always_inline enum reason unproven(struct tcp_sock *t, const struct flow_side *me, const struct end *e, const struct control *c)
{
	__u32 in = t->data_segs_in - me->base_segs_in, out = t->data_segs_out - me->base_segs_out;
	__u64 bytes = t->bytes_received + t->bytes_acked - me->base_bytes;
	__u32 turns = in < out ? in : out;

	if (turns < c->turns || unmet(t, e, c))
		return REASON_TURNS;
	if (bytes / turns > stream_bytes)
		return REASON_STREAM;
	return REASON_NONE;
}

/*
 * Whether nothing waits to be read, which sockway_queue would lose or reorder. What is in the backlog has not come yet: TCP takes it in
 * when the pass lets go of the socket, as a member's by then.
 */
static __always_inline bool queue_empty(struct tcp_sock *t)
{
	struct sock *sk = &t->inet_conn.icsk_inet.sk;

	return t->rcv_nxt == t->copied_seq && !sk->sk_receive_queue.qlen && !sk->sk_backlog.rmem_alloc.counter;
}

/* Before 9378096e8a65 the iterator may hold the socket's spinlock, and an update of the sockhash would wait for it for ever. */
static __always_inline bool spinning(struct sock *sk)
{
	return !sk->sk_lock.owned;
}

static __always_inline enum reason insert(struct tcp_sock *t, struct flow_side *me)
{
	int callbacks = t->bpf_sock_ops_cb_flags | BPF_SOCK_OPS_STATE_CB_FLAG | BPF_SOCK_OPS_RTT_CB_FLAG;
	struct queue_end end = { .sock = (__u64)t, .next = t->rcv_nxt };
	__u64 cookie = me->cookie;

	if (spinning(&t->inet_conn.icsk_inet.sk))
		return REASON_KERNEL;
	if (bpf_map_update_elem(&queued, &cookie, &end, BPF_ANY) ||
	    bpf_map_update_elem(&members, &cookie, &t->inet_conn.icsk_inet.sk, BPF_NOEXIST)) {
		forget_queued(cookie);
		return REASON_MAP_FULL;
	}
	/* Refused before 6.12; then a member leaves in passes only, and one that was older than the attach ends without a word. */
	bpf_setsockopt(&t->inet_conn.icsk_inet.sk, IPPROTO_TCP, TCP_BPF_SOCK_OPS_CB_FLAGS, &callbacks, sizeof(callbacks));
	me->member = 1;
	me->vetted = 0;
	me->stopped = 0;
	me->leaving = 0;
	me->entered = 1;
	me->burst = 0;
	me->debt = 0;
	return REASON_NONE;
}

/* What seen and fit of a side are compared with. */
static __always_inline __u64 clock_of(bool across, const struct control *c)
{
	return across ? bpf_ktime_get_ns() : c->pass;
}

/*
 * Whether what a pass of the other pod found against its end may be over by itself any moment.
 * moved: bytes have come since the last pass here
 */
static __always_inline bool may_become_fit(const struct flow_side *peer, bool moved, __u64 now)
{
	switch (peer->reason) {
	case REASON_TURNS:
		if (!moved)
			return false;
	/* fall through */
	case REASON_NONE:
	case REASON_QUEUED:
	case REASON_NOT_ACCEPTED:
	case REASON_HELD_OFF:
	case REASON_PEER_UNFIT:
		return (__s64)(now - peer->seen) < (__s64)unseen_ns;
	default:
		return false;
	}
}

/* Has the other pod look at its end, too. */
static __always_inline void call_other(const struct flow_side *peer, bool moved, __u64 now)
{
	if (may_become_fit(peer, moved, now) && (__s64)(now - peer->seen) > (__s64)wake_ns)
		wake_other(peer);
}

static __always_inline void activate(struct flow *f, bool across, struct pass_report *r)
{
	if (__sync_val_compare_and_swap(&f->state, FLOW_ENROLLING, FLOW_ACTIVE) != FLOW_ENROLLING)
		return;
	f->active_at = bpf_ktime_get_ns();
	f->reason = REASON_NONE;
	REPORT(activated, 1);
	if (!across)
		COUNT(enrolled, 1);
}

/* A flow on plain TCP, or with its first end in: takes this end in when both are fit. */
static __always_inline enum reason try_enrol(struct tcp_sock *t, struct flow *f, struct flow_side *me, struct flow_side *peer,
					     const struct end *e, bool moved, struct control *c, struct pass_report *r)
{
	bool across = is_across(e);
	__u64 now = clock_of(across, c), fresh = across ? enrol_ns : fit_passes;
	enum reason why = unwanted(f, me, peer, across, c);

	if (!why && bpf_ktime_get_ns() < f->held_until)
		why = REASON_HELD_OFF;
	if (!why)
		why = unfit(t, false);
	if (!why)
		why = unproven(t, me, e, c);
	if (!why && !queue_empty(t))
		why = REASON_QUEUED;
	if (why)
		return why;
	me->fit = now;
	if (across && !peer->member)
		call_other(peer, moved, now);
	if (!peer->member && (!peer->fit || (__s64)(now - peer->fit) > (__s64)fresh))
		return REASON_PEER_UNFIT;
	why = insert(t, me);
	if (why)
		return why;
	REPORT(inserted, 1);
	if (!peer->member) {
		__sync_val_compare_and_swap(&f->state, FLOW_PAIRED, FLOW_ENROLLING);
		wake_other(peer);
		return REASON_NONE;
	}
	activate(f, across, r);
	return REASON_NONE;
}

/* Takes a drained end out; with the last one the flow is plain TCP again. */
static __always_inline void take_out(struct tcp_sock *t, struct flow *f, struct flow_side *me, struct flow_side *peer, bool across,
				     struct pass_report *r)
{
	bool by_order = f->reason == REASON_PAUSED || f->reason == REASON_OTHER_NETNS;
	__u32 times = f->left < 6 ? f->left : 6;

	if (me->member) {
		if (!drained(t, 1, 0) || !remove_member(me)) {
			REPORT(leaving, 1);
			return;
		}
		REPORT(removed, 1);
	}
	start_side(me, t);
	if (!across)
		me->entered = 0;
	if (peer->member)
		return;
	f->held_until = by_order ? 0 : bpf_ktime_get_ns() + (hold_off_ns << times);
	if (__sync_val_compare_and_swap(&f->state, FLOW_LEAVING, FLOW_PAIRED) == FLOW_LEAVING) {
		if (!across)
			COUNT(left[f->reason & (REASON_SLOTS - 1)], 1);
		if (!by_order)
			f->left += 1;
	}
}

static __always_inline void wait_for(enum reason why, struct pass_report *r)
{
	REPORT(waiting[why & (REASON_SLOTS - 1)], 1);
}

/*
 * Whether no sender is between verdict and redirect any more that has not seen that the flow leaves. For ends in two pods, because
 * the other end's gate or its pod's pass has seen it, under that end's lock; an epoch, which a sidecar counts, is believed only where
 * the other pod has no passes.
 */
static __always_inline bool senders_know(const struct flow_side *me, const struct flow_side *peer, bool across, const struct control *c)
{
	bool epoch_over = me->leave_epoch < c->epoch;

	if (!across)
		return epoch_over;
	return peer->stopped || !peer->member ||
	       (epoch_over && (__s64)(bpf_ktime_get_ns() - peer->seen) > (__s64)unseen_ns);
}

/* Of a flow in two pods each counts that its own end has left, whoever took it out. */
static __always_inline void count_left(const struct flow *f, struct flow_side *me)
{
	if (me->member || !me->entered)
		return;
	me->entered = 0;
	COUNT(left[f->reason & (REASON_SLOTS - 1)], 1);
}

/* An end that is in, or about to be taken in, while the pass of another pod did something with the other one at the same moment. */
static __always_inline void meet_other(struct flow *f, struct flow_side *me, struct flow_side *peer, struct pass_report *r)
{
	if (!me->member)
		return;
	__sync_val_compare_and_swap(&f->state, FLOW_PAIRED, FLOW_ENROLLING);
	if (peer->member)
		activate(f, true, r);
	else if (f->state == FLOW_ENROLLING && (__s64)(bpf_ktime_get_ns() - me->fit) > (__s64)(2 * enrol_ns))
		ask_to_leave(f, REASON_PEER_UNFIT);
}

/* Of an end whose flow leaves: whether its owner has made it unfit. */
static __always_inline bool owners_doing(struct tcp_sock *t, enum reason why)
{
	return why >= REASON_BLOCKING && why <= REASON_ULP && why != REASON_NOT_ACCEPTED && !(why == REASON_URGENT && t->urg_data);
}

static __always_inline void step(struct tcp_sock *t, struct flow *f, struct flow_side *me, struct flow_side *peer, const struct end *e,
				 bool moved, struct control *c, struct pass_report *r)
{
	bool across = is_across(e);
	__u64 now = clock_of(across, c), patience = across ? enrol_ns : enrol_passes;
	bool asked = false, entered = me->entered;
	enum reason why;

	if (across) {
		count_left(f, me);
		meet_other(f, me, peer, r);
	}
	if (f->state == FLOW_PAIRED || (f->state == FLOW_ENROLLING && !me->member)) {
		why = try_enrol(t, f, me, peer, e, moved, c, r);
		me->reason = why;
		/* What nothing is to be expected of is no reason to pass again soon. */
		if (why)
			wait_for(why == REASON_PEER_UNFIT && across && !may_become_fit(peer, moved, now) ? REASON_NOT_ACTIVE : why, r);
		if (why && peer->member && (__s64)(now - peer->fit) > (__s64)patience)
			asked = ask_to_leave(f, why);
	} else if (f->state == FLOW_ENROLLING || f->state == FLOW_ACTIVE) {
		why = unwanted(f, me, peer, across, c);
		if (!why)
			why = unfit(t, true);
		me->reason = why;
		if (why)
			asked = ask_to_leave(f, why);
	}
	if (f->state == FLOW_LEAVE_ASKED || f->state == FLOW_LEAVING) {
		if (across)
			me->stopped = 1;
		if (!me->leaving) {
			/* From here on an epoch must pass. */
			me->leaving = 1;
			me->leave_epoch = c->epoch;
			if (entered && e->owner.process && owners_doing(t, me->reason))
				hold_against(&e->owner, me->cookie, me->reason,
					     has_redirected(psock_in(t->inet_conn.icsk_inet.sk.sk_user_data)));
			__sync_val_compare_and_swap(&f->state, FLOW_LEAVE_ASKED, FLOW_LEAVING);
			REPORT(published, 1);
			REPORT(leaving, 1);
		} else if (senders_know(me, peer, across, c)) {
			take_out(t, f, me, peer, across, r);
		} else {
			REPORT(leaving, 1);
		}
	}
	if (asked)
		wake_other(peer);
	if (across)
		count_left(f, me);
	if (me->member)
		REPORT(members, 1);
}

/*
 * What this pod's sidecar may know of a flow whose record is another pod's as well: a copy in its own map, as of this pass. Nothing is
 * decided by it. Bytes by TCP are both as this end has counted them.
 */
static __always_inline void copy_for_sidecar(struct tcp_sock *t, struct flow *f, const struct end *e, struct control *c)
{
	__u32 zero = 0, side = e->side & 1;
	struct flow_side *mine, *others, *me, *peer;
	__u64 id = e->flow;
	struct flow *copy = flow_by_id(id);

	if (!copy) {
		copy = bpf_map_lookup_elem(&blank, &zero);
		if (!copy || bpf_map_update_elem(&flows, &id, copy, BPF_ANY))
			return;
		copy = flow_by_id(id);
		if (!copy)
			return;
	}
	me = side_of(f, side);
	peer = other_side_of(f, side);
	mine = side_of(copy, side);
	others = other_side_of(copy, side);
	*mine = *me;
	mine->sock = 0;
	mine->seen = c->pass;
	others->key = peer->key;
	others->cookie = peer->cookie;
	others->redirected_bytes = peer->redirected_bytes;
	others->redirected_messages = peer->redirected_messages;
	others->tcp_messages = peer->tcp_messages;
	others->reason = peer->reason;
	others->tcp_bytes_received = payload_sent(t, side, false);
	copy->state = f->state;
	copy->reason = f->reason;
	copy->paired_at = f->paired_at;
	copy->held_until = f->held_until;
	copy->left = f->left;
	copy->own = 1 + side;
	if (f->active_at != copy->active_at) {
		copy->active_at = f->active_at;
		COUNT(enrolled, 1);
	}
}

/* Of both ends; where one is in another pod, what this one has sent, since that pod counts the rest. */
static __always_inline __u64 tcp_bytes(const struct flow *f)
{
	__u64 to_client = f->side[0].tcp_bytes_received, to_server = f->side[1].tcp_bytes_received;

	return (f->own == 2 ? 0 : to_server) + (f->own == 1 ? 0 : to_client);
}

/*
 * Whether an end that passes do not meet, because they may not enter its namespace, will end with a word or may be met again. Then its
 * flow must be there: a member without one would be taken for another accelerator's.
 */
static __always_inline bool lives(const struct flow_side *s)
{
	return state_of(s->sock, s->cookie) != BPF_TCP_CLOSE && (s->member || !detaching(s->cgroup));
}

static long forget_flow(void *map, const __u64 *id, struct flow *f, const __u64 *before)
{
	if (f->side[0].seen >= *before || f->side[1].seen >= *before || lives(&f->side[0]) || lives(&f->side[1]))
		return 0;
	COUNT(closed, 1);
	COUNT(closed_tcp_bytes, tcp_bytes(f));
	bpf_map_delete_elem(map, id);
	return 0;
}

static long forget_queue(void *map, const __u64 *cookie, const struct queue_end *end, void *nothing)
{
	if (state_of(end->sock, *cookie) == BPF_TCP_CLOSE)
		bpf_map_delete_elem(map, cookie);
	return 0;
}

/*
 * Flows end by a callback of their sockets; those older than the attach or cut off by a detach have none, and are looked for when several
 * passes have not met them.
 */
static __always_inline void forget_lost(struct control *c)
{
	__u64 before = c->forget_before;

	if (!before)
		return;
	c->forget_before = 0;
	bpf_for_each_map_elem(&flows, forget_flow, &before, 0);
	bpf_for_each_map_elem(&queued, forget_queue, NULL, 0);
}

SEC("iter/tcp")
int sockway_enrol(struct bpf_iter__tcp *ctx)
{
	struct sock_common *sc = ctx->sk_common;
	struct control *c = control_block();
	__u32 zero = 0;
	struct pass_report *r = bpf_map_lookup_elem(&report, &zero);
	struct flow_side *me, *peer;
	enum reason why;
	struct tcp_sock *t;
	struct sock *sk;
	struct flow *f;
	struct end *e;
	bool across, moved;

	if (!c || !r)
		return 0;
	if (!sc) {
		if (bpf_rdonly_cast)
			c->features |= FEATURE_DIRECT_READS;
		forget_lost(c);
		bpf_seq_write(ctx->meta->seq, r, sizeof(*r));
		__builtin_memset(r, 0, sizeof(*r));
		return 0;
	}
	t = bpf_skc_to_tcp_sock(sc);
	if (!t)
		return 0;
	sk = &t->inet_conn.icsk_inet.sk;
	REPORT(sockets, 1);
	if (sk->__sk_common.skc_state != TCP_ESTABLISHED_STATE)
		return 0;
	if (spinning(sk))
		c->features |= FEATURE_SPINNING_PASSES;
	e = bpf_sk_storage_get(&ends, sk, 0, 0);
	f = e ? flow_of(e) : NULL;
	if (!f) {
		why = pair(t, r);
		if (why)
			wait_for(why, r);
		e = bpf_sk_storage_get(&ends, sk, 0, 0);
		f = e ? flow_of(e) : NULL;
		if (!f)
			return 0;
	}
	me = side_of(f, e->side);
	peer = other_side_of(f, e->side);
	if (me->cookie != e->cookie)
		return 0;
	REPORT(flows, 1);
	if (!me->inode)
		me->inode = BPF_CORE_READ(sk, sk_socket, file, f_inode, i_ino);
	moved = me->tcp_bytes_received != payload_received(t);
	me->tcp_bytes_received = payload_received(t);
	across = is_across(e);
	me->seen = clock_of(across, c);
	step(t, f, me, peer, e, moved, c, r);
	if (across)
		copy_for_sidecar(t, f, e, c);
	return 0;
}

#endif
