"""Holds TCP sockets and does with them what a test asks, one command a line on standard input, one answer a line.

Every byte that goes one way over a connection is byte number n of that way's pattern, so a receiver can tell a byte that is lost,
doubled, reordered or another connection's. "error: ..." answers a command that failed.
"""
import collections
import hashlib
import os
import random
import resource
import select
import socket
import struct
import sys
import time

TCP_INFO = 11
BYTES_RECEIVED = 128  # offset of tcpi_bytes_received in struct tcp_info
WAIT = 10.0


def pattern(seed, start, length):
    """Bytes start .. start+length of the endless pattern of a seed; each kilobyte has a prefix of its own."""
    out = bytearray()
    block = start // 1024
    while len(out) < start % 1024 + length:
        out += (hashlib.sha256(f"{seed}/{block}".encode()).digest() * 32)[:1024]
        block += 1
    skip = start % 1024
    return bytes(out[skip:skip + length])


class End:
    """A connected socket with how far it has come in both patterns."""

    def __init__(self, sock, seed_out, seed_in):
        self.sock, self.seed_out, self.seed_in = sock, seed_out, seed_in
        self.sent = self.received = 0

    def wait(self, event):
        p = select.poll()
        p.register(self.sock, event)
        if not p.poll(WAIT * 1000):
            raise TimeoutError(f"not ready within {WAIT} s, sent={self.sent} received={self.received}")

    def send_some(self, length):
        n = self.sock.send(pattern(self.seed_out, self.sent, length))
        self.sent += n
        return n

    def send(self, length):
        while length:
            try:
                length -= self.send_some(length)
            except BlockingIOError:
                self.wait(select.POLLOUT)

    def check(self, data):
        want = pattern(self.seed_in, self.received, len(data))
        if data != want:
            at = next(i for i, (a, b) in enumerate(zip(data, want)) if a != b)
            raise ValueError(f"byte {self.received + at} differs: got {data[at:at + 8].hex()} instead of {want[at:at + 8].hex()}")
        self.received += len(data)

    def recv(self, length):
        while length:
            try:
                data = self.sock.recv(min(length, 1 << 18))
            except BlockingIOError:
                self.wait(select.POLLIN)
                continue
            if not data:
                raise EOFError(f"end of stream after {self.received} bytes")
            self.check(data)
            length -= len(data)

    def bytes_received_by_tcp(self):
        info = self.sock.getsockopt(socket.IPPROTO_TCP, TCP_INFO, 256)
        return struct.unpack_from("=Q", info, BYTES_RECEIVED)[0]


