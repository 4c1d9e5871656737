// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Does with the product's BPF object what io.sockway.sockops.Accelerator does, without a JVM, and tries it on real sockets.
 * Runs as the only program of a guest (see build/kernels), or as root anywhere:
 *
 *   probe sockway.bpf.o probe.bpf.o node.bpf.o CGROUP functions|reads|calls
 *
 * The last one says where its watches are: at the kernel's functions, at TCP's reads or at system calls.
 * Prints `plan NAME...`, then a line for each test: `ok NAME`, or `not ok NAME: WHY`. `note` lines tell what the kernel does.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <linux/types.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "layout.h"

#define MIB (1024 * 1024)
#define CHUNK 65536
/* The emulated machine is slow; a test that waits longer than this waits for something that does not come. */
#define PATIENCE_MS 3000
/* What a writer may queue towards a reader that never reads: TCP's own two buffers reach 4 + 6 MiB by default. */
#define BOUND (16 * MIB)

/* A connection and, for each end, how many bytes it has sent and has read. Byte i of a direction is pattern(i). */
struct conn {
	int fd[2];		/* 0 is the end that connected, as in struct flow */
	__u64 sent[2];
	__u64 got[2];
	__u64 cookie;		/* of the end that connected */
};

static const char *object_file, *node_file;
/* What Watches.java calls a way. */
static const struct way {
	const char *name;
	const char *const programs[8];
} ways[] = {
	{ "functions", { "sockway_f_splice", "sockway_f_setsockopt", "sockway_f_fcntl", "sockway_f_ioctl", "sockway_f_accept" } },
	{ "reads", { "sockway_read" } },
	{ "calls", { "sockway_splice", "sockway_setsockopt", "sockway_fcntl", "sockway_ioctl", "sockway_accept", "sockway_accept4" } },
};

#define WAYS (sizeof(ways) / sizeof(ways[0]))

static const struct way *way;
static struct bpf_object *object;
static struct control *control;
static int iterator, flows, barrier, barrier_value;
static __u64 cgroup_id;
/* Of enum feature, as probed. */
static __u32 features;
static char why[512];

/* Notes why a test fails; for use as `return fail(...)`. */
static bool __attribute__((format(printf, 1, 2))) fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	return false;
}

static bool by_reads(void)
{
	return !strcmp(way->name, "reads");
}

/* ---- sockets ---- */

static char pattern(__u64 i)
{
	return i * 2654435761u >> 24;
}

/* Sends until n bytes are gone or the socket takes no more; returns how many, or -1. */
static ssize_t send_some(struct conn *c, int side, size_t n)
{
	static char buffer[CHUNK];
	size_t done = 0;
	ssize_t sent;

	while (done < n) {
		size_t size = n - done < CHUNK ? n - done : CHUNK;

		for (size_t i = 0; i < size; i++)
			buffer[i] = pattern(c->sent[side] + i);
		sent = send(c->fd[side], buffer, size, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0)
			return errno == EAGAIN ? (ssize_t)done : -1;
		c->sent[side] += sent;
		done += sent;
	}
	return done;
}

/* Reads n bytes and compares them. */
static bool receive(struct conn *c, int side, size_t n)
{
	static char buffer[CHUNK];
	struct pollfd p = { .fd = c->fd[side], .events = POLLIN };

	while (n) {
		ssize_t got;

		if (poll(&p, 1, PATIENCE_MS) != 1)
			return fail("%zu bytes lacking after %llu", n, c->got[side]);
		got = recv(c->fd[side], buffer, n < CHUNK ? n : CHUNK, MSG_DONTWAIT);
		if (got < 0 && errno == EAGAIN)
			return fail("EAGAIN though poll says readable, after %llu", c->got[side]);
		if (got <= 0)
			return fail("read: %s after %llu", got ? strerror(errno) : "end of file", c->got[side]);
		for (ssize_t i = 0; i < got; i++)
			if (buffer[i] != pattern(c->got[side] + i))
				return fail("byte %llu is wrong", c->got[side] + i);
		c->got[side] += got;
		n -= got;
	}
	return true;
}

/* Sends n bytes, which the other end reads. */
static bool turn(struct conn *c, int side, size_t n)
{
	ssize_t sent = send_some(c, side, n);

	if (sent != (ssize_t)n)
		return fail("sent %zd of %zu bytes", sent, n);
	return receive(c, !side, n);
}

