/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * System calls that change what redirected bytes must look like, or do not see them: the socket is marked for good, the gate
 * redirects nothing to it from then on, and a pass that is asked for at once takes it out.
 *
 * splice(2) and Go's io.Copy read TCP's own queue and never see redirected bytes. Relays splice before they have had a turn, so
 * marking the socket is in time for them. A process that splices later, as a proxy does for a large body, or that switches
 * sockets in use to blocking mode, as a client library does for one call, will do so again: it is remembered, and vet.h keeps
 * its other sockets on TCP.
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

/* The TCP socket behind a descriptor of the current process, NULL when it is none. */
static __always_inline struct sock *socket_of(unsigned int fd)
{
	struct file *file = file_of(fd);
	struct socket *socket;
	struct sock *sk;

	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;
	socket = BPF_CORE_READ(file, private_data);
	sk = BPF_CORE_READ(socket, sk);
	return BPF_CORE_READ(sk, sk_protocol) == IPPROTO_TCP ? sk : NULL;
}

static __always_inline __u64 psock_of(struct sock *sk)
{
	return (__u64)BPF_CORE_READ(sk, sk_user_data) & ~7ULL;
}

/* The tracepoints see all processes of the machine; sockets outside of the attached cgroups are none of our business. */
static __always_inline void mark(struct sock *sk, enum reason why)
{
	__u64 cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
	struct control *c = control_block();

	if (!c || !cookie || !attached_cgroup(sk))
		return;
	if (why == REASON_SPLICE)
		remember_current(KIND_SPLICES);
	else if (why == REASON_BLOCKING)
		remember_current(KIND_BLOCKS);
	else if (why == REASON_URGENT)
		remember_current(KIND_URGENT);
	if (why_unsuited(cookie))
		return;
	note_habit(why, has_redirected(psock_of(sk)));
	mark_unsuited(cookie, why);
	__sync_fetch_and_add(&c->unsuited, 1);
	wake_sidecar(BPF_CORE_READ(sk, __sk_common.skc_net.net, net_cookie));
}

/* For what a pass sees on the socket itself before it is enrolled: of interest only from then on. */
static __always_inline void mark_member(unsigned int fd, enum reason why)
{
	struct sock *sk = socket_of(fd);

	if (sk && psock_of(sk))
		mark(sk, why);
}

static __always_inline enum reason unfit_option(int level, int option)
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

static __always_inline int accepted(long fd)
{
	struct sock *sk = fd < 0 ? NULL : socket_of(fd);

	if (sk && unsuited_kind(kind_of_current()) && attached_cgroup(sk))
		vet_owner(BPF_CORE_READ(sk, __sk_common.skc_cookie.counter));
	return 0;
}

SEC("tp/syscalls/sys_exit_accept")
int sockway_accept(struct trace_event_raw_sys_exit *ctx)
{
	return accepted(BPF_CORE_READ(ctx, ret));
}

SEC("tp/syscalls/sys_exit_accept4")
int sockway_accept4(struct trace_event_raw_sys_exit *ctx)
{
	return accepted(BPF_CORE_READ(ctx, ret));
}

SEC("tp/syscalls/sys_enter_splice")
int sockway_splice(struct trace_event_raw_sys_enter *ctx)
{
	struct sock *sk = socket_of((unsigned int)BPF_CORE_READ(ctx, args[0]));

	if (sk)
		mark(sk, REASON_SPLICE);
	return 0;
}

SEC("tp/syscalls/sys_enter_setsockopt")
int sockway_setsockopt(struct trace_event_raw_sys_enter *ctx)
{
	enum reason why = unfit_option((int)BPF_CORE_READ(ctx, args[1]), (int)BPF_CORE_READ(ctx, args[2]));

	if (why)
		mark_member((unsigned int)BPF_CORE_READ(ctx, args[0]), why);
	return 0;
}

SEC("tp/syscalls/sys_enter_fcntl")
int sockway_fcntl(struct trace_event_raw_sys_enter *ctx)
{
	unsigned int command = (unsigned int)BPF_CORE_READ(ctx, args[1]);

	if (command == F_SETFL && !(BPF_CORE_READ(ctx, args[2]) & O_NONBLOCK))
		mark_member((unsigned int)BPF_CORE_READ(ctx, args[0]), REASON_BLOCKING);
	else if (command == F_SETOWN || command == F_SETOWN_EX)
		mark_member((unsigned int)BPF_CORE_READ(ctx, args[0]), REASON_URGENT);
	return 0;
}

/*
 * Where FIONREAD misses redirected bytes, its users are left alone. They (nginx, the JDK's available()) ask from their first
 * reads on, so they are known before they have had their turns.
 */
SEC("tp/syscalls/sys_enter_ioctl")
int sockway_ioctl(struct trace_event_raw_sys_enter *ctx)
{
	unsigned int fd = (unsigned int)BPF_CORE_READ(ctx, args[0]), request = (unsigned int)BPF_CORE_READ(ctx, args[1]);
	struct control *c = control_block();
	struct sock *sk;
	int on = 1;

	if (request == FIONBIO) {
		bpf_probe_read_user(&on, sizeof(on), (void *)BPF_CORE_READ(ctx, args[2]));
		if (!on)
			mark_member(fd, REASON_BLOCKING);
	} else if (request == FIOSETOWN || request == SIOCSPGRP || request == SIOCATMARK) {
		mark_member(fd, REASON_URGENT);
	} else if (request == FIONREAD && c && (c->features & FEATURE_INQ_BLIND)) {
		sk = socket_of(fd);
		if (sk)
			mark(sk, REASON_FIONREAD);
	}
	return 0;
}

#endif
