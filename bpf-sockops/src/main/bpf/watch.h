/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * splice(2) and Go's io.Copy read TCP's own queue and never see redirected bytes. So a socket that is read by splice is marked
 * for good: it is not enrolled, and an enrolled one leaves. Relays splice before they have had a turn, so this is in time for
 * them. A process that splices later, as a proxy does for a large body, must not have redirected bytes waiting at that moment:
 * gate.h vets each process when it first sends as a member, by whether it has ever spliced a socket and by its name.
 */
#ifndef SOCKWAY_WATCH_H
#define SOCKWAY_WATCH_H

#define S_IFMT 00170000
#define S_IFSOCK 0140000
#define FIONREAD 0x541B

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

/* Marks the socket behind a descriptor of the current process; false when it is none, or is marked already. */
static __always_inline bool mark_socket(unsigned int fd, enum reason why)
{
	struct file *file = file_of(fd);
	struct control *c = control_block();
	struct socket *socket;
	struct sock *sk;
	__u64 cookie;

	if (!file || !c || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return false;
	socket = BPF_CORE_READ(file, private_data);
	sk = BPF_CORE_READ(socket, sk);
	cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
	if (!cookie || why_unsuited(cookie))
		return false;
	mark_unsuited(cookie, why);
	__sync_fetch_and_add(&c->unsuited, 1);
	wake_sidecar(BPF_CORE_READ(sk, __sk_common.skc_net.net, net_cookie));
	return true;
}

SEC("tp/syscalls/sys_enter_splice")
int sockway_splice(struct trace_event_raw_sys_enter *ctx)
{
	__u32 process = bpf_get_current_pid_tgid() >> 32;
	__u8 yes = 1;

	if (mark_socket((unsigned int)BPF_CORE_READ(ctx, args[0]), REASON_SPLICE))
		bpf_map_update_elem(&splicers, &process, &yes, BPF_ANY);
	return 0;
}

/*
 * Attached only where FIONREAD misses redirected bytes. Readers that ask for it (nginx, the JDK's available()) do so from their
 * first read on, so they are known before they have had their turns.
 */
SEC("tp/syscalls/sys_enter_ioctl")
int sockway_ioctl(struct trace_event_raw_sys_enter *ctx)
{
	if ((unsigned int)BPF_CORE_READ(ctx, args[1]) == FIONREAD)
		mark_socket((unsigned int)BPF_CORE_READ(ctx, args[0]), REASON_FIONREAD);
	return 0;
}

#endif
