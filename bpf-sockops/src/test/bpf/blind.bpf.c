// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The accelerator that others ship, for tests of living beside one: every socket enters a sockhash, every message is redirected. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

struct tuple {
	__u32 local_ip, remote_ip, local_port, remote_port;
};

struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 1024);
	__type(key, struct tuple);
	__type(value, __u64);
} blind_sockets SEC(".maps");

SEC("sockops")
int blind_insert(struct bpf_sock_ops *ops)
{
	struct tuple key = {};

	if (ops->op != BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB && ops->op != BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB)
		return 0;
	key.local_ip = ops->local_ip4;
	key.remote_ip = ops->remote_ip4;
	key.local_port = ops->local_port;
	key.remote_port = bpf_ntohl(ops->remote_port);
	bpf_sock_hash_update(ops, &blind_sockets, &key, BPF_ANY);
	return 0;
}

SEC("sk_msg")
int blind_redirect(struct sk_msg_md *msg)
{
	struct tuple key = {};

	key.local_ip = msg->remote_ip4;
	key.remote_ip = msg->local_ip4;
	key.local_port = bpf_ntohl(msg->remote_port);
	key.remote_port = msg->local_port;
	bpf_msg_redirect_hash(msg, &blind_sockets, &key, BPF_F_INGRESS);
	return SK_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