static bool round_trips(struct conn *c, int count, size_t n)
{
	while (count--)
		if (!turn(c, 0, n) || !turn(c, 1, n))
			return false;
	return true;
}

static __u64 received_by_tcp(struct conn *c)
{
	__u64 total = 0;

	for (int side = 0; side < 2; side++) {
		struct tcp_info info = {};
		socklen_t size = sizeof(info);

		getsockopt(c->fd[side], IPPROTO_TCP, TCP_INFO, &info, &size);
		total += info.tcpi_bytes_received;
	}
	return total;
}

static __u32 receive_memory(int fd)
{
	__u32 info[SK_MEMINFO_VARS] = {};
	socklen_t size = sizeof(info);

	getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &size);
	return info[SK_MEMINFO_RMEM_ALLOC];
}

/* Sends n bytes and returns how many FIONREAD then finds at the other end. */
static int send_and_count(struct conn *c, size_t n)
{
	struct pollfd p = { .fd = c->fd[1], .events = POLLIN };
	int found = -1;

	if (send_some(c, 0, n) == (ssize_t)n && poll(&p, 1, PATIENCE_MS) == 1)
		ioctl(c->fd[1], FIONREAD, &found);
	return found;
}

static void address(const char *text, struct sockaddr_in6 *out)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;

	memset(out, 0, sizeof(*out));
	out->sin6_family = strchr(text, ':') ? AF_INET6 : AF_INET;
	inet_pton(out->sin6_family, text, strchr(text, ':') ? (void *)&out->sin6_addr : (void *)&v4->sin_addr);
}

/* Connects; sends `early` bytes before the other end accepts. */
static bool open_pair(struct conn *c, const char *from, const char *to, size_t early)
{
	struct sockaddr_in6 bound, peer;
	socklen_t size = sizeof(bound);
	int listener;

	memset(c, 0, sizeof(*c));
	address(to, &bound);
	listener = socket(bound.sin6_family, SOCK_STREAM, 0);
	if (bind(listener, (void *)&bound, sizeof(bound)) || listen(listener, 1))
		return fail("listen on %s: %s", to, strerror(errno));
	getsockname(listener, (void *)&bound, &size);
	address(from, &peer);
	peer.sin6_port = bound.sin6_port;
	c->fd[0] = socket(peer.sin6_family, SOCK_STREAM, 0);
	if (connect(c->fd[0], (void *)&peer, sizeof(peer)))
		return fail("connect to %s: %s", from, strerror(errno));
	size = sizeof(c->cookie);
	getsockopt(c->fd[0], SOL_SOCKET, SO_COOKIE, &c->cookie, &size);
	if (send_some(c, 0, early) != (ssize_t)early)
		return fail("cannot send before accept");
	c->fd[1] = accept(listener, NULL, NULL);
	close(listener);
	for (int side = 0; side < 2; side++)
		fcntl(c->fd[side], F_SETFL, O_NONBLOCK);
	return true;
}

static void close_pair(struct conn *c)
{
	close(c->fd[0]);
	close(c->fd[1]);
}

/* ---- the accelerator ---- */

static struct bpf_program *program(const char *name)
{
	return bpf_object__find_program_by_name(object, name);
}

static int map(const char *name)
{
	return bpf_object__find_map_fd_by_name(object, name);
}

/* One pass; then, when flows are leaving, waits until every sender has seen that. See Accelerator.pass. */
static struct pass_report pass(void)
{
	struct pass_report report = {};
	int fd = bpf_iter_create(iterator);
	__u32 zero = 0;

	control->pass++;
	while (read(fd, &report, sizeof(report)) > 0)
		;
	close(fd);
	if (report.published || report.leaving) {
		bpf_map_update_elem(barrier, &zero, &barrier_value, BPF_ANY);
		control->epoch++;
	}
	return report;
}

static struct flow flow_of(struct conn *c)
{
	struct flow f, none = { .state = FLOW_STATES };
	__u64 id, *previous = NULL;

	while (!bpf_map_get_next_key(flows, previous, &id)) {
		if (!bpf_map_lookup_elem(flows, &id, &f) && f.side[0].cookie == c->cookie)
			return f;
		previous = &id;
	}
	return none;
}

static __u64 redirected(struct conn *c)
{
	struct flow f = flow_of(c);

	return f.side[0].redirected_bytes + f.side[1].redirected_bytes;
}

