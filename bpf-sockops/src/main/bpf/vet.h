/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What kind of process the current one is, by its name and by what it was seen to do. It is looked at where it connects and
 * where it accepts or reads, before its socket can be enrolled; sockets that came by another way (accepted by io_uring, or older than the
 * attach) are vetted by gate.h.
 */
#ifndef SOCKWAY_VET_H
#define SOCKWAY_VET_H

static __always_inline struct who current_process(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct who who = { .process = BPF_CORE_READ(task, tgid) };

	BPF_CORE_READ_INTO(&who.name, task, group_leader, comm);
	return who;
}

static __always_inline __u32 kind_of(const struct who *who)
{
	enum kind *named = bpf_map_lookup_elem(&executables, who->name), *seen = bpf_map_lookup_elem(&processes, &who->process);

	return (named ? *named : 0) | (seen ? *seen : 0);
}

static __always_inline void remember(const struct who *who, enum kind kind)
{
	enum kind *seen = bpf_map_lookup_elem(&processes, &who->process);

	if (seen && !(*seen & kind))
		__sync_fetch_and_or((__u32 *)seen, kind);
	else if (!seen)
		bpf_map_update_elem(&processes, &who->process, &kind, BPF_NOEXIST);
}

/* Notes what a process does, and whether it made a difference this time. */
static __always_inline void note_habit(const struct who *who, enum reason why, bool late)
{
	struct habit_key key = { who->process, why };
	struct habit fresh = {}, *h = bpf_map_lookup_elem(&habits, &key);

	if (!h) {
		__builtin_memcpy(&fresh.name, who->name, sizeof(fresh.name));
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
	if (kind & KIND_URGENT)
		return REASON_URGENT;
	return kind & KIND_SENDMMSG ? REASON_SENDMMSG : REASON_NONE;
}

/* By its current thread; the others come by when they send. */
static __always_inline bool uses_io_uring(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	return bpf_core_field_exists(task->io_uring) && BPF_CORE_READ(task, io_uring);
}

/* Numbers of a system call on either kind of machine, and for its 32-bit programs. */
struct call {
	unsigned long x86, x86_32;
	int arm64, arm64_32;
};

#define SPLICE ((struct call){ 275, 313, 76, 340 })
#define SENDMMSG ((struct call){ 307, 345, 269, 374 })

/* Whether the current process is in this system call. No other that reads or writes sockets has one of its numbers of the other kind. */
static __always_inline bool in_call(struct call call)
{
	void *regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	struct pt_regs___x86 *x86 = regs;
	struct pt_regs___arm64 *arm64 = regs;

	if (bpf_core_field_exists(x86->orig_ax))
		return x86->orig_ax == call.x86 || x86->orig_ax == call.x86_32;
	if (bpf_core_field_exists(arm64->syscallno))
		return arm64->syscallno == call.arm64 || arm64->syscallno == call.arm64_32;
	return false;
}

static __always_inline void leave_alone(__u64 cookie, enum reason why)
{
	struct control *c = control_block();

	if (!cookie || !c)
		return;
	mark_unsuited(cookie, why);
	__sync_fetch_and_add(&c->unsuited, 1);
}

/* This process has just got this socket. */
static __always_inline void vet_owner(const struct who *who, __u64 cookie)
{
	enum reason why = unsuited_kind(kind_of(who));

	if (why)
		leave_alone(cookie, why);
}

/* Something was seen to happen to an attached socket that makes redirected bytes a difference; true when that is new. */
static __always_inline bool hold_against(const struct who *who, __u64 cookie, enum reason why, bool late)
{
	if (why == REASON_SPLICE)
		remember(who, KIND_SPLICES);
	else if (why == REASON_BLOCKING)
		remember(who, KIND_BLOCKS);
	else if (why == REASON_URGENT)
		remember(who, KIND_URGENT);
	else if (why == REASON_SENDMMSG)
		remember(who, KIND_SENDMMSG);
	if (why_unsuited(cookie))
		return false;
	note_habit(who, why, late);
	leave_alone(cookie, why);
	return true;
}

#endif
