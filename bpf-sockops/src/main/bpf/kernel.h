/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The few kernel types and fields that the programs read. CO-RE relocates every access, so order and size here mean nothing.
 */
#ifndef SOCKWAY_KERNEL_H
#define SOCKWAY_KERNEL_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct list_head {
	struct list_head *next, *prev;
};

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	__s64 counter;
} atomic64_t;

typedef struct refcount_struct {
	atomic_t refs;
} refcount_t;

struct in6_addr {
	union {
		__u8 u6_addr8[16];
		__be32 u6_addr32[4];
	} in6_u;
};

struct net {
	__u64 net_cookie;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct kernfs_node {
	__u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
	int level;
	struct cgroup *ancestors[16];
};

/* 6.1 replaced the ids by pointers. */
struct cgroup___before_6_1 {
	__u64 ancestor_ids[16];
};

struct sock_cgroup_data {
	struct cgroup *cgroup;
};

struct inode {
	unsigned short i_mode;
	unsigned long i_ino;
};

struct pid;

struct fown_struct {
	struct pid *pid;
};

struct file {
	unsigned int f_flags;
	void *private_data;
	struct inode *f_inode;
	struct fown_struct *f_owner;
};

/* 6.12 replaced the struct by a pointer. */
struct file___before_6_12 {
	struct fown_struct f_owner;
};

struct socket {
	struct file *file;
	struct sock *sk;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

/* Of the two kinds of machine, by what the kernel knows. */
struct pt_regs___x86 {
	unsigned long orig_ax;
};

struct pt_regs___arm64 {
	int syscallno;
};

struct task_struct {
	int tgid;
	struct task_struct *group_leader;
	char comm[16];
	struct files_struct *files;
	void *io_uring;
};

struct trace_event_raw_sys_enter {
	unsigned long args[6];
};

struct trace_event_raw_sys_exit {
	long ret;
};

struct sk_buff_head {
	__u32 qlen;
};

struct timer_list {
	struct hlist_node entry;
};

struct proto {
	unsigned long *memory_pressure;
};

struct page_counter {
	atomic64_t usage;
	unsigned long max;
};

struct mem_cgroup {
	struct page_counter tcpmem;
	_Bool tcpmem_active;
};

struct sock_common {
	unsigned short skc_family;
	volatile unsigned char skc_state;
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	struct proto *skc_prot;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	atomic64_t skc_cookie;
	refcount_t skc_refcnt;
	unsigned long skc_flags;
};

struct sock {
	struct sock_common __sk_common;
	struct {
		atomic_t rmem_alloc;
	} sk_backlog;
	struct {
		int owned;
	} sk_lock;
	struct sk_buff_head sk_receive_queue;
	int sk_rx_dst_ifindex;
	int sk_rcvbuf;
	int sk_rcvlowat;
	int sk_peek_off;
	__u32 sk_tsflags;
	__u8 sk_shutdown;
	__u16 sk_protocol;
	void *sk_user_data;
	void *sk_bpf_storage;
	struct socket *sk_socket;
	int sk_err;
	struct timer_list sk_timer;
	struct sock_cgroup_data sk_cgrp_data;
	struct mem_cgroup *sk_memcg;
};

struct inet_sock {
	struct sock sk;
};

/* 5.17 moved it to struct sock. */
struct inet_sock___before_5_17 {
	int rx_dst_ifindex;
};

struct tcp_ulp_ops;

struct inet_connection_sock {
	struct inet_sock icsk_inet;
	struct timer_list icsk_retransmit_timer;
	struct timer_list icsk_delack_timer;
	const struct tcp_ulp_ops *icsk_ulp_ops;
};

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u32 rcv_nxt;
	__u32 snd_una;
	__u32 copied_seq;
	__u32 write_seq;
	__u32 data_segs_in;
	__u32 data_segs_out;
	__u64 bytes_received;
	__u64 bytes_acked;
	__u8 bpf_sock_ops_cb_flags;
	__u16 urg_data;
	__u8 repair : 1;
	__u8 recvmsg_inq : 1;
	_Bool is_mptcp;
};

struct sk_psock {
	struct sk_buff_head ingress_skb;
	struct list_head ingress_msg;
	refcount_t refcnt;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__tcp {
	struct bpf_iter_meta *meta;
	struct sock_common *sk_common;
};

enum sock_flags {
	SOCK_DONE = 1,
	SOCK_URGINLINE = 2,
	SOCK_RCVTSTAMP = 11,
	SOCK_RCVTSTAMPNS = 12,
	SOCK_ZEROCOPY = 18,
};

#pragma clang attribute pop

#define AF_INET 2
#define AF_INET6 10
#define O_NONBLOCK 04000
#define IPPROTO_TCP 6
#define TCP_BPF_SOCK_OPS_CB_FLAGS 1008
#define LOOPBACK_IFINDEX 1
#define RCV_SHUTDOWN 1
#define SEND_SHUTDOWN 2

#endif