static bool pass_until(struct conn *c, enum flow_state state)
{
	struct flow f;

	for (int waited = 0; waited < PATIENCE_MS; waited += 10) {
		pass();
		f = flow_of(c);
		if (f.state == state)
			return true;
		usleep(10000);
	}
	return fail("flow is in state %d, not %d; reasons %d %d %d, members %d %d", f.state, state, f.reason, f.side[0].reason,
		    f.side[1].reason, f.side[0].member, f.side[1].member);
}

/* Until messages are redirected both ways; the first of each end is not, because its process is vetted then. */
static bool activate(struct conn *c)
{
	return round_trips(c, 5, 100) && pass_until(c, FLOW_ACTIVE) && round_trips(c, 1, 100);
}

static bool open_active(struct conn *c)
{
	return open_pair(c, "127.0.0.1", "127.0.0.1", 0) && activate(c);
}

/* Both ways, and not a byte by TCP. */
static bool all_redirected(struct conn *c)
{
	__u64 tcp = received_by_tcp(c), before = redirected(c);
	const __u64 expected = 50 * 2 * 1000;

	if (!round_trips(c, 50, 1000))
		return false;
	tcp = received_by_tcp(c) - tcp;
	if (tcp || redirected(c) - before != expected)
		return fail("%llu of %llu bytes redirected, %llu by TCP", redirected(c) - before, expected, tcp);
	return true;
}

/* ---- tests ---- */

static bool pairing(void)
{
	struct conn c;
	bool good = open_pair(&c, "127.0.0.1", "127.0.0.1", 0);

	if (good && pass().members)
		good = fail("a member before the first turn");
	if (good && flow_of(&c).state != FLOW_PAIRED)
		good = fail("no flow");
	close_pair(&c);
	return good;
}

/* The numbers that pair two ends must not depend on what was sent, is under way or waits unread. */
static bool pairing_in_the_middle(void)
{
	struct conn c;
	bool good = open_pair(&c, "127.0.0.1", "127.0.0.1", 0) && round_trips(&c, 20, 3000) && send_some(&c, 0, 5000) == 5000 &&
		    send_some(&c, 1, 700) == 700;

	/* one for each end */
	pass();
	pass();
	if (good && flow_of(&c).state == FLOW_STATES)
		good = fail("no flow");
	if (good && received_by_tcp(&c) != flow_of(&c).side[0].tcp_bytes_received + flow_of(&c).side[1].tcp_bytes_received)
		good = fail("bytes differ from TCP's own");
	close_pair(&c);
	return good;
}

static bool enrolment(void)
{
	struct conn c;
	bool good = open_active(&c);
	struct pass_report r = pass();

	if (good && r.members != 2)
		good = fail("%llu members", r.members);
	if (good && (flow_of(&c).side[0].cgroup != cgroup_id || flow_of(&c).side[1].cgroup != cgroup_id))
		good = fail("cgroup %llu is taken for %llu", cgroup_id, flow_of(&c).side[0].cgroup);
	close_pair(&c);
	r = pass();
	if (good && r.members)
		good = fail("%llu members after the close", r.members);
	return good;
}

static bool redirect(void)
{
	struct conn c;
	bool good = open_active(&c) && all_redirected(&c);

	close_pair(&c);
	return good;
}

static bool carried(const char *from, const char *to)
{
	struct conn c;
	bool good = open_pair(&c, from, to, 0) && activate(&c) && all_redirected(&c);

	close_pair(&c);
	return good;
}

static bool v4_mapped(void)
{
	return carried("::ffff:127.0.0.1", "::ffff:127.0.0.1");
}

static bool v4_to_v6_socket(void)
{
	return carried("127.0.0.1", "::");
}

static bool ipv6(void)
{
	return carried("::1", "::1");
}

static bool bytes_before_accept(void)
{
	struct conn c;
	bool good = open_pair(&c, "127.0.0.1", "127.0.0.1", 5000);

	pass();
	good = good && turn(&c, 1, 10) && receive(&c, 1, 5000) && activate(&c) && all_redirected(&c);
	close_pair(&c);
	return good;
}

