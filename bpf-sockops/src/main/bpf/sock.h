/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the programs read from sockets: their own through trusted pointers, the peer's through probes. */
#ifndef SOCKWAY_SOCK_H
#define SOCKWAY_SOCK_H

static __always_inline void map_v4(__u8 *to, __be32 addr)
{
	__u32 *w = (__u32 *)to;

	w[0] = 0;
	w[1] = 0;
	w[2] = bpf_htonl(0xffff);
	w[3] = addr;
}

static __always_inline bool is_v4_mapped(const struct in6_addr *a)
{
	return a->in6_u.u6_addr32[0] == 0 && a->in6_u.u6_addr32[1] == 0 &&
	       a->in6_u.u6_addr32[2] == bpf_htonl(0xffff);
}

static __always_inline void copy_v6(__u8 *to, const struct in6_addr *a)
{
	__u32 *w = (__u32 *)to;

	w[0] = a->in6_u.u6_addr32[0];
	w[1] = a->in6_u.u6_addr32[1];
	w[2] = a->in6_u.u6_addr32[2];
	w[3] = a->in6_u.u6_addr32[3];
}

/* The end's own view of its connection; false for families other than IPv4 and IPv6. */
static __always_inline bool read_key(struct sock *sk, struct flow_key *k)
{
	struct sock_common *c = &sk->__sk_common;

	__builtin_memset(k, 0, sizeof(*k));
	if (c->skc_family == AF_INET || (c->skc_family == AF_INET6 && is_v4_mapped(&c->skc_v6_daddr))) {
		k->family = AF_INET;
		map_v4(k->local_addr, c->skc_rcv_saddr);
		map_v4(k->remote_addr, c->skc_daddr);
	} else if (c->skc_family == AF_INET6) {
		k->family = AF_INET6;
		copy_v6(k->local_addr, &c->skc_v6_rcv_saddr);
		copy_v6(k->remote_addr, &c->skc_v6_daddr);
	} else {
		return false;
	}
	k->netns = c->skc_net.net->net_cookie;
	k->local_port = c->skc_num;
	k->remote_port = bpf_ntohs(c->skc_dport);
	return true;
}

/* Bits of sk_flags that change how bytes are read or written, in the kernel's own numbering. */
static __always_inline unsigned long flag(int bit)
{
	return 1UL << bit;
}

/* TCP counts a FIN as a byte. */
static __always_inline __u64 payload_received(struct tcp_sock *t)
{
	unsigned long done = flag(bpf_core_enum_value(enum sock_flags, SOCK_DONE));

	return t->bytes_received - (t->inet_conn.icsk_inet.sk.__sk_common.skc_flags & done ? 1 : 0);
}

/* By TCP; all but the SYN, which the end that connected counts, and the FIN. */
static __always_inline __u64 payload_sent(struct tcp_sock *t, __u32 side, bool fin)
{
	__u64 sent = t->bytes_acked + (__u32)(t->write_seq - t->snd_una), others = !side + fin;

	return sent > others ? sent - others : 0;
}

static __always_inline enum reason unfit_flags(unsigned long flags)
{
	if (flags & flag(bpf_core_enum_value(enum sock_flags, SOCK_ZEROCOPY)))
		return REASON_ZEROCOPY;
	if (flags & flag(bpf_core_enum_value(enum sock_flags, SOCK_URGINLINE)))
		return REASON_URGENT;
	if (flags & (flag(bpf_core_enum_value(enum sock_flags, SOCK_RCVTSTAMP)) |
		     flag(bpf_core_enum_value(enum sock_flags, SOCK_RCVTSTAMPNS))))
		return REASON_TIMESTAMPS;
	return REASON_NONE;
}

/* Whether some process is sent SIGURG, or SIGIO, for this file: not 0. */
static __always_inline __u64 owner_of(struct file *file)
{
	struct file___before_6_12 *old = (void *)file;

	if (bpf_core_field_exists(file->f_owner))
		return (__u64)file->f_owner->pid;
	return (__u64)old->f_owner.pid;
}

