/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Calls that change what redirected bytes must look like, or do not see them: the socket is marked for good, the gate redirects
 * nothing to it from then on, and a pass that is asked for at once takes it out.
 *
 * splice(2) and Go's io.Copy read TCP's own queue and never see redirected bytes. Relays splice before they have had a turn, so
 * marking the socket is in time for them. A process that splices later, as a proxy does for a large body, or that switches
 * sockets in use to blocking mode, as a client library does for one call, will do so again: it is remembered, and vet.h keeps
 * its other sockets on TCP.
 *
 * Each call is watched in one of three ways. A trampoline (fentry, fexit) costs whoever calls that one kernel function. Where the kernel
 * has none, a tracepoint at TCP's reads tells of splice and of who owns a socket, and gate.h and enrol.h find the rest by themselves,
 * with the next message. Where that is not enough, it is a tracepoint of the system call, and with any of these all system calls of all
 * processes take a longer way.
 */
#ifndef SOCKWAY_WATCH_H
#define SOCKWAY_WATCH_H

#define S_IFMT 00170000
#define S_IFSOCK 0140000
#define F_SETFL 4
#define F_SETOWN 8
#define F_SETOWN_EX 15
#define FIONREAD 0x541B
#define FIONBIO 0x5421
#define FIOSETOWN 0x8901
#define SIOCSPGRP 0x8902
#define SIOCATMARK 0x8905
#define SOL_SOCKET 1
#define SO_OOBINLINE 10
#define SO_RCVLOWAT 18
#define SO_TIMESTAMP_OLD 29
#define SO_TIMESTAMPNS_OLD 35
#define SO_TIMESTAMPING_OLD 37
#define SO_PEEK_OFF 42
#define SO_ZEROCOPY 60
#define SO_TIMESTAMP_NEW 63
#define SO_TIMESTAMPNS_NEW 64
#define SO_TIMESTAMPING_NEW 65
#define TCP_ULP 31
#define TCP_INQ 36

static __always_inline struct file *file_of(unsigned int fd)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **slots = BPF_CORE_READ(table, fd);
	struct file *file = NULL;

	if (fd < BPF_CORE_READ(table, max_fds))
		bpf_probe_read_kernel(&file, sizeof(file), &slots[fd]);
	return file;
}

/* NULL when it is no TCP socket. */
static __always_inline struct sock *tcp_of(struct socket *socket)
{
	struct sock *sk = BPF_CORE_READ(socket, sk);

	return BPF_CORE_READ(sk, sk_protocol) == IPPROTO_TCP ? sk : NULL;
}

/* The same of a file. */
static __always_inline struct sock *tcp_behind(struct file *file)
{
	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;
	return tcp_of(BPF_CORE_READ(file, private_data));
}

static __always_inline __u64 psock_of(struct sock *sk)
{
	return psock_in(BPF_CORE_READ(sk, sk_user_data));
}

/* The watches see all processes of the machine; sockets outside of the attached cgroups are none of our business. */
static __always_inline void mark(struct sock *sk, enum reason why)
{
	__u64 cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
	struct who who;

	if (!cookie || !attached_cgroup(sk))
		return;
	who = current_process();
	if (hold_against(&who, cookie, why, has_redirected(psock_of(sk))))
		wake_sidecar(BPF_CORE_READ(sk, __sk_common.skc_net.net, net_cookie));
}

/* Why a pass would leave the socket alone, it sees for itself before it enrols it: of interest only from then on. */
static __always_inline int noticed(struct sock *sk, enum reason why)
{
	if (sk && (why == REASON_SPLICE || why == REASON_FIONREAD || psock_of(sk)))
		mark(sk, why);
	return 0;
}