/* A message that goes by TCP on an active flow is not overtaken by later ones, and these are redirected once it is read. */
static bool tcp_then_redirect(void)
{
	struct conn c;
	bool good = open_active(&c);

	for (int i = 0; good && i < 20; i++) {
		control->mode = MODE_PAUSED;
		good = send_some(&c, 0, 700) == 700;
		control->mode = MODE_ON;
		good = good && send_some(&c, 0, 300) == 300 && receive(&c, 1, 1000) && turn(&c, 1, 10);
	}
	good = good && all_redirected(&c);
	close_pair(&c);
	return good;
}

/* The reader asks from its first read on, as such programs do. */
static bool fionread(enum mode mode)
{
	struct conn c;
	bool good = open_pair(&c, "127.0.0.1", "127.0.0.1", 0);
	int n;

	if (ioctl(c.fd[1], FIONREAD, &n) || n)
		good = fail("%d bytes before the first", n);
	/* where it misses redirected bytes, such a socket stays on TCP */
	if (!(features & FEATURE_INQ_BLIND))
		good = good && activate(&c);
	control->mode = mode;
	for (int i = 0; good && i < 3; i++) {
		n = send_and_count(&c, 100);
		if (n != 100)
			good = fail("%d of 100 bytes", n);
		good = good && receive(&c, 1, 100) && turn(&c, 1, 10);
	}
	control->mode = MODE_ON;
	close_pair(&c);
	return good;
}

static bool fionread_by_tcp(void)
{
	return fionread(MODE_PAUSED);
}

static bool fionread_redirected(void)
{
	return fionread(MODE_ON);
}

/* What is done where the kernel does not charge redirected bytes to the reader: only an empty queue is redirected into. */
static bool empty_queue_only(void)
{
	struct conn c;
	bool good = open_active(&c);
	__u64 before = redirected(&c);

	control->features |= FEATURE_UNCHARGED;
	good = good && send_some(&c, 0, 1000) == 1000 && send_some(&c, 0, 500) == 500;
	if (good && redirected(&c) - before != 1000)
		good = fail("%llu bytes redirected", redirected(&c) - before);
	good = good && receive(&c, 1, 1500) && turn(&c, 1, 10) && all_redirected(&c);
	control->features &= ~FEATURE_UNCHARGED;
	control->features |= features;
	close_pair(&c);
	return good;
}

/* Of the options that a sockmap does not carry, the one whose place in tcp_sock has moved most often. */
static bool tcp_inq_leaves(void)
{
	struct conn c;
	bool good = open_active(&c);

	if (setsockopt(c.fd[1], IPPROTO_TCP, TCP_INQ, &(int){ 1 }, sizeof(int)))
		good = fail("TCP_INQ: %s", strerror(errno));
	good = good && pass_until(&c, FLOW_PAIRED);
	if (good && flow_of(&c).reason != REASON_INQ)
		good = fail("left for reason %d", flow_of(&c).reason);
	close_pair(&c);
	return good;
}

static bool left_blocking(struct conn *c)
{
	if (!pass_until(c, FLOW_PAIRED))
		return false;
	if (flow_of(c).reason != REASON_BLOCKING)
		return fail("left for reason %d", flow_of(c).reason);
	return true;
}

/* Blocking mode that a pass would not meet any more, for the length of one message: whoever has read the socket is known for it. */
static bool blocks_for_a_message(void)
{
	struct conn c;
	bool good = open_active(&c);
	int flags = fcntl(c.fd[1], F_GETFL);
	__u32 me = getpid();
	enum kind kind = 0;

	fcntl(c.fd[1], F_SETFL, flags & ~O_NONBLOCK);
	good = good && send_some(&c, 0, 100) == 100;
	fcntl(c.fd[1], F_SETFL, flags);
	good = good && receive(&c, 1, 100) && left_blocking(&c);
	if (good && (bpf_map_lookup_elem(map("processes"), &me, &kind) || kind != KIND_BLOCKS))
		good = fail("the process is known for %d", kind);
	close_pair(&c);
	return good;
}

/* The same without a message. */
static bool blocks_for_a_moment(struct conn *c)
{
	int flags = fcntl(c->fd[1], F_GETFL);

	fcntl(c->fd[1], F_SETFL, flags & ~O_NONBLOCK);
	return !fcntl(c->fd[1], F_SETFL, flags);
}