/* The same of one that the verifier does not know as a file. */
static __always_inline __u64 owner_of_probed(struct file *file)
{
	struct file___before_6_12 *old = (void *)file;

	if (bpf_core_field_exists(file->f_owner))
		return (__u64)BPF_CORE_READ(file, f_owner, pid);
	return (__u64)BPF_CORE_READ(old, f_owner.pid);
}

/* What its owner has set that a sockmap does not carry, or would change, on a socket that the program holds. */
static __always_inline enum reason unfit_now(struct tcp_sock *t)
{
	struct sock *sk = &t->inet_conn.icsk_inet.sk;
	struct file *file = sk->sk_socket->file;

	if (!(file->f_flags & O_NONBLOCK))
		return REASON_BLOCKING;
	if (sk->sk_rcvlowat > 1)
		return REASON_RCVLOWAT;
	if (sk->sk_peek_off >= 0)
		return REASON_PEEK_OFF;
	if (sk->sk_tsflags)
		return REASON_TIMESTAMPS;
	if (BPF_CORE_READ_BITFIELD(t, recvmsg_inq))
		return REASON_INQ;
	if (owner_of(file))
		return REASON_URGENT;
	if (t->inet_conn.icsk_ulp_ops)
		return REASON_ULP;
	return unfit_flags(sk->__sk_common.skc_flags);
}

/* Of a socket's sk_user_data, whose lowest bits are flags. */
static __always_inline __u64 psock_in(void *user_data)
{
	return (__u64)user_data & ~7ULL;
}

/* What the gate needs to know of the peer. */
struct peer_view {
	__u64 cookie;
	__u32 copied_seq;
	int rmem;
	int rcvbuf;
	int rcvlowat;
	int peek_off;
	unsigned int file_flags;
	__u32 tsflags;
	unsigned long flags;
	__u64 psock;			/* 0 when it has none */
	__u64 memcg;			/* that its memory is charged to, or 0 */
	__u64 owned;			/* not 0: some process is sent signals for its file */
	__u8 state;
	__u8 shutdown;
	__u8 inq;
};

#define TCP_ESTABLISHED_STATE 1

/* A plain load that reads zero from a bad address, where the kernel offers it (6.2 and newer). */
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;

/*
 * TCP sockets live in type-stable memory: a stale address still reads as some tcp_sock, and the cookie tells which.
 */
static __always_inline void view_peer(__u64 addr, struct peer_view *v)
{
	if (bpf_rdonly_cast) {
		struct tcp_sock *t = bpf_rdonly_cast((void *)addr, bpf_core_type_id_kernel(struct tcp_sock));
		struct sock *sk = &t->inet_conn.icsk_inet.sk;

		v->cookie = sk->__sk_common.skc_cookie.counter;
		v->copied_seq = t->copied_seq;
		v->rmem = sk->sk_backlog.rmem_alloc.counter;
		v->rcvbuf = sk->sk_rcvbuf;
		v->rcvlowat = sk->sk_rcvlowat;
		v->peek_off = sk->sk_peek_off;
		v->file_flags = sk->sk_socket->file->f_flags;
		v->flags = sk->__sk_common.skc_flags;
		v->state = sk->__sk_common.skc_state;
		v->shutdown = sk->sk_shutdown;
		v->tsflags = sk->sk_tsflags;
		v->inq = BPF_CORE_READ_BITFIELD(t, recvmsg_inq);
		v->owned = owner_of(sk->sk_socket->file);
		v->psock = psock_in(sk->sk_user_data);
		v->memcg = bpf_core_field_exists(sk->sk_memcg) ? (__u64)sk->sk_memcg : 0;
	} else {
		struct tcp_sock *t = (struct tcp_sock *)addr;

		v->cookie = BPF_CORE_READ(t, inet_conn.icsk_inet.sk.__sk_common.skc_cookie.counter);
		v->copied_seq = BPF_CORE_READ(t, copied_seq);
		v->rmem = BPF_CORE_READ(t, inet_conn.icsk_inet.sk.sk_backlog.rmem_alloc.counter);
		v->rcvbuf = BPF_CORE_READ(t, inet_conn.icsk_inet.sk.sk_rcvbuf);
		v->rcvlowat = BPF_CORE_READ(t, inet_conn.icsk_inet.sk.sk_rcvlowat);
		v->peek_off = BPF_CORE_READ(t, inet_conn.icsk_inet.sk.sk_peek_off);
		v->file_flags = BPF_CORE_READ(t, inet_conn.icsk_inet.sk.sk_socket, file, f_flags);
		v->flags = BPF_CORE_READ(t, inet_conn.icsk_inet.sk.__sk_common.skc_flags);
		v->state = BPF_CORE_READ(t, inet_conn.icsk_inet.sk.__sk_common.skc_state);
		v->shutdown = BPF_CORE_READ(t, inet_conn.icsk_inet.sk.sk_shutdown);
		v->tsflags = BPF_CORE_READ(t, inet_conn.icsk_inet.sk.sk_tsflags);
		v->inq = BPF_CORE_READ_BITFIELD_PROBED(t, recvmsg_inq);
		v->owned = owner_of_probed(BPF_CORE_READ(t, inet_conn.icsk_inet.sk.sk_socket, file));
		v->psock = psock_in(BPF_CORE_READ(t, inet_conn.icsk_inet.sk.sk_user_data));
		v->memcg = bpf_core_field_exists(t->inet_conn.icsk_inet.sk.sk_memcg) ?
			   (__u64)BPF_CORE_READ(t, inet_conn.icsk_inet.sk.sk_memcg) : 0;
	}
}

