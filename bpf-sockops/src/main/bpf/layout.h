/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * All that the BPF programs and the Java half share. The programs include it, the Java half mirrors it in
 * io.sockway.sockops.Layouts, and a test compares that with the type information of the compiled object.
 * All fields have their natural alignment; no struct has implicit padding.
 *
 * An upgrade drains and replaces programs of another layout. It relies on struct control, port_word, attachment and pass_report and
 * on the names of the maps that hold them: these only ever grow at their ends.
 */
#ifndef SOCKWAY_LAYOUT_H
#define SOCKWAY_LAYOUT_H

#define SOCKWAY_ABI 8			/* changes whenever a layout below changes, or what node.h shares */
#define SOCKWAY_COMM 16			/* bytes of a process's name, with its final zero */
#define SOCKWAY_CGROUP_PATH 240		/* bytes of an attachment's path, with its final zero */
#define SOCKWAY_PORT_WORDS 1024		/* 65536 ports / 64 */
#define REASON_SLOTS 64			/* room for enum reason; a power of two, so that an index can be masked */

/* One end's view of its connection. IPv4 addresses are stored v4-mapped (::ffff:a.b.c.d). */
struct flow_key {
	__u64 netns;			/* cookie of the network namespace */
	__u8 local_addr[16];
	__u8 remote_addr[16];
	__u16 local_port;		/* host byte order, as all ports here */
	__u16 remote_port;
	__u16 family;			/* on the wire: AF_INET (also for v4-mapped sockets) or AF_INET6 */
	__u16 pad;
};

/* How far a flow has come. */
enum flow_state {
	FLOW_PAIRED,			/* both ends known, plain TCP, watched */
	FLOW_ENROLLING,			/* one end is a member of the sockhash */
	FLOW_ACTIVE,			/* both are: messages may be redirected */
	FLOW_LEAVE_ASKED,		/* no message is redirected any more */
	FLOW_LEAVING,			/* the same, a pass has met it, and takes each end out once it is drained */
	FLOW_CLOSED,			/* one end has closed */
	FLOW_STATES,
};

/* Why a message passed to TCP, why a flow is not enrolled, or why it left. */
enum reason {
	REASON_NONE,
	/* of a message */
	REASON_UNPAIRED,		/* the other end is not known here */
	REASON_NOT_ACTIVE,		/* the other end is not a vetted member yet, or one of them is leaving */
	REASON_PAUSED,
	REASON_OBSERVED,		/* would have been redirected */
	REASON_UNREAD_TCP,		/* the peer has not read all that went by TCP: redirecting would overtake it */
	REASON_NO_ROOM,			/* the peer's receive buffer is full */
	REASON_MEMORY,			/* the kernel is short of memory for TCP, or the reader's cgroup is */
	REASON_BURST,			/* back-to-back messages without an answer: TCP coalesces them better */
	REASON_PEER_GONE,		/* the peer's socket is closing or closed */
	REASON_SHUTDOWN,		/* after the sender's own shutdown, or towards a reader that shut down */
	REASON_CONNTRACK,		/* the message by TCP that keeps connection tracking alive */
	REASON_NOT_MEMBER,		/* the redirect found no socket in the sockhash */
	/* of a flow */
	REASON_TURNS,			/* has not shown enough request/response turns yet */
	REASON_STREAM,			/* moves far more bytes than turns */
	REASON_BLOCKING,		/* an end reads in blocking mode */
	REASON_NOT_ACCEPTED,		/* no process owns the socket yet, or any more */
	REASON_RCVLOWAT,		/* SO_RCVLOWAT above 1 */
	REASON_PEEK_OFF,		/* SO_PEEK_OFF */
	REASON_ZEROCOPY,		/* SO_ZEROCOPY */
	REASON_TIMESTAMPS,		/* SO_TIMESTAMP, SO_TIMESTAMPNS, SO_TIMESTAMPING */
	REASON_INQ,			/* TCP_INQ */
	REASON_URGENT,			/* urgent data seen, or waited for: SO_OOBINLINE, F_SETOWN, SIOCATMARK */
	REASON_ULP,			/* kTLS or another upper layer protocol */
	REASON_MPTCP,
	REASON_REPAIR,			/* TCP_REPAIR */
	REASON_OTHER_SOCKMAP,		/* another accelerator or user data holds the socket */
	REASON_EXCLUDED,		/* by port or by executable */
	REASON_OTHER_NETNS,		/* ends in two namespaces or pods, without same-node at both */
	REASON_QUEUED,			/* bytes are queued: not at this moment */
	REASON_MAP_FULL,		/* --max-flows is reached */
	REASON_HELD_OFF,		/* it left a short while ago */
	REASON_PEER_UNFIT,		/* the other end cannot be enrolled */
	REASON_DETACHED,		/* its cgroup is being detached */
	REASON_SPLICE,			/* an end is read by splice(2) */
	REASON_KERNEL,			/* this kernel was found not to redirect, or not to hold the socket as enrolment needs it */
	REASON_FIONREAD,		/* an end is asked for FIONREAD, which misses redirected bytes here */
	REASON_TUNNEL,			/* HTTP CONNECT or a switch of protocols: a relay may go on by splice */
	REASON_SENDMMSG,		/* an end sends by sendmmsg(2), which on a member goes on after a message that was cut short */
	/* of a process, see struct habit */
	REASON_UNREAD_CLOSE,		/* closes a member with redirected bytes unread, which sends FIN where TCP sends RST */
	REASON_IO_URING,		/* has an io_uring, whose SEND_ZC fails on a member */
	REASONS,
};

