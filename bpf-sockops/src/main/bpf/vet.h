/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What kind of process the current one is, by its name and by what it was seen to do. It is looked at where it connects and
 * where it accepts, before its socket can be enrolled; sockets that came by another way (accepted by io_uring, or older than the
 * attach) are vetted by gate.h.
 */
#ifndef SOCKWAY_VET_H
#define SOCKWAY_VET_H

static __always_inline __u32 kind_of_current(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u32 process = BPF_CORE_READ(task, tgid);
	char name[SOCKWAY_COMM] = {};
	enum kind *named, *seen;

	BPF_CORE_READ_INTO(&name, task, group_leader, comm);
	named = bpf_map_lookup_elem(&executables, &name);
	seen = bpf_map_lookup_elem(&processes, &process);
	return (named ? *named : 0) | (seen ? *seen : 0);
}

static __always_inline void remember_current(enum kind kind)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u32 process = BPF_CORE_READ(task, tgid);
	enum kind *seen = bpf_map_lookup_elem(&processes, &process);

	if (seen && !(*seen & kind))
		__sync_fetch_and_or((__u32 *)seen, kind);
	else if (!seen)
		bpf_map_update_elem(&processes, &process, &kind, BPF_NOEXIST);
}

/* Why the sockets of such a process must not get redirected bytes, or REASON_NONE. */
static __always_inline enum reason unsuited_kind(__u32 kind)
{
	if (kind & KIND_EXCLUDED)
		return REASON_EXCLUDED;
	if (kind & KIND_SPLICES)
		return REASON_SPLICE;
	return kind & KIND_BLOCKS ? REASON_BLOCKING : REASON_NONE;
}

/* The current process has just got this socket. */
static __always_inline void vet_owner(__u64 cookie)
{
	enum reason why = unsuited_kind(kind_of_current());
	struct control *c = control_block();

	if (!why || !cookie || !c)
		return;
	mark_unsuited(cookie, why);
	__sync_fetch_and_add(&c->unsuited, 1);
}

#endif