/* In a process of its own, which is known for it from then on. */
static bool blocking_leaves(void)
{
	struct conn c;
	bool good = by_reads() || open_active(&c);
	pid_t child = fork();
	int status;

	if (!child) {
		good = by_reads() ? blocks_for_a_message() : blocks_for_a_moment(&c);
		if (!good)
			printf("note blocking_leaves: %s\n", why);
		_exit(!good);
	}
	waitpid(child, &status, 0);
	if (good && status)
		good = fail("see above");
	if (by_reads())
		return good;
	good = good && left_blocking(&c);
	close_pair(&c);
	return good;
}

/* Where FIONREAD misses redirected bytes, a socket that is asked for it leaves; elsewhere it stays. */
static bool fionread_leaves(void)
{
	struct conn c;
	bool good = open_active(&c);
	int n;

	ioctl(c.fd[1], FIONREAD, &n);
	if (features & FEATURE_INQ_BLIND) {
		good = good && pass_until(&c, FLOW_PAIRED);
		if (good && flow_of(&c).reason != REASON_FIONREAD)
			good = fail("left for reason %d", flow_of(&c).reason);
	} else {
		pass();
		if (good && flow_of(&c).state != FLOW_ACTIVE)
			good = fail("has left");
	}
	close_pair(&c);
	return good;
}

/* A disconnected socket has nothing to read any more. */
static bool disconnect(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct conn c;
	bool good = open_active(&c) && send_some(&c, 0, 1000) == 1000;
	__u64 before = redirected(&c);
	char byte;

	if (good && before < 1000)
		good = fail("nothing was redirected");
	if (connect(c.fd[1], &none, sizeof(none)))
		good = fail("AF_UNSPEC: %s", strerror(errno));
	if (good && recv(c.fd[1], &byte, 1, MSG_DONTWAIT) >= 0)
		good = fail("unread bytes are still there");
	close_pair(&c);
	return good;
}

/* A socket that is read by splice leaves, and stays on TCP. */
static bool splice_leaves(void)
{
	struct conn c;
	bool good = open_active(&c);
	int pipes[2];
	__u64 tcp;

	if (pipe(pipes) || splice(c.fd[1], NULL, pipes[1], NULL, 1, SPLICE_F_NONBLOCK) >= 0)
		good = fail("splice: %s", strerror(errno));
	good = good && pass_until(&c, FLOW_PAIRED);
	pass();
	tcp = received_by_tcp(&c);
	good = good && round_trips(&c, 5, 100);
	if (good && received_by_tcp(&c) - tcp != 1000)
		good = fail("not on TCP");
	close(pipes[0]);
	close(pipes[1]);
	close_pair(&c);
	return good;
}

/* What a process that splices accepts is known before it is used, or before it is enrolled. */
static bool splicer_accepts(void)
{
	struct conn c;
	bool good = open_pair(&c, "127.0.0.1", "127.0.0.1", 0);
	socklen_t size = sizeof(__u64);
	__u64 cookie = 0;
	__u32 why_not = REASON_NONE;

	good = good && (!by_reads() || round_trips(&c, 3, 100));
	getsockopt(c.fd[1], SOL_SOCKET, SO_COOKIE, &cookie, &size);
	if (good && (bpf_map_lookup_elem(map("unsuited"), &cookie, &why_not) || why_not != REASON_SPLICE))
		good = fail("unsuited for reason %u", why_not);
	close_pair(&c);
	return good;
}

/* Nobody reads while `writers` ends write in turn: both must come to a halt, and nothing may be lost. */
static bool bounded(int writers, size_t message)
{
	struct conn c;
	bool good = open_active(&c);
	__u64 queued = 0;
	int halted = 0;

	while (good && halted < writers && queued < 4 * BOUND) {
		halted = 0;
		for (int side = 0; side < writers; side++) {
			ssize_t sent = send_some(&c, side, message);

			if (sent < (ssize_t)message)
				halted++;
			queued += sent > 0 ? sent : 0;
		}
	}
	if (good && queued > (__u64)writers * BOUND)
		good = fail("%llu KiB queued, %llu of all bytes redirected; the readers' memory is %u and %u", queued / 1024,
			    redirected(&c), receive_memory(c.fd[0]), receive_memory(c.fd[1]));
	for (int side = 0; good && side < writers; side++)
		good = receive(&c, !side, c.sent[side] - c.got[!side]);
	close_pair(&c);
	return good;
}

static bool stalled_reader(void)
{
	return bounded(1, 4096);
}

static bool stalled_reader_large(void)
{
	return bounded(1, 65536);
}

