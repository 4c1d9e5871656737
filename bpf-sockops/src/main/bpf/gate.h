/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Step 3, gate: each message of a member is redirected only when that is right and worth it; otherwise it goes by TCP. */
#ifndef SOCKWAY_GATE_H
#define SOCKWAY_GATE_H

/* So many messages in a row may wait unread; */
const volatile __u32 burst_max = 4;
/* and a run without an answer, read or not, is left to TCP, which coalesces, once it is this long. */
const volatile __u32 run_max = 16;
/* What the kernel keeps for each message that waits, beside its bytes; TCP's own queue counts that too. */
const volatile __u64 message_overhead = 1024;
/* A message that passes adds 2 to a side's debt, one that is redirected takes 1 off: at this debt the flow leaves. */
const volatile __u32 debt_max = 128;

/* Publishes that no message of this flow is to be redirected any more. True for the caller that did it. */
static __always_inline bool ask_to_leave(struct flow *f, enum reason why)
{
	if (__sync_val_compare_and_swap(&f->state, FLOW_ACTIVE, FLOW_LEAVE_ASKED) != FLOW_ACTIVE &&
	    __sync_val_compare_and_swap(&f->state, FLOW_ENROLLING, FLOW_LEAVE_ASKED) != FLOW_ENROLLING)
		return false;
	f->reason = why;
	return true;
}

/* The same for the sender of a message, under whose lock this is: no other program of this end is between verdict and redirect. */
static __always_inline void leave(struct flow *f, struct flow_side *me, struct flow_side *peer, enum reason why)
{
	if (ask_to_leave(f, why)) {
		wake_sidecar(me->key.netns);
		wake_other(peer);
	}
	me->stopped = f->state >= FLOW_LEAVE_ASKED;
}

static __always_inline enum reason unfit_peer(const struct peer_view *p)
{
	if (!(p->file_flags & O_NONBLOCK))
		return REASON_BLOCKING;
	if (p->rcvlowat > 1)
		return REASON_RCVLOWAT;
	if (p->peek_off >= 0)
		return REASON_PEEK_OFF;
	if (p->tsflags)
		return REASON_TIMESTAMPS;
	if (p->inq)
		return REASON_INQ;
	if (p->owned)
		return REASON_URGENT;
	return unfit_flags(p->flags);
}

/*
 * Looks once at the process that sends as a member, which is also the one that reads: nothing is redirected to an end before.
 */
static __always_inline void vet(struct flow *f, struct flow_side *me, struct flow_side *peer)
{
	struct who who = current_process();
	enum reason why = unsuited_kind(kind_of(&who));

	if (!why) {
		if (uses_io_uring())
			note_habit(&who, REASON_IO_URING, false);
		me->vetted = 1;
		return;
	}
	mark_unsuited(me->cookie, why);
	leave(f, me, peer, why);
}

/*
 * The kernel tells a member's sender how much went, but sendmmsg goes by what is left of a message, and finds nothing left of one that was
 * cut short for want of room. Nothing can be done about the call under way, so the process does without Sockway from then on.
 */
static __always_inline void refuse_batches(struct flow *f, struct flow_side *me, struct flow_side *peer)
{
	struct who who;

	if (!in_call(SENDMMSG))
		return;
	who = current_process();
	hold_against(&who, me->cookie, REASON_SENDMMSG, false);
	leave(f, me, peer, REASON_SENDMMSG);
}

#define BEGINS(at, word, text) (*(const word *)(at) == *(const word *)(text))
#define START_LINE 12

/*
 * After a CONNECT, or the answer that switches protocols, a relay often goes on by splice, which would miss what the next message
 * brings: the flow stays on TCP for a while, and if it is spliced then, for good.
 */
static __always_inline bool opens_tunnel(struct sk_msg_md *msg)
{
	const char *line = msg->data, *end = msg->data_end;

	if (line + START_LINE > end)
		return false;
	return BEGINS(line, __u64, "CONNECT ") || (BEGINS(line, __u64, "HTTP/1.1") && BEGINS(line + 8, __u32, " 101"));
}