/* Whether bytes that were redirected to the owner of this psock wait to be read. */
static __always_inline bool has_redirected(__u64 addr)
{
	struct sk_psock *psock = (struct sk_psock *)addr;
	struct list_head *head = __builtin_preserve_access_index(&psock->ingress_msg);

	return psock && BPF_CORE_READ(psock, ingress_msg.next) != head;
}

#define PAGE_BITS 12

/* Whether a socket's cgroup is near its limit of memory for TCP, as cgroup v1 has it. */
static __always_inline bool near_limit(__u64 memcg, __u32 size)
{
	struct mem_cgroup *m = (struct mem_cgroup *)memcg;
	unsigned long max;

	if (!m || !bpf_core_field_exists(m->tcpmem) || !BPF_CORE_READ(m, tcpmem_active))
		return false;
	max = BPF_CORE_READ(m, tcpmem.max);
	return (unsigned long)BPF_CORE_READ(m, tcpmem.usage.counter) + (size >> PAGE_BITS) >= max - max / 16;
}

/*
 * Whether a redirect may find no memory for its bytes, which fails the send with ENOMEM, where TCP has it wait. TCP itself is under
 * pressure some way before its limit.
 */
static __always_inline bool short_of_memory(struct sock *sk, const struct peer_view *p, __u32 size)
{
	unsigned long pressure = 0;

	bpf_probe_read_kernel(&pressure, sizeof(pressure), sk->__sk_common.skc_prot->memory_pressure);
	return pressure || near_limit(p->memcg, size);
}

static __always_inline int timer_refs(struct timer_list *timer)
{
	return BPF_CORE_READ(timer, entry.pprev) ? 1 : 0;
}

/*
 * Whether a member can be taken out without losing a byte: everything redirected to it has been read, and nobody is on the
 * way with more. A sender between verdict and delivery holds a reference to the socket, and then to its psock; all other
 * references are known: the socket's own, its psock's, one for each pending timer and those that the caller knows of.
 */
static __always_inline bool drained(struct tcp_sock *t, int sock_refs, int psock_refs)
{
	struct sock *sk = &t->inet_conn.icsk_inet.sk;
	struct sk_psock *psock = (struct sk_psock *)psock_in(sk->sk_user_data);
	int refs = 2 + sock_refs + timer_refs(&sk->sk_timer) + timer_refs(&t->inet_conn.icsk_retransmit_timer) +
		   timer_refs(&t->inet_conn.icsk_delack_timer);

	if (!psock)
		return true;
	return !has_redirected((__u64)psock) && !BPF_CORE_READ(psock, ingress_skb.qlen) &&
	       BPF_CORE_READ(psock, refcnt.refs.counter) <= 1 + psock_refs && sk->__sk_common.skc_refcnt.refs.counter <= refs;
}

#endif