static bool both_stalled(void)
{
	return bounded(2, 4096);
}

/* A pause takes an end out only when it has read what was redirected to it; then the flow is plain TCP, and comes back. */
static bool leave(void)
{
	struct conn c;
	bool good = open_active(&c) && send_some(&c, 0, 3000) == 3000;
	__u64 tcp;

	control->mode = MODE_PAUSED;
	for (int i = 0; i < 5; i++)
		pass();
	if (good && !flow_of(&c).side[1].member)
		good = fail("taken out with unread bytes");
	good = good && receive(&c, 1, 3000) && pass_until(&c, FLOW_PAIRED);
	tcp = received_by_tcp(&c);
	good = good && round_trips(&c, 5, 100);
	if (good && received_by_tcp(&c) - tcp != 1000)
		good = fail("not on TCP after leaving");
	control->mode = MODE_ON;
	good = good && activate(&c) && all_redirected(&c);
	close_pair(&c);
	return good;
}

static void echo(int fd)
{
	static char buffer[CHUNK];
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (poll(&p, 1, PATIENCE_MS) == 1) {
		ssize_t got = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);

		if (got <= 0)
			exit(got ? 1 : 0);
		for (ssize_t sent = 0, n; sent < got; sent += n > 0 ? n : 0) {
			n = send(fd, buffer + sent, got - sent, MSG_NOSIGNAL);
			if (n < 0 && errno != EAGAIN)
				exit(2);
		}
	}
	exit(3);
}

static void ask(struct conn *c, volatile bool *stop)
{
	while (!*stop) {
		size_t n = 1 + random() % 8000;

		c->got[0] = c->sent[0];
		if (send_some(c, 0, n) != (ssize_t)n || !receive(c, 0, n)) {
			printf("note switching_under_load: %s\n", why);
			exit(1);
		}
	}
	shutdown(c->fd[0], SHUT_WR);
	exit(0);
}

/* Two processes keep talking while the flow is enrolled and taken out again and again. */
static bool switching_under_load(void)
{
	volatile bool *stop = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct conn c;
	bool good = open_active(&c);
	__u64 before = redirected(&c);
	pid_t children[2];
	int status;

	for (int side = 0; side < 2; side++) {
		children[side] = fork();
		if (!children[side] && side)
			echo(c.fd[1]);
		if (!children[side])
			ask(&c, stop);
	}
	for (int i = 0; good && i < 30; i++) {
		control->mode = MODE_PAUSED;
		good = pass_until(&c, FLOW_PAIRED);
		control->mode = MODE_ON;
		good = good && pass_until(&c, FLOW_ACTIVE);
		usleep(20000);
	}
	if (good && redirected(&c) == before)
		good = fail("nothing was redirected");
	*stop = true;
	for (int side = 0; side < 2; side++) {
		close(c.fd[side]);
		waitpid(children[side], &status, 0);
		if (good && status)
			good = fail("%s ends with %#x", side ? "server" : "client", status);
	}
	control->mode = MODE_ON;
	return good;
}

/* ---- set-up, as Accelerator.load and Accelerator.attach ---- */

static void insert(int sockets, __u32 key, __u64 fd)
{
	if (bpf_map_update_elem(sockets, &key, &fd, BPF_ANY))
		printf("note no socket can be inserted: %s\n", strerror(errno));
}

/* What the kernel does with the members of a sockhash, as enum feature. See KernelProbe. */
static __u32 probe_kernel(const char *file)
{
	struct bpf_object *probe = bpf_object__open(file);
	struct conn redirecting, plain;
	__u32 found = 0;
	int sockets, n;

	if (!probe || bpf_object__load(probe))
		return FEATURE_NO_REDIRECT | FEATURE_UNCHARGED | FEATURE_INQ_FAULT;
	sockets = bpf_object__find_map_fd_by_name(probe, "probe_sockets");
	bpf_prog_attach(bpf_program__fd(bpf_object__find_program_by_name(probe, "sockway_probe")), sockets, BPF_SK_MSG_VERDICT, 0);

	open_pair(&redirecting, "127.0.0.1", "127.0.0.1", 0);
	insert(sockets, 1, redirecting.fd[1]);
	insert(sockets, 0, redirecting.fd[0]);
	n = send_and_count(&redirecting, 3);
	if (n >= 0 && n != 3)
		found |= FEATURE_INQ_BLIND;
	printf("note FIONREAD finds %d of 3 redirected bytes\n", n);
	if (n < 0 || received_by_tcp(&redirecting))
		found |= FEATURE_NO_REDIRECT;
	if (!receive_memory(redirecting.fd[1]))
		found |= FEATURE_UNCHARGED;
	close_pair(&redirecting);

	open_pair(&plain, "127.0.0.1", "127.0.0.1", 0);
	insert(sockets, 2, plain.fd[1]);
	n = send_and_count(&plain, 3);
	printf("note FIONREAD finds %d of 3 bytes that came by TCP\n", n);
	if (n != 3)
		found |= FEATURE_INQ_FAULT;
	close_pair(&plain);
	bpf_object__close(probe);
	return found;
}