/* Why this message must not or should not be redirected, or REASON_NONE. */
static __always_inline enum reason judge(struct tcp_sock *t, struct flow *f, struct flow_side *me, struct flow_side *peer,
					 __u32 size, bool across)
{
	struct sock *sk = &t->inet_conn.icsk_inet.sk;
	struct control *c = control_block(), *there = c;
	struct peer_view p;
	enum reason unfit;
	__u64 answered;
	__s64 since;

	if (!c || c->mode == MODE_PAUSED)
		return REASON_PAUSED;
	if (!me->vetted && f->state <= FLOW_ACTIVE)
		vet(f, me, peer);
	if (f->state != FLOW_ACTIVE || !peer->vetted) {
		me->stopped = f->state >= FLOW_LEAVE_ASKED;
		return REASON_NOT_ACTIVE;
	}
	if (across) {
		there = control_there(peer->pod);
		if (!there || !there->same_node || !c->same_node)
			return REASON_OTHER_NETNS;
		if (there->mode == MODE_PAUSED)
			return REASON_PAUSED;
	}
	answered = peer->redirected_messages + peer->tcp_messages;
	me->burst = me->peer_messages == answered ? me->burst + 1 : 1;
	me->peer_messages = answered;
	view_peer(peer->sock, &p);
	if (p.cookie != peer->cookie || p.state != TCP_ESTABLISHED_STATE)
		return REASON_PEER_GONE;
	if ((sk->sk_shutdown & SEND_SHUTDOWN) || (p.shutdown & RCV_SHUTDOWN))
		return REASON_SHUTDOWN;
	if (t->write_seq != p.copied_seq)
		return REASON_UNREAD_TCP;
	/* the next pass knows by the reason whose doing it was */
	unfit = unfit_now(t);
	if (unfit) {
		me->reason = unfit;
	} else {
		unfit = unfit_peer(&p);
		if (unfit)
			peer->reason = unfit;
	}
	if (!unfit && there->unsuited)
		unfit = across ? why_unsuited_there(peer->pod, peer->cookie) : why_unsuited(peer->cookie);
	if (unfit) {
		leave(f, me, peer, unfit);
		return unfit;
	}
	if (!p.rmem)
		me->read_messages = me->redirected_messages;
	else if ((__u64)p.rmem + size + (me->redirected_messages - me->read_messages) * message_overhead > (__u64)p.rcvbuf)
		return REASON_NO_ROOM;
	if (short_of_memory(sk, &p, size))
		return REASON_MEMORY;
	if ((own.uncharged || (c->features & FEATURE_UNCHARGED)) && has_redirected(p.psock))
		return REASON_NO_ROOM;
	if (me->burst > (p.rmem ? burst_max : run_max))
		return REASON_BURST;
	/* signed: the coarse clock lags behind the one that pair.h and enrol.h read */
	since = bpf_ktime_get_coarse_ns() - me->last_tcp;
	if (since > (__s64)c->tcp_interval || since > (__s64)there->tcp_interval)
		return REASON_CONNTRACK;
	return c->mode == MODE_OBSERVE || there->mode == MODE_OBSERVE ? REASON_OBSERVED : REASON_NONE;
}

static __always_inline bool redirect(struct sk_msg_md *msg, const struct flow_side *peer, bool across)
{
	__u64 to = peer->cookie, pod = peer->pod;
	void *there;

	if (!across)
		return bpf_msg_redirect_hash(msg, &members, &to, BPF_F_INGRESS) == SK_PASS;
	there = bpf_map_lookup_elem(&node_members, &pod);
	return there && bpf_msg_redirect_hash(msg, there, &to, BPF_F_INGRESS) == SK_PASS;
}

static __always_inline void passed(struct flow *f, struct flow_side *me, struct flow_side *peer, enum reason why)
{
	struct counters *c = my_counters();

	if (c) {
		c->pass[why & (REASON_SLOTS - 1)] += 1;
		c->tcp_messages += 1;
	}
	me->tcp_messages += 1;
	me->last_tcp = bpf_ktime_get_coarse_ns();
	if (why != REASON_UNREAD_TCP && why != REASON_NO_ROOM && why != REASON_BURST)
		return;
	me->debt += 2;
	if (me->debt >= debt_max)
		leave(f, me, peer, REASON_STREAM);
}

SEC("sk_msg")
int sockway_gate(struct sk_msg_md *msg)
{
	struct bpf_sock *sk = msg->sk;
	struct flow_side *me, *peer;
	struct counters *c;
	struct tcp_sock *t;
	enum reason why;
	struct flow *f;
	struct end *e;
	__u32 size = msg->size;
	bool across;

	if (!sk)
		return SK_PASS;
	e = bpf_sk_storage_get(&ends, sk, 0, 0);
	t = bpf_skc_to_tcp_sock(sk);
	if (!e || !t)
		return SK_PASS;
	across = is_across(e);
	f = flow_of(e);
	if (!f) {
		COUNT(pass[REASON_UNPAIRED], 1);
		return SK_PASS;
	}
	me = side_of(f, e->side);
	peer = other_side_of(f, e->side);
	if (opens_tunnel(msg)) {
		why = REASON_TUNNEL;
		leave(f, me, peer, why);
	} else {
		why = judge(t, f, me, peer, size, across);
		refuse_batches(f, me, peer);
	}
	c = my_counters();
	if (why == REASON_OBSERVED && c)
		c->would_redirect_bytes += size;
	if (why == REASON_NONE) {
		if (redirect(msg, peer, across)) {
			me->redirected_bytes += size;
			me->redirected_messages += 1;
			if (me->debt)
				me->debt -= 1;
			if (c) {
				c->redirected_bytes += size;
				c->redirected_messages += 1;
			}
			return SK_PASS;
		}
		why = REASON_NOT_MEMBER;
	}
	passed(f, me, peer, why);
	return SK_PASS;
}

#endif
