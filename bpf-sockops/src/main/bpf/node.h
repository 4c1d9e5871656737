/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the injected pods of a node share when they ask for it: enough to find the other end in another pod, to agree on their flow,
 * and to hand it a message. node.bpf.c makes these maps, in pins that only the containers which load may open; every pod's programs
 * use them, and no sidecar can. Each pod keeps its settings, members and counters to itself: programs of others read its settings,
 * look its members up and wake its sidecar.
 */
#ifndef SOCKWAY_NODE_H
#define SOCKWAY_NODE_H

#define NODE_PODS 1024
#define NODE_FLOWS 65536
#define NODE_HALVES 32768
#define NODE_ADDRESSES 4096
/* Of each wakes, here and in maps.h. */
#define WAKES_BYTES 4096

/* One end of a connection, for the other to find. */
struct half {
	struct flow_key key;
	__u64 sock;
	__u64 cookie;
	__u64 cgroup;
	__u64 pod;
};

/* As halves of maps.h, of ends whose other end is not in the same pod. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, NODE_HALVES);
	__type(key, __u64);
	__type(value, struct half);
} node_halves SEC(".maps");

/* address of a pod that shares flows, as in struct flow_key -> 1: connections with others are not worth a pass at once */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, NODE_ADDRESSES);
	__type(key, __u8[16]);
	__type(value, __u32);
} node_addresses SEC(".maps");

/* flow id -> flow whose ends are in two pods */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, NODE_FLOWS);
	__type(key, __u64);
	__type(value, struct flow);
} node_flows SEC(".maps");

/*
 * pod -> its map of members. An inner map must have the kind, the sizes and the flags that are given here, and before 6.2 type
 * information if this has (sockhashes never have); its number of entries may be another one.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, NODE_PODS);
	__type(key, __u64);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_SOCKHASH);
		__uint(max_entries, 1);
		__uint(key_size, sizeof(__u64));
		__uint(value_size, sizeof(__u64));
	});
} node_members SEC(".maps");

/* pod -> its control map, which others only read */
struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, NODE_PODS);
	__type(key, __u64);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_ARRAY);
		__uint(map_flags, BPF_F_MMAPABLE);
		__uint(max_entries, 1);
		__type(key, __u32);
		__type(value, struct control);
	});
} node_control SEC(".maps");

/* pod -> its map of unsuited sockets */
struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, NODE_PODS);
	__type(key, __u64);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_LRU_HASH);
		__uint(max_entries, 64);
		__type(key, __u64);
		__type(value, __u32);
	});
} node_unsuited SEC(".maps");

/* pod -> what its sidecar sleeps on */
struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, NODE_PODS);
	__type(key, __u64);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_RINGBUF);
		__uint(max_entries, WAKES_BYTES);
	});
} node_wakes SEC(".maps");

#endif
