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

/* Notes what the current process does, and whether it made a difference this time. */
static __always_inline void note_habit(enum reason why, bool late)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct habit_key key = { BPF_CORE_READ(task, tgid), why };
	struct habit fresh = {}, *h = bpf_map_lookup_elem(&habits, &key);

	if (!h) {
		BPF_CORE_READ_INTO(&fresh.name, task, group_leader, comm);
		bpf_map_update_elem(&habits, &key, &fresh, BPF_NOEXIST);
		h = bpf_map_lookup_elem(&habits, &key);
		if (!h)
			return;
	}
	__sync_fetch_and_add(&h->times, 1);
	if (late)
		__sync_fetch_and_add(&h->late, 1);
}

/* Why the sockets of such a process must not get redirected bytes, or REASON_NONE. */
static __always_inline enum reason unsuited_kind(__u32 kind)
{
	if (kind & KIND_EXCLUDED)
		return REASON_EXCLUDED;
	if (kind & KIND_SPLICES)
		return REASON_SPLICE;
	if (kind & KIND_BLOCKS)
		return REASON_BLOCKING;
	return kind & KIND_URGENT ? REASON_URGENT : REASON_NONE;
}

/* By its current thread; the others come by when they send. */
static __always_inline bool uses_io_uring(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	return bpf_core_field_exists(task->io_uring) && BPF_CORE_READ(task, io_uring);
}

static __always_inline void leave_alone(__u64 cookie, enum reason why)
{
	struct control *c = control_block();

	if (!cookie || !c)
		return;
	mark_unsuited(cookie, why);
	__sync_fetch_and_add(&c->unsuited, 1);
}

/* The current process has just got this socket. */
static __always_inline void vet_owner(__u64 cookie)
{
	enum reason why = unsuited_kind(kind_of_current());

	if (why)
		leave_alone(cookie, why);
}

#endif