/* Both directions of one connection are two sides: 0 is the end that connected, 1 the end that accepted. */
struct flow_side {
	struct flow_key key;
	__u64 sock;			/* address of the tcp_sock; only ever read, and only believed with the cookie */
	__u64 cookie;			/* the socket's */
	__u64 inode;			/* of the socket, as in /proc/PID/fd; 0 until seen by a pass */
	__u64 cgroup;			/* id of the attached cgroup that holds the socket */
	__u64 pod;			/* whose programs serve this end, see node.h; 0 unless pods share flows */
	__u64 redirected_bytes;		/* sent by this end, socket to socket */
	__u64 redirected_messages;
	__u64 tcp_messages;		/* sent by this end by TCP while it was a member */
	__u64 tcp_bytes_received;	/* by this end over its life, as of the last pass */
	__u64 last_tcp;			/* monotonic ns of the last message of a member by TCP */
	__u64 seen;			/* number of the last pass that met this end; where two pods share the flow, its time in monotonic ns */
	__u64 fit;			/* the same of the last pass that found this end fit */
	__u64 base_bytes;		/* counters at pairing or at the last leave, */
	__u32 base_segs_in;		/* from which turns are counted */
	__u32 base_segs_out;
	__u64 peer_messages;		/* the peer's messages as of this end's last turn */
	__u64 read_messages;		/* redirected_messages when all of them were last seen to be read */
	__u32 burst;			/* messages since that turn */
	__u32 debt;			/* grows with each message that passes, shrinks with each that is redirected */
	enum reason reason;		/* what the last pass found against this end */
	__u32 member;			/* 1: in the sockhash */
	__u32 vetted;			/* 1: its process has sent as a member, and is none that would miss redirected bytes */
	__u32 stopped;			/* 1: its gate knows that the flow leaves, so this end redirects nothing more */
	__u64 leave_epoch;		/* control.epoch when a pass first met this end of the leaving flow */
	__u32 leaving;			/* 1: one has */
	__u32 entered;			/* 1: has become a member, and is not counted as having left */
};

struct flow {
	struct flow_side side[2];
	enum flow_state state;
	enum reason reason;		/* why it is not active, or left */
	__u64 paired_at;		/* monotonic ns */
	__u64 active_at;		/* of the last time it became active, 0 never */
	__u64 held_until;		/* monotonic ns: not enrolled again before */
	__u32 left;			/* times it has left */
	__u32 own;			/* of a flow that two pods share, this pod's copy for its sidecar: 1 + the side that is its own */
};

enum mode { MODE_ON, MODE_PAUSED, MODE_OBSERVE };

/* What the kernel was found to offer, or to get wrong, when the programs were loaded. */
enum feature {
	FEATURE_DIRECT_READS = 1,	/* the gate reads the peer by plain loads (bpf_rdonly_cast) */
	FEATURE_INQ_FAULT = 2,		/* without sockway_queue, FIONREAD misses bytes that came by TCP */
	FEATURE_UNCHARGED = 4,		/* redirected bytes are not charged to the receiver: redirect only into an empty queue */
	FEATURE_NO_REDIRECT = 8,	/* redirected bytes did not arrive: nothing is enrolled */
	FEATURE_SPLICE_WATCH = 16,	/* sockets that are read by splice(2) are noticed */
	FEATURE_INQ_BLIND = 32,		/* FIONREAD misses redirected bytes: sockets that are asked for it are noticed and left alone */
	FEATURE_OPTION_WATCH = 64,	/* options and blocking mode that are set on a member are noticed */
	FEATURE_ACCEPT_WATCH = 128,	/* processes are known by the sockets that they accept */
	FEATURE_TRAMPOLINES = 256,	/* the watches cost nothing to those who do nothing that is watched */
	FEATURE_SPINNING_PASSES = 512,	/* a pass holds a socket in a way that forbids to enrol it */
	FEATURE_READ_WATCH = 1024,	/* splice and owners are noticed where TCP is read: enrol.h waits for a read of each end */
};

