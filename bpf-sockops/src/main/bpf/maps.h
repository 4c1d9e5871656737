/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every map, what its key leads to, and the accessors that all look-ups go through. */
#ifndef SOCKWAY_MAPS_H
#define SOCKWAY_MAPS_H

/* A process. */
struct who {
	__u32 process;			/* its id */
	char name[SOCKWAY_COMM];	/* of its first thread */
};

/* What a paired socket carries about itself, or one that is about to be. Freed with the socket. */
struct end {
	__u64 flow;			/* id of its flow, 0 before it has one */
	__u64 cookie;			/* its own, from then on */
	__u32 side;			/* index into flow.side */
	__u32 across;			/* 1: the flow is one of node_flows */
	struct who owner;		/* where reads are watched: who was the first to be seen reading it; process 0: nobody yet */
	__u32 pad;
};

/*
 * Fixed at the load, out of the sidecar's reach. Where pod is 0 nothing is shared: the verifier then drops what would, and the maps of
 * node.h are not made.
 */
const volatile struct own {
	__u64 pod;			/* tells this pod from the others of the node */
	__u64 uncharged;		/* as FEATURE_UNCHARGED */
} own SEC(".rodata.own");

/* socket -> what it carries */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct end);
} ends SEC(".maps");

/* an end's sequence numbers -> it looked for the other end and did not find it yet; those whose other end is elsewhere age out */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct half);
} halves SEC(".maps");

/* flow id -> flow */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct flow);
} flows SEC(".maps");

/* 0 -> a flow with all fields zero: too large for the stack of a program */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow);
} blank SEC(".maps");

/* cookie of a member -> its socket */
struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 32768);
	__type(key, __u64);
	__type(value, __u64);
} members SEC(".maps");

/* How far sockway_queue has come with a member. */
struct queue_end {
	__u64 sock;			/* address of its tcp_sock */
	__u32 next;			/* sequence number up to which its bytes are queued */
	__u32 pad;
};

/* cookie of a member -> the end of its queue */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 32768);
	__type(key, __u64);
	__type(value, struct queue_end);
} queued SEC(".maps");

/* cookie of a socket that must not get redirected bytes -> why, enum reason */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, __u32);
} unsuited SEC(".maps");

/* process and reason -> how often, and whether it was hurt */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct habit_key);
	__type(value, struct habit);
} habits SEC(".maps");

/* name of a process's first thread -> KIND_EXCLUDED: its sockets are left alone */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, char[SOCKWAY_COMM]);
	__type(value, enum kind);
} executables SEC(".maps");

/* id of a process -> what it was seen to do, enum kind */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, enum kind);
} processes SEC(".maps");

/* port / 64 -> its include and exclude bits */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SOCKWAY_PORT_WORDS);
	__type(key, __u32);
	__type(value, struct port_word);
} ports SEC(".maps");

/* cgroup id -> that it is attached */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct attachment);
} attachments SEC(".maps");

/* 0 -> counters */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counters);
} stats SEC(".maps");

/* 0 -> the report that the current pass adds to */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pass_report);
} report SEC(".maps");

/* network namespace cookies of flows that would profit from a pass; the sidecar sleeps on it */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, WAKES_BYTES);
} wakes SEC(".maps");

/*
 * Nothing reads it. An update of a map of maps returns only when no program from before is running any more, which is how
 * user space, without a capability, learns that every sender has seen a published leave.
 */
struct barrier_inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
};

struct barrier_inner barrier_value SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct barrier_inner);
} barrier SEC(".maps") = {
	.values = { &barrier_value },
};

static __always_inline struct counters *my_counters(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&stats, &zero);
}

#define COUNT(field, n) do { struct counters *c_ = my_counters(); if (c_) c_->field += (n); } while (0)

static __always_inline struct control *control_block(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&control, &zero);
}

static __always_inline struct flow *flow_by_id(__u64 id)
{
	return bpf_map_lookup_elem(&flows, &id);
}

static __always_inline bool is_across(const struct end *e)
{
	return own.pod && e->across;
}

static __always_inline struct flow *flow_of(const struct end *e)
{
	__u64 id = e->flow;

	return is_across(e) ? bpf_map_lookup_elem(&node_flows, &id) : flow_by_id(id);
}

static __always_inline struct flow_side *side_of(struct flow *f, __u32 side)
{
	return side ? &f->side[1] : &f->side[0];
}

static __always_inline struct flow_side *other_side_of(struct flow *f, __u32 side)
{
	return side_of(f, !side);
}

static __always_inline enum reason why_unsuited(__u64 cookie)
{
	__u32 *why = bpf_map_lookup_elem(&unsuited, &cookie);

	return why ? *why : REASON_NONE;
}

/* The same of a socket of another pod. */
static __always_inline enum reason why_unsuited_there(__u64 pod, __u64 cookie)
{
	void *there = bpf_map_lookup_elem(&node_unsuited, &pod);
	__u32 *why = there ? bpf_map_lookup_elem(there, &cookie) : NULL;

	return why ? *why : REASON_NONE;
}

/* The settings of another pod; NULL once it has gone. */
static __always_inline struct control *control_there(__u64 pod)
{
	void *there = bpf_map_lookup_elem(&node_control, &pod);
	__u32 zero = 0;

	return there ? bpf_map_lookup_elem(there, &zero) : NULL;
}

static __always_inline void mark_unsuited(__u64 cookie, __u32 why)
{
	bpf_map_update_elem(&unsuited, &cookie, &why, BPF_ANY);
}

/* Once a socket is no member any more. */
static __always_inline void forget_queued(__u64 cookie)
{
	bpf_map_delete_elem(&queued, &cookie);
}

static __always_inline bool remove_member(struct flow_side *s)
{
	__u64 cookie = s->cookie;

	if (bpf_map_delete_elem(&members, &cookie))
		return false;
	s->member = 0;
	forget_queued(cookie);
	return true;
}

static __always_inline void wake_sidecar(__u64 netns)
{
	if (!bpf_ringbuf_output(&wakes, &netns, sizeof(netns), 0))
		COUNT(wakes, 1);
}

static __always_inline void wake_pod(__u64 pod, __u64 netns)
{
	void *there = bpf_map_lookup_elem(&node_wakes, &pod);

	if (there)
		bpf_ringbuf_output(there, &netns, sizeof(netns), 0);
}

/* The sidecar of the other end, where that is another pod's. */
static __always_inline void wake_other(const struct flow_side *peer)
{
	if (own.pod && peer->pod && peer->pod != own.pod)
		wake_pod(peer->pod, peer->key.netns);
}

#endif