static __always_inline enum reason option_set(int level, int option)
{
	if (level == IPPROTO_TCP)
		return option == TCP_INQ ? REASON_INQ : option == TCP_ULP ? REASON_ULP : REASON_NONE;
	if (level != SOL_SOCKET)
		return REASON_NONE;
	switch (option) {
	case SO_RCVLOWAT:
		return REASON_RCVLOWAT;
	case SO_PEEK_OFF:
		return REASON_PEEK_OFF;
	case SO_ZEROCOPY:
		return REASON_ZEROCOPY;
	case SO_OOBINLINE:
		return REASON_URGENT;
	case SO_TIMESTAMP_OLD:
	case SO_TIMESTAMPNS_OLD:
	case SO_TIMESTAMPING_OLD:
	case SO_TIMESTAMP_NEW:
	case SO_TIMESTAMPNS_NEW:
	case SO_TIMESTAMPING_NEW:
		return REASON_TIMESTAMPS;
	default:
		return REASON_NONE;
	}
}

static __always_inline enum reason flags_set(unsigned int command, unsigned long value)
{
	if (command == F_SETFL && !(value & O_NONBLOCK))
		return REASON_BLOCKING;
	return command == F_SETOWN || command == F_SETOWN_EX ? REASON_URGENT : REASON_NONE;
}

/*
 * Where FIONREAD misses redirected bytes, its users are left alone. They (nginx, the JDK's available()) ask from their first
 * reads on, so they are known before they have had their turns.
 */
static __always_inline enum reason control_asked(unsigned int request, unsigned long argument)
{
	struct control *c = control_block();
	int on = 1;

	switch (request) {
	case FIONBIO:
		bpf_probe_read_user(&on, sizeof(on), (void *)argument);
		return on ? REASON_NONE : REASON_BLOCKING;
	case FIOSETOWN:
	case SIOCSPGRP:
	case SIOCATMARK:
		return REASON_URGENT;
	case FIONREAD:
		return c && (c->features & FEATURE_INQ_BLIND) ? REASON_FIONREAD : REASON_NONE;
	default:
		return REASON_NONE;
	}
}

static __always_inline int accepted(struct sock *sk)
{
	struct who who = current_process();

	if (sk && unsuited_kind(kind_of(&who)) && attached_cgroup(sk))
		vet_owner(&who, BPF_CORE_READ(sk, __sk_common.skc_cookie.counter));
	return 0;
}

/* ---- by trampolines ---- */

SEC("fentry/tcp_splice_read")
int sockway_f_splice(__u64 *ctx)
{
	return noticed(tcp_of((struct socket *)ctx[0]), REASON_SPLICE);
}

SEC("fexit/inet_csk_accept")
int sockway_f_accept(__u64 *ctx)
{
	__u64 sk = 0;

	/* the number of its arguments has changed, so its result has no fixed place in ctx */
	bpf_get_func_ret(ctx, &sk);
	return accepted((struct sock *)sk);
}

SEC("fentry/security_socket_setsockopt")
int sockway_f_setsockopt(__u64 *ctx)
{
	enum reason why = option_set((int)ctx[1], (int)ctx[2]);

	return why ? noticed(tcp_of((struct socket *)ctx[0]), why) : 0;
}

SEC("fentry/security_file_fcntl")
int sockway_f_fcntl(__u64 *ctx)
{
	enum reason why = flags_set((unsigned int)ctx[1], ctx[2]);

	return why ? noticed(tcp_behind((struct file *)ctx[0]), why) : 0;
}

SEC("fentry/security_file_ioctl")
int sockway_f_ioctl(__u64 *ctx)
{
	enum reason why = control_asked((unsigned int)ctx[1], ctx[2]);

	return why ? noticed(tcp_behind((struct file *)ctx[0]), why) : 0;
}

/* ---- by reads ---- */

/* Whether the turns that a connection is paired for end about now. */
static __always_inline bool has_its_turns(struct tcp_sock *t, const struct control *c)
{
	__u32 in = t->data_segs_in, out = t->data_segs_out + 1;

	return (in < out ? in : out) - c->turns < 3;
}