/* The one entry of the control map: what user space tells the programs. */
struct control {
	__u32 abi;			/* SOCKWAY_ABI */
	enum mode mode;
	__u32 same_node;		/* 1: also redirect between namespaces, and between pods that share flows */
	__u32 include_only;		/* 1: only flows with a port in the include set */
	__u32 turns;			/* data segments each way before a flow is enrolled */
	__u32 max_flows;
	enum feature features;		/* or-ed */
	__u32 shares;			/* 1: loaded to share flows with other pods of the node; for user space */
	__u64 epoch;			/* times user space has waited until no program from before was running */
	__u64 pass;			/* number of the current pass */
	__u64 unsuited;			/* sockets seen to do what misses redirected bytes */
	__u64 refused;			/* connections without a place among max_flows, as of the last pass */
	__u64 loaded_at;		/* wall clock, ns since 1970 */
	char version[32];		/* of the Sockway that loaded the programs */
	__u64 forget_before;		/* the next pass forgets flows that none since this one has met; 0: it forgets nothing */
	__u64 tcp_interval;		/* ns: after so long without one, a message goes by TCP, for connection tracking to see */
};

/* 64 ports each. */
struct port_word {
	__u64 include;
	__u64 exclude;
};

/* By cgroup id. */
struct attachment {
	__u64 since;			/* wall clock, ns since 1970 */
	__u32 detaching;		/* 1: its flows leave */
	__u32 pad;
	char path[SOCKWAY_CGROUP_PATH];
};

/* What a process is known for; or-ed. */
enum kind {
	KIND_EXCLUDED = 1,		/* its sockets are left alone */
	KIND_SPLICES = 2,		/* reads sockets by splice(2) */
	KIND_BLOCKS = 4,		/* switches sockets in use to blocking mode */
	KIND_URGENT = 8,		/* waits for urgent data */
	KIND_SENDMMSG = 16,		/* sends by sendmmsg(2) */
};

/* Who does what a member does not do as TCP does it. */
struct habit_key {
	__u32 process;			/* its id */
	enum reason reason;
};

struct habit {
	char name[SOCKWAY_COMM];	/* of the process's first thread */
	__u64 times;			/* on a socket that was not known for it */
	__u64 late;			/* of these, when it made a difference: while redirected bytes were waiting on that socket */
};

/* One per CPU; readers add them up. */
struct counters {
	__u64 active_ends;		/* connects seen */
	__u64 passive_ends;		/* accepts seen */
	__u64 paired;			/* flows */
	__u64 adopted;			/* of these, older than the attach */
	__u64 across;			/* of all, with the other end in another pod */
	__u64 enrolled;			/* times a flow became active */
	__u64 closed;			/* paired flows that have ended */
	__u64 redirected_messages;
	__u64 redirected_bytes;
	__u64 tcp_messages;		/* of members */
	__u64 closed_tcp_bytes;		/* by TCP, of paired flows that have ended */
	__u64 would_redirect_bytes;	/* in observe mode */
	__u64 wakes;			/* events sent to the sidecar */
	__u64 pass[REASON_SLOTS];		/* messages of members that went by TCP, by reason */
	__u64 left[REASON_SLOTS];		/* flows that left, by reason */
};

/* What one pass of the iterator saw and did; its reader gets this struct. */
struct pass_report {
	__u64 sockets;			/* TCP sockets visited */
	__u64 flows;			/* ends of known flows among them */
	__u64 paired;
	__u64 inserted;
	__u64 activated;
	__u64 removed;
	__u64 members;
	__u64 leaving;			/* ends that have yet to be taken out */
	__u64 published;		/* leaves that this pass has made known: wait an epoch before the next pass */
	__u64 waiting[REASON_SLOTS];		/* ends not enrolled, by reason */
};

#endif
