// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The maps that pods of a node share, without a program. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "layout.h"
#include "control.h"
#include "node.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