class Actor:
    def __init__(self):
        self.listeners, self.ends, self.seed = {}, {}, 0
        self.crowds, self.copies = {}, []

    def listen(self, name, family, address, port, defer="0"):
        """family: 4, 6, or mapped (an AF_INET6 socket for IPv4)"""
        sock = self.socket(family)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if defer != "0":
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, int(defer))
        sock.bind((self.address(family, address), int(port)))
        sock.listen(512)
        self.listeners[name] = sock

    def connect(self, name, family, address, port, local_port="0"):
        sock = self.socket(family)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if local_port != "0":
            sock.bind((self.address(family, "127.0.0.1" if family != "6" else "::1"), int(local_port)))
        sock.settimeout(WAIT)
        sock.connect((self.address(family, address), int(port)))
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.ends[name] = End(sock, f"{name}>", f"{name}<")

    def accept(self, name, listener, client):
        """name: of the accepted end; client: of the connecting end, whose patterns it takes over, swapped"""
        sock, _ = self.listeners[listener].accept()
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.ends[name] = End(sock, f"{client}<", f"{client}>")

    @staticmethod
    def socket(family):
        return socket.socket(socket.AF_INET if family == "4" else socket.AF_INET6, socket.SOCK_STREAM)

    @staticmethod
    def address(family, address):
        return "::ffff:" + address if family == "mapped" else address

    def blocking(self, name, on):
        self.ends[name].sock.setblocking(on == "1")

    def option(self, name, level, option, value):
        self.ends[name].sock.setsockopt(int(level), int(option), int(value))

    def send(self, name, length):
        self.ends[name].send(int(length))

    def recv(self, name, length):
        self.ends[name].recv(int(length))

    def pingpong(self, a, b, size, turns):
        a, b, size = self.ends[a], self.ends[b], int(size)
        for _ in range(int(turns)):
            a.send(size)
            b.recv(size)
            b.send(size)
            a.recv(size)

    def take_turns(self, name, begins, most, count, seed):
        """Half of a conversation with an actor that is told the same but for who begins: messages of random sizes, each with an answer."""
        end, sizes = self.ends[name], random.Random(int(seed))
        for _ in range(int(count)):
            size = sizes.randrange(1, int(most))
            for step in (end.send, end.recv) if begins == "1" else (end.recv, end.send):
                step(size)

    def stream(self, a, b, size, count):
        """count messages of size bytes from a to b, read as they come"""
        a, b, size = self.ends[a], self.ends[b], int(size)
        for _ in range(int(count)):
            a.send(size)
            b.recv(size)

    def fill(self, name, chunk):
        """Sends until the socket takes no more for 300 ms; answers the bytes."""
        end, before, quiet = self.ends[name], self.ends[name].sent, time.monotonic()
        while time.monotonic() - quiet < 0.3:
            try:
                end.send_some(int(chunk))
                quiet = time.monotonic()
            except BlockingIOError:
                time.sleep(0.01)
        return end.sent - before

    def tcp(self, name):
        """Bytes received by TCP, as TCP_INFO tells."""
        return self.ends[name].bytes_received_by_tcp()

    def rest(self, a, b):
        """Reads at b what a has sent and b not read yet; answers the bytes."""
        missing = self.ends[a].sent - self.ends[b].received
        self.ends[b].recv(missing)
        return missing

    def splice(self, name):
        """Tries to read by splice, which finds nothing."""
        r, w = os.pipe()
        try:
            os.splice(self.ends[name].sock.fileno(), w, 1)
            raise ValueError("there was something to splice")
        except BlockingIOError:
            pass
        finally:
            os.close(r)
            os.close(w)

    def close(self, name):
        end = self.ends.pop(name, None)
        (end.sock if end else self.listeners.pop(name)).close()

    def send_both(self, a, b, size, count):
        """count messages of size bytes from each end in turn, while neither reads"""
        for _ in range(int(count)):
            self.ends[a].send(int(size))
            self.ends[b].send(int(size))

    def reset(self, name):
        """Closes so that the other end is reset."""
        sock = self.ends.pop(name).sock
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()

    def end(self, a, b):
        """a closes, and b sees it."""
        self.part(self.ends.pop(a), self.ends.pop(b))

    def helpers(self, count):
        """Starts that many copies of this actor, each with all the descriptors it may have: all_help commands them."""
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        for _ in range(int(count)):
            (commands, told), (heard, answers) = os.pipe(), os.pipe()
            if not os.fork():
                os.close(told)
                os.close(heard)
                for commanded, _ in self.copies:
                    commanded.close()
                sys.stdin, sys.stdout = os.fdopen(commands), os.fdopen(answers, "w")
                main()
                os._exit(0)
            os.close(commands)
            os.close(answers)
            self.copies.append((os.fdopen(told, "w"), os.fdopen(heard)))
            self.copies[-1][1].readline()

    def all_help(self, *command):
        """The same for all helpers at once, "#" being the number of each; the sum of their answers."""
        for i, (told, _) in enumerate(self.copies):
            print(" ".join(command).replace("#", str(i)), file=told, flush=True)
        answers = [heard.readline().strip() for _, heard in self.copies]
        failures = [a for a in answers if a != "ok" and not a.isdigit()]
        if failures:
            raise ValueError(failures)
        return str(sum(int(a) for a in answers if a.isdigit()))

    def everywhere(self, name, port):
        """A listener at every address of 127.0.0.0/8."""
        self.listen(name, "4", "0.0.0.0", port)

    def both_ends(self, name, listener, port, address):
        """Both ends of a new connection."""
        self.connect(name, "4", address, port)
        self.accept(f"{name}s", listener, name)
        return self.ends.pop(name), self.ends.pop(f"{name}s")

    @staticmethod
    def answer(client, server, size):
        for a, b in ((client, server), (server, client)):
            a.send(size)
            b.recv(size)

    @staticmethod
    def part(client, server):
        """The client closes, and the server sees it."""
        client.sock.close()
        server.wait(select.POLLIN)
        if server.sock.recv(1) != b"":
            raise ValueError("bytes after the end")
        server.sock.close()

    def crowd(self, name, listener, port, count, addresses):
        """That many connections more in a crowd, spread over addresses so that each has ports enough."""
        pairs = self.crowds.setdefault(name, [])
        for i in range(len(pairs), len(pairs) + int(count)):
            pairs.append(self.both_ends(f"{name}{i}", listener, port, f"127.0.1.{1 + i % int(addresses)}"))

    def crowd_talks(self, name, size, turns):
        """A request on every connection of a crowd before the first answer on any; the number of those on which TCP carried bytes."""
        pairs, size = self.crowds[name], int(size)
        before = [a.bytes_received_by_tcp() + b.bytes_received_by_tcp() for a, b in pairs]
        for _ in range(int(turns)):
            for there in (True, False):
                for a, b in pairs:
                    (a if there else b).send(size)
                for a, b in pairs:
                    (b if there else a).recv(size)
        return str(sum(a.bytes_received_by_tcp() + b.bytes_received_by_tcp() != n for (a, b), n in zip(pairs, before)))

    def crowd_parts(self, name, count):
        """The first of a crowd end."""
        for pair in self.crowds[name][:int(count)]:
            self.part(*pair)
        del self.crowds[name][:int(count)]

    def in_a_row(self, listener, port, count, addresses, size):
        """Connections that carry one request, one after the other. Every 16th lives on for a while, and is used meanwhile."""
        kept, size = collections.deque(), int(size)
        for i in range(int(count)):
            pair = self.both_ends("row", listener, port, f"127.0.1.{1 + i % int(addresses)}")
            self.answer(*pair, size)
            if i % 16 == 0:
                kept.append(pair)
                if len(kept) > 8:
                    self.part(*kept.popleft())
            else:
                self.part(*pair)
            self.answer(*kept[i % len(kept)], size)
        for pair in kept:
            self.part(*pair)

    def storm(self, listener, family, address, port, connections, seconds, seed):
        """Random sizes and pauses, requests and answers, on many connections at once; answers bytes and messages."""
        rng, pairs = random.Random(int(seed)), []
        for i in range(int(connections)):
            self.connect(f"storm{i}", family, address, port)
            self.accept(f"storm{i}s", listener, f"storm{i}")
            pairs.append([self.ends[f"storm{i}"], self.ends[f"storm{i}s"]])
        total = messages = 0
        until = time.monotonic() + float(seconds)
        while time.monotonic() < until:
            client, server = rng.choice(pairs)
            for a, b in ((client, server), (server, client)):
                for _ in range(rng.choice((1, 1, 1, 2, 5))):
                    length = int(2 ** rng.uniform(0, 17))
                    while length:
                        try:
                            length -= a.send_some(min(length, 1 << 16))
                        except BlockingIOError:
                            pass
                        if rng.random() < 0.5 and a.sent > b.received:
                            b.recv(rng.randint(1, a.sent - b.received) if length else a.sent - b.received)
                    messages += 1
                if rng.random() < 0.9:
                    b.recv(a.sent - b.received)
            if rng.random() < 0.05:
                time.sleep(rng.uniform(0, 0.004))
        for client, server in pairs:
            for a, b in ((client, server), (server, client)):
                b.recv(a.sent - b.received)
                total += a.sent
            client.sock.close()
            if server.sock.recv(1) != b"":
                raise ValueError("bytes after the end")
            server.sock.close()
        return f"{total} {messages}"


def main():
    actor = Actor()
    print("ready", flush=True)
    for line in sys.stdin:
        command, *arguments = line.split()
        try:
            print(getattr(actor, command)(*arguments) or "ok", flush=True)
        except Exception as e:  # the test wants every failure as an answer
            print(f"error: {type(e).__name__}: {e}", flush=True)


main()
