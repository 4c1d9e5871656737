// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sockway's data plane: local TCP connections, socket to socket.
 *
 * A sockhash can hand a message from one socket to another and skip TCP, IP, loopback and netfilter. Done to every socket it
 * reorders, buffers without bound and breaks what sockmap does not carry; and a member whose messages are not redirected is
 * slower than plain TCP. So a flow earns each step, and any doubt means plain TCP:
 *
 *        turns                  fit, quiet                    message by message
 *   ---> 1 pair -------------> 2 enrol -------------------> 3 gate ----> redirect
 *        (iter/tcp)             (iter/tcp, both ends)         (sk_msg) \---> TCP
 *                                   ^                            |
 *                                   +---- hold-off <- 4 leave <--+ stream, option, pause, detach
 *
 * 1. pair.h. User space reads the pinned iterator when a callback says that it is worth while: a pass over all sockets, each
 *    under its lock. The sequence numbers that a connection began with are one end's and, swapped, the other's. iptables
 *    REDIRECT and DNAT change addresses and ports but not these, so they pair both ends of any connection inside the attached
 *    cgroups, whatever addresses each end sees and whatever is under way.
 *
 * 2. enrol.h, in the same pass. It checks that both ends read without blocking, use nothing that sockmap lacks, have answered
 *    each other a few times; then it inserts both, and only with both in is the flow active.
 *
 * 3. gate.h. Bytes sent socket to socket overtake bytes still inside TCP. me.write_seq == peer.copied_seq says that the peer
 *    has read all that ever went by TCP, so then order is safe; the other way round the kernel reads redirected bytes first.
 *    Room is the peer's own receive buffer. Nothing is counted in parallel to the kernel, so nothing can drift.
 *
 * 4. enrol.h again. To leave, a flow first stops redirecting (LEAVE_ASKED). The iterator notes the epoch (LEAVING), user space
 *    waits until no program from before runs any more and raises the epoch, and the iterator then takes each end out once it
 *    has read everything and nobody holds a reference to deliver more. Only then does deleting the key lose nothing. A busy end
 *    goes sooner, with an acknowledgement (pair.h).
 *
 * Pods that share flows (node.h) do the same with records that both their programs use: each enrols, gates and takes out its own
 * end by its own settings, in its own passes.
 *
 * If user space dies, the gate goes on, members stay members, and new flows stay on TCP until it is back.
 */
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include "kernel.h"
#include <bpf/bpf_core_read.h>
#include "layout.h"
#include "control.h"
#include "node.h"
#include "maps.h"
#include "sock.h"
#include "vet.h"
#include "pair.h"
#include "gate.h"
#include "enrol.h"
#include "watch.h"
#include "queue.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