static const char *const shared[] = { "node_members", "node_control", "node_unsuited", "node_wakes",
	"node_halves", "node_flows", "node_addresses" };

#define SHARED (sizeof(shared) / sizeof(shared[0]))

static struct bpf_object *open_object(void)
{
	struct bpf_object *o = bpf_object__open(object_file);

	for (const struct way *w = ways; o && w < ways + WAYS; w++) {
		for (size_t i = 0; w->programs[i]; i++)
			bpf_program__set_autoload(bpf_object__find_program_by_name(o, w->programs[i]), w == way);
	}
	return o;
}

/* Of a pod that shares flows: the verifier takes that code too, and the kernel the maps of pods. As Sharing and NodePins. */
static bool share(void)
{
	static const char *const of_pods[] = { "members", "control", "unsuited", "wakes" };
	struct bpf_object *node = bpf_object__open(node_file), *pod = open_object();
	struct { __u64 pod, uncharged; } own = { .pod = 1 };
	bool good = true;

	if (!node || !pod || bpf_object__load(node))
		return fail("maps: %s", strerror(errno));
	for (size_t i = 0; i < SHARED; i++)
		bpf_map__reuse_fd(bpf_object__find_map_by_name(pod, shared[i]), bpf_object__find_map_fd_by_name(node, shared[i]));
	if (bpf_map__set_initial_value(bpf_object__find_map_by_name(pod, ".rodata.own"), &own, sizeof(own)) || bpf_object__load(pod))
		good = fail("load: %s", strerror(errno));
	for (size_t i = 0; good && i < sizeof(of_pods) / sizeof(of_pods[0]); i++) {
		int inner = bpf_object__find_map_fd_by_name(pod, of_pods[i]);

		if (bpf_map_update_elem(bpf_object__find_map_fd_by_name(node, shared[i]), &own.pod, &inner, BPF_ANY))
			good = fail("%s: %s", of_pods[i], strerror(errno));
	}
	bpf_object__close(pod);
	bpf_object__close(node);
	return good;
}

static bool load(const char *probe)
{
	struct control settings = { .abi = SOCKWAY_ABI, .max_flows = 1024, .turns = 3,
		.tcp_interval = 30ULL * 1000 * 1000 * 1000 };
	__u32 zero = 0;

	object = open_object();
	for (size_t i = 0; object && i < SHARED; i++)
		bpf_map__set_autocreate(bpf_object__find_map_by_name(object, shared[i]), false);
	if (!object || bpf_object__load(object))
		return fail("%s", strerror(errno));
	iterator = bpf_link__fd(bpf_program__attach_iter(program("sockway_enrol"), NULL));
	flows = map("flows");
	barrier = map("barrier");
	barrier_value = map("barrier_value");
	features = probe_kernel(probe);
	if (by_reads())
		features |= FEATURE_READ_WATCH;
	settings.features = features;
	bpf_map_update_elem(map("control"), &zero, &settings, BPF_ANY);
	control = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, map("control"), 0);
	if (bpf_prog_attach(bpf_program__fd(program("sockway_gate")), map("members"), BPF_SK_MSG_VERDICT, 0))
		return fail("gate: %s", strerror(errno));
	if ((features & FEATURE_INQ_FAULT) &&
	    bpf_prog_attach(bpf_program__fd(program("sockway_queue")), map("members"), BPF_SK_SKB_VERDICT, 0))
		return fail("queue: %s", strerror(errno));
	for (size_t i = 0; way->programs[i]; i++) {
		if (!bpf_program__attach(program(way->programs[i])))
			return fail("%s: %s", way->programs[i], strerror(errno));
	}
	return true;
}

