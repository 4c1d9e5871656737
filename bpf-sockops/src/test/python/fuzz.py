"""Executes lists of socket operations, one list a line on standard input, and answers what each operation showed, one line a list.

A line is "warm CONNECTIONS" or "plain CONNECTIONS" and then the operations, all parted by blanks. Both lists on different kernels, with
or without an accelerator, must show the same: whatever TCP leaves open (how many bytes a call takes, when they arrive) is waited
for or left out of the answer. Every byte is compared with its connection's pattern, so "data" in an answer means the right bytes.

Operations are NAME:CONNECTION:END or NAME:CONNECTION:END:COUNT; the ends are 0 (connected) and 1 (accepted):
open   makes the connection anew (both ends) and, after "warm", exchanges messages until TCP's own counters stand still
send   sends so many bytes
recv   receives so many, or what there is
peek   looks at so many, or what there is
poll   asks which events are ready
queue  asks how many bytes are unread (FIONREAD)
shut   closes the writing half
close  closes
reset  closes with SO_LINGER 0
"""
import array
import errno
import fcntl
import os
import select
import socket
import struct
import sys
import termios
import time

TCP_INFO = 11
BYTES_RECEIVED = 128
ESTABLISHED, CLOSED, CLOSE_WAIT = 1, 7, 8
WAIT = 5.0
WARM_TRIES = 2000
WARM_SIZE = 64
BLOCK = os.urandom(1 << 16) * 2


def pattern(seed, start, length):
    """Bytes start .. start+length of a stream: two that are shifted against each other differ soon."""
    start = (start + seed * 7919) % (1 << 16)
    return BLOCK[start:start + length]


class End:
    def __init__(self, sock, seed):
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock, self.seed = sock, seed
        self.sent = self.received = 0
        self.open, self.shut = True, False
        self.peer = None

    def info(self, offset, form):
        return struct.unpack_from(form, self.sock.getsockopt(socket.IPPROTO_TCP, TCP_INFO, 256), offset)[0]

    def state(self):
        return self.info(0, "=B")

    def unread(self):
        """Bytes that the other end sent and this one has not received."""
        return self.peer.sent - self.received

    def wait(self, events):
        p = select.poll()
        p.register(self.sock, events)
        return p.poll(WAIT * 1000)

    def settle(self, states):
        """Waits until what the other end did has arrived."""
        end = time.monotonic() + WAIT
        while self.open and self.state() not in states:
            if time.monotonic() > end:
                return f"still-in-state-{self.state()}"
        return ""

    def send(self, count):
        left = count
        while left:
            try:
                n = self.sock.send(pattern(self.seed, self.sent, left))
            except BlockingIOError:
                if not self.wait(select.POLLOUT):
                    return f"stuck-after-{count - left}"
                continue
            self.sent += n
            left -= n
        # A closed end answers bytes with a reset.
        return "sent" + ("" if self.peer.open else self.settle((CLOSED,)))

    def compare(self, data):
        if data != pattern(self.peer.seed, self.received, len(data)):
            return f"wrong-bytes-at-{self.received}"
        return ""

    def recv(self, count):
        want = min(count, self.unread())
        got = 0
        while True:
            try:
                data = self.sock.recv(count - got if want else count)
            except BlockingIOError:
                if got >= want and not self.ended():
                    return f"data-{got}" if got else "nothing"
                if not self.wait(select.POLLIN):
                    return f"missing-{want - got}" if got < want else "no-end"
                continue
            if not data:
                return "end" if not got else f"end-after-{got}"
            wrong = self.compare(data)
            if wrong:
                return wrong
            self.received += len(data)
            got += len(data)
            if got >= want > 0:
                return f"data-{got}"

    def ended(self):
        """True when an end or an error must show once all bytes are read."""
        return self.peer.shut or not self.peer.open

    def peek(self, count):
        if not self.unread():
            if not self.ended():
                try:
                    return f"unexpected-{len(self.sock.recv(count, socket.MSG_PEEK))}"
                except BlockingIOError:
                    return "nothing"
        if not self.wait(select.POLLIN):
            return "missing"
        data = self.sock.recv(count, socket.MSG_PEEK)
        if not data:
            return "end"
        return self.compare(data) or "data"

    def poll(self):
        if self.unread() or self.ended():
            self.wait(select.POLLIN)
        p = select.poll()
        p.register(self.sock, select.POLLIN | select.POLLOUT | select.POLLRDHUP)
        return "events-%x" % sum(event for _, event in p.poll(0))

    def queue(self):
        size = array.array("i", [0])
        end = time.monotonic() + WAIT
        while True:
            fcntl.ioctl(self.sock, termios.FIONREAD, size)
            if size[0] == self.unread() or time.monotonic() > end:
                return f"queued-{size[0]}"


class Fuzz:
    def __init__(self, warm, count):
        self.warm = warm
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(512)
        self.seeds = 0
        self.connections = [None] * count
        for c in range(count):
            self.connect(c)
        self.warm_up(self.connections)

    def connect(self, c):
        client = socket.create_connection(self.listener.getsockname())
        server, _ = self.listener.accept()
        self.seeds += 2
        a, b = End(client, self.seeds), End(server, self.seeds + 1)
        a.peer, b.peer = b, a
        self.connections[c] = a, b

    def warm_up(self, connections):
        """Exchanges messages on all until all are redirected; a fixed number of them on plain TCP."""
        cold = list(connections)
        for _ in range(WARM_TRIES if self.warm else 5):
            before = [b.info(BYTES_RECEIVED, "=Q") + a.info(BYTES_RECEIVED, "=Q") for a, b in cold]
            for a, b in cold:
                for sender, receiver in ((a, b), (b, a)):
                    sender.send(WARM_SIZE)
                    result = receiver.recv(WARM_SIZE)
                    if result != f"data-{WARM_SIZE}":
                        raise ValueError(f"warm-up: {result}")
            if self.warm:
                cold = [(a, b) for (a, b), n in zip(cold, before) if b.info(BYTES_RECEIVED, "=Q") + a.info(BYTES_RECEIVED, "=Q") != n]
                if not cold:
                    return
                time.sleep(0.001)
        if self.warm:
            raise ValueError(f"{len(cold)} of {len(connections)} connections were never redirected")

    def do(self, operation):
        name, c, e, *count = operation.split(":")
        c = int(c)
        end = self.connections[c][int(e)]
        if name == "open":
            for each in self.connections[c]:
                each.sock.close()
            self.connect(c)
            self.warm_up([self.connections[c]])
            return "open"
        if not end.open:
            return "closed"
        try:
            return getattr(end, name)(*map(int, count)) if name in ("send", "recv", "peek", "poll", "queue") else self.finish(name, end)
        except OSError as failure:
            return errno.errorcode[failure.errno]

    @staticmethod
    def finish(name, end):
        if name == "shut":
            end.sock.shutdown(socket.SHUT_WR)
            end.shut = True
        else:
            if name == "reset":
                end.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.sock.close()
            end.open = False
        return name + end.peer.settle((CLOSED,) if name == "reset" else range(2, 12))

    def close(self):
        for a, b in self.connections:
            a.sock.close()
            b.sock.close()
        self.listener.close()


def main():
    print("ready", flush=True)
    for line in sys.stdin:
        mode, count, *operations = line.split()
        fuzz = None
        try:
            fuzz = Fuzz(mode == "warm", int(count))
            print(" ".join([fuzz.do(operation) for operation in operations]), flush=True)
        except Exception as e:  # the test wants every failure as an answer
            print(f"error: {type(e).__name__}: {e}", flush=True)
        finally:
            if fuzz:
                fuzz.close()


main()