/* Notes who reads a socket, and looks what kind of process that is. e: what the socket carries */
static __always_inline void meet_owner(struct tcp_sock *t, struct end *e)
{
	struct sock *sk = &t->inet_conn.icsk_inet.sk;
	struct control *c = control_block();

	e->owner = current_process();
	vet_owner(&e->owner, BPF_CORE_READ(sk, __sk_common.skc_cookie.counter));
	/* a pass may have found that nothing else lacks */
	if (e->flow && c && t->data_segs_in >= c->turns)
		wake_sidecar(BPF_CORE_READ(sk, __sk_common.skc_net.net, net_cookie));
}

/* Something to carry for a socket that is about to be paired. One of another pod is looked at in vain, a few times at most. */
static __always_inline struct end *prepare(struct tcp_sock *t)
{
	struct sock *sk = &t->inet_conn.icsk_inet.sk;
	struct control *c = control_block();

	if (!c || !has_its_turns(t, c) || !may_be_local(sk) || !attached_cgroup(sk))
		return NULL;
	return bpf_sk_storage_get(&ends, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
}

/*
 * TCP comes by here whenever a process has read bytes, and with each splice(2), in vain or not; the socket is locked. With the verdict
 * program, members come by whenever they are read. Sockets that are none of ours have no callbacks and no storage.
 */
SEC("tp_btf/tcp_rcv_space_adjust")
int sockway_read(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	struct tcp_sock *t = bpf_skc_to_tcp_sock(sk);
	enum reason why = REASON_NONE;
	struct end *e;

	/* not locked by a process: a protocol above it reads in an interrupt */
	if (!t || (!t->bpf_sock_ops_cb_flags && !sk->sk_bpf_storage) || !sk->sk_lock.owned)
		return 0;
	if (in_call(SPLICE))
		return noticed(sk, REASON_SPLICE);
	e = bpf_sk_storage_get(&ends, sk, 0, 0);
	if (!e)
		e = prepare(t);
	if (!e)
		return 0;
	if (!e->owner.process)
		meet_owner(t, e);
	if (e->flow && sk->sk_user_data)
		why = unfit_now(t);
	return why ? noticed(sk, why) : 0;
}

/* ---- by tracepoints of system calls ---- */

static __always_inline int noticed_at(unsigned int fd, enum reason why)
{
	return why ? noticed(tcp_behind(file_of(fd)), why) : 0;
}

static __always_inline int accepted_at(long fd)
{
	return fd < 0 ? 0 : accepted(tcp_behind(file_of(fd)));
}

#define ARGUMENT(i) BPF_CORE_READ(ctx, args[i])

SEC("tp/syscalls/sys_enter_splice")
int sockway_splice(struct trace_event_raw_sys_enter *ctx)
{
	return noticed_at((unsigned int)ARGUMENT(0), REASON_SPLICE);
}

SEC("tp/syscalls/sys_exit_accept")
int sockway_accept(struct trace_event_raw_sys_exit *ctx)
{
	return accepted_at(BPF_CORE_READ(ctx, ret));
}

SEC("tp/syscalls/sys_exit_accept4")
int sockway_accept4(struct trace_event_raw_sys_exit *ctx)
{
	return accepted_at(BPF_CORE_READ(ctx, ret));
}

SEC("tp/syscalls/sys_enter_setsockopt")
int sockway_setsockopt(struct trace_event_raw_sys_enter *ctx)
{
	return noticed_at((unsigned int)ARGUMENT(0), option_set((int)ARGUMENT(1), (int)ARGUMENT(2)));
}

SEC("tp/syscalls/sys_enter_fcntl")
int sockway_fcntl(struct trace_event_raw_sys_enter *ctx)
{
	return noticed_at((unsigned int)ARGUMENT(0), flags_set((unsigned int)ARGUMENT(1), ARGUMENT(2)));
}

SEC("tp/syscalls/sys_enter_ioctl")
int sockway_ioctl(struct trace_event_raw_sys_enter *ctx)
{
	return noticed_at((unsigned int)ARGUMENT(0), control_asked((unsigned int)ARGUMENT(1), ARGUMENT(2)));
}

#endif