static bool attach(const char *cgroup)
{
	struct attachment a = {};
	char procs[256];
	struct stat s;
	FILE *f;
	int fd;

	mkdir(cgroup, 0755);
	snprintf(procs, sizeof(procs), "%s/cgroup.procs", cgroup);
	f = fopen(procs, "w");
	if (!f || fprintf(f, "0") < 0 || fclose(f) || stat(cgroup, &s))
		return fail("%s: %s", cgroup, strerror(errno));
	cgroup_id = s.st_ino;
	if (bpf_map_update_elem(map("attachments"), &cgroup_id, &a, BPF_ANY))
		return fail("attachments: %s", strerror(errno));
	fd = open(cgroup, O_RDONLY);
	if (!bpf_program__attach_cgroup(program("sockway_pair"), fd))
		return fail("%s: %s", cgroup, strerror(errno));
	return true;
}

/* ns that a system call takes that nobody watches: the least of a few runs. */
static __u64 system_call_ns(void)
{
	const int runs = 10, calls = 20000;
	__u64 least = ~0ULL;

	for (int run = 0; run < runs; run++) {
		struct timespec from, to;
		__u64 took;

		clock_gettime(CLOCK_MONOTONIC, &from);
		for (int i = 0; i < calls; i++)
			syscall(SYS_getppid);
		clock_gettime(CLOCK_MONOTONIC, &to);
		took = ((to.tv_sec - from.tv_sec) * 1000000000LL + to.tv_nsec - from.tv_nsec) / calls;
		least = took < least ? took : least;
	}
	return least;
}

static void note_kernel(void)
{
	struct conn c;

	if (open_active(&c) && send_some(&c, 0, 10000) == 10000)
		printf("note of 10000 redirected unread bytes, %u are charged to the reader\n", receive_memory(c.fd[1]));
	close_pair(&c);
	printf("note the gate reads its peer by %s\n", control->features & FEATURE_DIRECT_READS ? "plain loads" : "probes");
}

static const struct {
	const char *name;
	bool (*run)(void);
} tests[] = {
#define TEST(name) { #name, name }
	TEST(share),
	TEST(pairing),
	TEST(pairing_in_the_middle),
	TEST(enrolment),
	TEST(redirect),
	TEST(v4_mapped),
	TEST(v4_to_v6_socket),
	TEST(ipv6),
	TEST(bytes_before_accept),
	TEST(tcp_then_redirect),
	TEST(fionread_by_tcp),
	TEST(fionread_redirected),
	TEST(stalled_reader),
	TEST(stalled_reader_large),
	TEST(both_stalled),
	TEST(empty_queue_only),
	TEST(leave),
	TEST(disconnect),
	TEST(fionread_leaves),
	TEST(tcp_inq_leaves),
	TEST(switching_under_load),
	TEST(blocking_leaves),
	/* last: from then on this process is known to splice, and none of its sockets is redirected to */
	TEST(splice_leaves),
	TEST(splicer_accepts),
};

#define TESTS (sizeof(tests) / sizeof(tests[0]))

static bool result(const char *name, bool good)
{
	if (good)
		printf("ok %s\n", name);
	else
		printf("not ok %s: %s\n", name, why);
	return good;
}

int main(int argc, char **argv)
{
	__u64 before;
	int failed = 0;

	for (const struct way *w = ways; argc == 6 && w < ways + WAYS; w++)
		way = strcmp(w->name, argv[5]) ? way : w;
	if (!way) {
		fprintf(stderr, "usage: probe OBJECT PROBE-OBJECT NODE-OBJECT CGROUP functions|reads|calls\n");
		return 2;
	}
	/* the guest's last words count */
	setvbuf(stdout, NULL, _IONBF, 0);
	object_file = argv[1];
	node_file = argv[3];
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	printf("plan load attach");
	for (size_t i = 0; i < TESTS; i++)
		printf(" %s", tests[i].name);
	printf("\n");
	before = system_call_ns();
	if (!result("load", load(argv[2])) || !result("attach", attach(argv[4])))
		return 1;
	printf("note getppid takes %llu ns, %llu before the watches\n", system_call_ns(), before);
	note_kernel();
	for (size_t i = 0; i < TESTS; i++)
		failed += !result(tests[i].name, tests[i].run());
	return failed ? 1 : 0;
}
