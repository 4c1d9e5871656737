/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The settings, apart from the other maps: node.h needs them first, or clang gives it struct control as a forward declaration only. */
#ifndef SOCKWAY_CONTROL_H
#define SOCKWAY_CONTROL_H

/* 0 -> what user space tells the programs */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct control);
} control SEC(".maps");

#endif
