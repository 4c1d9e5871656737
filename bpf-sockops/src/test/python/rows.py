"""Socket scenarios that must look the same to an application with and without Sockway.

Each line of standard input, "ROW PATIENCE", runs one in a process of its own. Its flows first exchange messages until they are
redirected, for PATIENCE seconds at most; 0 stands for a run without Sockway. The first line of output tells the path: "redirected" when
messages went past TCP afterwards, "left" when the flow was redirected and then went back to TCP, "tcp" when it stayed there. Then comes
the transcript, what the application saw, and an empty line. What TCP itself leaves open, as the borders of segments and how much fits
into buffers, is not part of it.
"""
import array
import base64
import collections
import ctypes
import errno
import fcntl
import hashlib
import mmap
import os
import re
import select
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time

TCP_INFO_BYTES_RECEIVED = 128  # offset in struct tcp_info
TCP_INQ, TCP_CM_INQ, MSG_ZEROCOPY, SO_ZEROCOPY = 36, 36, 0x4000000, 60
TCP_NOTSENT_LOWAT = 25
SO_ORIGINAL_DST, SO_PEEK_OFF, SO_TIMESTAMPNS = 80, 42, 35
FIONREAD, SIOCOUTQ, SIOCATMARK = 0x541B, 0x5411, 0x8905
TCP_REPAIR, TCP_REPAIR_QUEUE, TCP_QUEUE_SEQ, TCP_SEND_QUEUE, TCP_REPAIR_OFF_WITHOUT_PROBE = 19, 20, 21, 2, -1
POD = "10.0.0.5"
WAIT = 3.0
STUCK = 6.0
REDIRECTED_PORT, PROXY_PORT = 80, 15001

libc = ctypes.CDLL(None, use_errno=True)
rows = {}


def row(function):
    rows[function.__name__] = function
    return function


def text(value):
    if isinstance(value, (bytes, bytearray)):
        return repr(bytes(value)) if len(value) <= 40 else f"{len(value)} bytes {hashlib.sha256(value).hexdigest()[:12]}"
    return str(value)


def outcome(function, *arguments):
    try:
        return text(function(*arguments))
    except TimeoutError as e:
        return errno.errorcode[e.errno] if e.errno else "nothing happens"
    except OSError as e:
        return errno.errorcode.get(e.errno, type(e).__name__)


def pattern(length, seed=0):
    block = b"".join(hashlib.sha256(f"{seed}/{i}".encode()).digest() for i in range(-(-min(length, 1 << 16) // 32)))
    return (block * (length // max(len(block), 1) + 1))[:length]


def tcp_received(sock):
    return struct.unpack_from("=Q", sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256), TCP_INFO_BYTES_RECEIVED)[0]


def number(sock, request):
    buffer = array.array("i", [0])
    fcntl.ioctl(sock, request, buffer)
    return buffer[0]


def events(sock, mask=select.POLLIN | select.POLLOUT | select.POLLRDHUP | select.POLLPRI, wait=0.0):
    poll = select.poll()
    poll.register(sock, mask)
    found = poll.poll(wait * 1000)
    names = ("POLLIN", "POLLPRI", "POLLOUT", "POLLERR", "POLLHUP", "POLLRDHUP")
    return "|".join(n for n in names if found and found[0][1] & getattr(select, n)) or "none"


def wait_for(sock, mask):
    if events(sock, mask, WAIT) == "none":
        raise TimeoutError


def recv(sock, length, flags=0):
    """What arrives until there are length bytes or the stream ends; an error after some bytes ends it too and is left to the next call."""
    data = b""
    while len(data) < length:
        try:
            some = sock.recv(length - len(data), flags)
        except BlockingIOError:
            wait_for(sock, select.POLLIN)
            continue
        except OSError:
            if data:
                break
            raise
        if not some:
            break
        data += some
    return data


def send_all(sock, data):
    view = memoryview(data)
    while view:
        try:
            view = view[sock.send(view):]
        except BlockingIOError:
            wait_for(sock, select.POLLOUT)
    return len(data)


def eventually(function, wanted, within=1.0):
    """The value of function once it is the wanted one, or what it is after a while."""
    until = time.monotonic() + within
    while (value := function()) != wanted and time.monotonic() < until:
        time.sleep(0.005)
    return value


def raw_recv(sock, length, flags=0):
    """recv without the retries and checks that Python adds; raises with the errno of the one system call."""
    buffer = ctypes.create_string_buffer(length)
    n = libc.recv(sock.fileno(), buffer, length, flags)
    if n < 0:
        raise OSError(ctypes.get_errno(), "recv")
    return buffer.raw[:n]


def later(seconds, function, *arguments):
    thread = threading.Timer(seconds, function, arguments)
    thread.daemon = True
    thread.start()
    return thread


def in_thread(function, *arguments):
    """Starts function; the returned function waits for its outcome."""
    result = []
    thread = threading.Thread(target=lambda: result.append(outcome(function, *arguments)), daemon=True)
    thread.start()

    def join():
        thread.join(WAIT)
        return result[0] if result else "nothing happens"
    return join


class Run:
    def __init__(self, patience):
        self.patience = patience
        self.transcript, self.listeners = [], []
        self.warm_up_redirected, self.redirected, self.tcp = False, 0, 0

    def path(self):
        if not self.warm_up_redirected:
            return "tcp"
        return "redirected" if self.redirected or not self.tcp else "left"

    def say(self, label, function, *arguments):
        self.transcript.append(f"{label}: {outcome(function, *arguments)}")

    def note(self, label, value):
        self.transcript.append(f"{label}: {text(value)}")

    def listen(self, address="127.0.0.1", port=0, family=socket.AF_INET, prepare=None):
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if prepare:
            prepare(sock)
        sock.bind((address, port))
        sock.listen(64)
        self.listeners.append(sock)
        return sock

    def dial(self, address, local=None, family=socket.AF_INET):
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if local:
            sock.bind(local)
        sock.settimeout(WAIT)
        sock.connect(address)
        return self.ready(sock)

    def accept(self, listener):
        listener.settimeout(WAIT)
        return self.ready(listener.accept()[0])

    @staticmethod
    def ready(sock):
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def connect(self, prepare=None):
        listener = self.listen(prepare=prepare)
        a = self.dial(listener.getsockname())
        return a, self.accept(listener)

    def pair(self, prepare=None):
        a, b = self.connect(prepare)
        self.warm(a, b)
        return a, b

    def warm(self, a, b):
        """Exchanges messages until the flow is redirected or, where it rightly stays on TCP, for a while."""
        until = time.monotonic() + self.patience
        turns = 0
        while turns < 30 if not self.patience else time.monotonic() < until:
            before = tcp_received(a), tcp_received(b)
            for frm, to in ((a, b), (b, a)):
                send_all(frm, b"w" * 100)
                recv(to, 100)
            if (tcp_received(a), tcp_received(b)) == before:
                self.warm_up_redirected = True
                return
            turns += 1
            if turns > 5:
                time.sleep(0.002)

    def send(self, frm, to, data, flags=0):
        """Sends once, and counts by which way the message went."""
        return self.counted(to, lambda: frm.send(data, flags))

    def counted(self, to, send):
        before = tcp_received(to)
        n = send()
        if tcp_received(to) == before:
            self.redirected += 1
        else:
            self.tcp += 1
        return n

    def exchange(self, label, a, b):
        """Shows that the connection still works both ways."""
        for frm, to, data in ((a, b, b"there"), (b, a, b"and back")):
            self.say(f"{label} sends", self.send, frm, to, data)
            self.say(f"{label} receives", recv, to, len(data))


# ---- order

@row
def defer_accept(run):
    """Bytes that wait for a listener with TCP_DEFER_ACCEPT come before later ones."""
    listener = run.listen(prepare=lambda s: s.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 1))
    a = run.dial(listener.getsockname())
    send_all(a, b"AAAA")
    send_all(a, b"BBBB")
    b = run.accept(listener)
    send_all(a, b"CCCC")
    run.say("read", recv, b, 12)
    run.warm(a, b)
    run.exchange("later", a, b)


@row
def early_senders(run):
    """Both ends send before the other one has been accepted or reads."""
    listener = run.listen()
    a = run.dial(listener.getsockname())
    send_all(a, b"early")
    b = run.accept(listener)
    send_all(b, b"greeting")
    time.sleep(0.05)
    send_all(a, b" and late")
    run.say("server reads", recv, b, 14)
    run.say("client reads", recv, a, 8)
    run.warm(a, b)
    run.exchange("later", a, b)


@row
def unread_greeting(run):
    """A greeting stays unread while the other way is busy, and comes first when it is read."""
    a, b = run.connect()
    send_all(b, b"greeting ")
    for i in range(60):
        send_all(a, b"x" * 100)
        recv(b, 100)
        time.sleep(0.002)
    run.send(b, a, b"answer")
    run.say("client reads", recv, a, 15)
    run.warm(a, b)
    run.exchange("later", a, b)


@row
def fast_open(run):
    """Data in the SYN comes first."""
    with open("/proc/sys/net/ipv4/tcp_fastopen", "w", encoding="ascii") as f:
        f.write("519")
    listener = run.listen(prepare=lambda s: s.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 16))
    a = socket.socket()
    run.say("send", a.sendto, b"in the SYN ", socket.MSG_FASTOPEN, listener.getsockname())
    b = run.accept(listener)
    run.ready(a)
    send_all(a, b"and after")
    run.say("read", recv, b, 20)
    run.warm(a, b)
    run.exchange("later", a, b)


@row
def switch_under_load(run):
    """Pauses, bursts and turns by which the flow goes from TCP to the redirect and back: every byte arrives in order."""
    a, b = run.pair()
    sent, got = hashlib.sha256(), hashlib.sha256()
    until = time.monotonic() + 2.5
    i = missing = 0
    while i < 3000 and time.monotonic() < until:
        data = pattern(1 + i * 37 % 3000, i)
        run.send(a, b, data)
        sent.update(data)
        missing += len(data)
        stream = i // 300 % 2
        if not stream or missing > 20000:
            got.update(recv(b, missing))
            missing = 0
        if not stream:
            send_all(b, b"answer")
            recv(a, 6)
        i += 1
    got.update(recv(b, missing))
    run.note("same bytes", sent.digest() == got.digest())
    run.exchange("later", a, b)


@row
def both_directions_at_once(run):
    """Both ends send before either reads."""
    a, b = run.pair()
    for i in range(60):
        size = 1 + i * 331 % 9000
        run.send(a, b, pattern(size, i))
        run.send(b, a, pattern(size, -i))
        if recv(b, size) != pattern(size, i) or recv(a, size) != pattern(size, -i):
            run.note("differs in round", i)
    run.exchange("later", a, b)


def next_sequence_number(sock):
    """Of the next byte that this socket sends."""
    sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR_QUEUE, TCP_SEND_QUEUE)
    number = sock.getsockopt(socket.IPPROTO_TCP, TCP_QUEUE_SEQ)
    sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, TCP_REPAIR_OFF_WITHOUT_PROBE)
    return number & 0xFFFFFFFF


def inject_segment(a, b, sequence, data):
    """Sends bytes in the name of a, at a place of its stream."""
    (from_host, from_port), (to_host, to_port) = a.getsockname(), b.getsockname()
    acknowledged = next_sequence_number(b)

    def segment(checksum):
        return struct.pack("!HHIIBBHHH", from_port, to_port, sequence, acknowledged, 5 << 4, 0x18, 512, checksum, 0) + data

    addresses = socket.inet_aton(from_host) + socket.inet_aton(to_host)
    plain = addresses + struct.pack("!HH", socket.IPPROTO_TCP, len(segment(0))) + segment(0) + b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(plain) // 2}H", plain))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP) as raw:
        raw.sendto(segment(~total & 0xFFFF), (to_host, 0))


@row
def segment_sent_again_with_more(run):
    """A segment that begins with bytes that have come already, as retransmissions do: they are read once."""
    a, b = run.pair()
    data = pattern(10000, 3)
    for i in range(40):
        send_all(a, data[i * 100:i * 100 + 100])
    eventually(lambda: number(b, FIONREAD), 4000)
    inject_segment(a, b, (next_sequence_number(a) - 500) & 0xFFFFFFFF, data[3500:9000])
    run.note("all bytes so far can be read", eventually(lambda: number(b, FIONREAD), 9000))
    send_all(a, data[4000:])
    run.note("all bytes can be read", eventually(lambda: number(b, FIONREAD), 10000))
    run.note("they are those sent", recv(b, 10000) == data)
    run.note("nothing more", number(b, FIONREAD))
    send_all(b, b"answer")
    run.say("answer", recv, a, 6)


@row
def vectored(run):
    """sendmsg and recvmsg over several buffers."""
    a, b = run.pair()
    run.say("sendmsg", lambda: run.counted(b, lambda: a.sendmsg([b"one", b"", b"two", b"three" * 500])))
    one, two = bytearray(4), bytearray(2502)
    run.say("recvmsg", lambda: b.recvmsg_into([one, two])[0])
    run.note("first buffer", one)
    run.note("second buffer", two)


class Iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_char_p), ("length", ctypes.c_size_t)]


class Msghdr(ctypes.Structure):
    _fields_ = [("name", ctypes.c_void_p), ("name_length", ctypes.c_uint32), ("iov", ctypes.POINTER(Iovec)), ("iov_length", ctypes.c_size_t),
                ("control", ctypes.c_void_p), ("control_length", ctypes.c_size_t), ("flags", ctypes.c_int)]


class Mmsghdr(ctypes.Structure):
    _fields_ = [("message", Msghdr), ("sent", ctypes.c_uint)]


def sendmmsg(sock, *messages):
    """How much of each message was sent; those that were not begun are left out."""
    headers = (Mmsghdr * len(messages))()
    vectors = (Iovec * len(messages))(*((message, len(message)) for message in messages))
    for header, vector in zip(headers, vectors):
        header.message.iov, header.message.iov_length = ctypes.pointer(vector), 1
    n = libc.sendmmsg(sock.fileno(), headers, len(messages), 0)
    if n < 0:
        raise OSError(ctypes.get_errno(), "sendmmsg")
    return [header.sent for header in headers[:n]]


@row
def several_messages_in_one_call(run):
    """sendmmsg while there is room: all messages go, in order."""
    a, b = run.pair()
    run.say("sent", lambda: run.counted(b, lambda: sendmmsg(a, b"one", b"two", b"three" * 100)))
    run.say("read", recv, b, 506)


@row
def several_messages_without_room(run):
    """sendmmsg begins no message after one that it could not send as a whole: TCP_NOTSENT_LOWAT cuts the first one short."""
    a, b = run.pair()
    send_without_room(run, a, b)


@row
def several_messages_without_room_later(run):
    """As before, some time after a first sendmmsg."""
    a, b = run.pair()
    run.say("sent", lambda: run.counted(b, lambda: sendmmsg(a, b"one", b"two")))
    run.say("read", recv, b, 6)
    for _ in range(10):
        run.send(a, b, b"turn")
        recv(b, 4)
        run.send(b, a, b"back")
        recv(a, 4)
        time.sleep(0.02)
    send_without_room(run, a, b)


def send_without_room(run, a, b):
    a.setsockopt(socket.IPPROTO_TCP, TCP_NOTSENT_LOWAT, 1)
    for _ in range(6):
        send_all(a, b"small")
    sent = sendmmsg(a, b"A" * 200_000, b"B" * 100_000)
    run.note("of the first one all", sent[0] == 200_000)
    run.note("begun", len(sent))
    run.say("what was sent arrives", lambda: recv(b, 30 + sum(sent)) == b"small" * 6 + b"A" * sent[0] + b"B" * sum(sent[1:]))


# ---- bounds

def fill(run, sock, to, chunk):
    """Sends until the socket takes no more for 300 ms."""
    taken, quiet = run.send(sock, to, chunk), time.monotonic()
    while time.monotonic() - quiet < 0.3:
        try:
            taken += sock.send(memoryview(chunk)[taken % len(chunk):])
            quiet = time.monotonic()
        except BlockingIOError:
            time.sleep(0.01)
    return taken


def fill_and_drain(run, a, b, chunk):
    taken = fill(run, a, b, chunk)
    run.note("the writer is stopped within 16 MiB", 0 < taken < 16 << 20)
    run.say("one more", a.send, chunk)
    run.note("events", events(a))
    data = recv(b, taken)
    run.note("all is read", len(data) == taken)
    run.note("in order", data == (chunk * (taken // len(chunk) + 1))[:taken])
    run.note("events after", eventually(lambda: events(a), "POLLOUT"))
    run.say("rest", b.recv, 1)
    run.exchange("later", a, b)


@row
def stalled_reader(run):
    """A writer of large messages to a reader that does not read sees EAGAIN and no POLLOUT."""
    a, b = run.pair()
    fill_and_drain(run, a, b, pattern(65536))


@row
def stalled_reader_of_small_messages(run):
    a, b = run.pair()
    fill_and_drain(run, a, b, pattern(128))


@row
def small_receive_buffer(run):
    """64 KiB of receive buffer."""
    a, b = run.pair(prepare=lambda s: s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536))
    fill_and_drain(run, a, b, pattern(8192))


@row
def slow_reader(run):
    """The reader takes small pieces of large messages."""
    a, b = run.pair()
    data = pattern(2 << 20, 7)
    writer = in_thread(send_all, a, data)
    got = b""
    while len(got) < len(data):
        some = recv(b, min(1 << 15, len(data) - len(got)))
        if not some:
            break
        got += some
        if len(got) % (1 << 18) == 0:
            time.sleep(0.005)
    run.note("writer", writer())
    run.note("same bytes", got == data)
    run.exchange("later", a, b)


@row
def one_byte_writes(run):
    a, b = run.pair()
    data = pattern(2000, 8)
    got = b""
    for i in range(len(data)):
        run.send(a, b, data[i:i + 1])
        if i % 7 == 6:
            got += recv(b, i + 1 - len(got))
    got += recv(b, len(data) - len(got))
    run.note("same bytes", got == data)
    run.say("rest", b.recv, 1)


@row
def nothing_to_read(run):
    """An empty socket answers EAGAIN and is writable, not readable."""
    a, b = run.pair()
    run.say("recv", b.recv, 10)
    run.say("peek", b.recv, 10, socket.MSG_PEEK)
    run.note("events", events(b))
    run.exchange("later", a, b)
    run.say("recv of 0 bytes", b.recv, 0)
    run.say("send of 0 bytes", a.send, b"")


@row
def blocked_writer(run):
    """A blocking send of more than fits goes on when the reader reads, and SO_SNDTIMEO ends it."""
    a, b = run.pair()
    a.setblocking(True)
    a.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 0, 200_000))
    run.send(a, b, pattern(1 << 15))
    while (n := outcome(a.send, pattern(1 << 20))).isdigit():
        pass
    run.note("a writer that waits too long", n)
    a.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 5, 0))
    writer = in_thread(a.send, b"the end")
    data = b""
    while not data.endswith(b"the end"):
        wait_for(b, select.POLLIN)
        data = data[-10:] + b.recv(1 << 20)
    run.note("a writer that waits", writer())


# ---- readiness

@row
def fionread(run):
    """FIONREAD tells the bytes that can be read, over several messages and partial reads; asked for from the first read on."""
    a, b = run.connect()
    run.note("nothing sent", number(b, FIONREAD))
    run.warm(a, b)
    ask_for_unread(run, a, b)


@row
def fionread_after_enrolment(run):
    """As before, but asked for the first time when the flow is redirected already."""
    ask_for_unread(run, *run.pair())


def ask_for_unread(run, a, b):
    for size in (1, 100, 5000):
        run.send(a, b, b"x" * size)
        run.note(f"{size} sent", eventually(lambda: number(b, FIONREAD), size))
        recv(b, size // 2)
        run.note("half read", number(b, FIONREAD))
        recv(b, size - size // 2)
        run.note("all read", number(b, FIONREAD))
    for i in range(8):
        run.send(a, b, b"abcde")
    run.note("eight messages", eventually(lambda: number(b, FIONREAD), 40))
    recv(b, 7)
    run.note("7 bytes read", number(b, FIONREAD))
    recv(b, 33)
    run.note("all read", number(b, FIONREAD))
    a.close()
    run.note("after the end", eventually(lambda: events(b, select.POLLIN), "POLLIN"))
    run.note("end of stream", number(b, FIONREAD))


@row
def siocoutq(run):
    """SIOCOUTQ is 0 once the other end has everything."""
    a, b = run.pair()
    for size in (1, 5000):
        run.send(a, b, b"x" * size)
        recv(b, size)
        run.note(f"after {size}", eventually(lambda: number(a, SIOCOUTQ), 0))


@row
def siocoutq_with_unread_data(run):
    """SIOCOUTQ counts what has not reached the other end, read or not: nothing while it has room, something once it is full."""
    a, b = run.pair()
    for size in (100, 3000):
        run.send(a, b, b"x" * size)
        run.note(f"{size} unread", eventually(lambda: number(a, SIOCOUTQ), 0))
    recv(b, 3100)
    taken = fill(run, a, b, pattern(65536))
    run.note("the reader is full", number(a, SIOCOUTQ) > 0)
    run.note("more than is unread on the way", number(a, SIOCOUTQ) <= taken)
    recv(b, taken)
    run.note("all is read", eventually(lambda: number(a, SIOCOUTQ), 0))


@row
def epoll_level(run):
    a, b = run.pair()
    with select.epoll() as ep:
        ep.register(b, select.EPOLLIN | select.EPOLLRDHUP)
        run.note("idle", [e for _, e in ep.poll(0)])
        run.send(a, b, b"hello")
        run.note("data", [e for _, e in ep.poll(WAIT)])
        run.note("still", [e for _, e in ep.poll(0)])
        b.recv(2)
        run.note("half read", [e for _, e in ep.poll(0)])
        b.recv(3)
        run.note("all read", [e for _, e in ep.poll(0)])
        a.shutdown(socket.SHUT_WR)
        run.note("end", [e for _, e in ep.poll(WAIT)])


@row
def epoll_edge(run):
    a, b = run.pair()
    with select.epoll() as ep:
        ep.register(b, select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLET)
        run.note("idle", [e for _, e in ep.poll(0)])
        run.send(a, b, b"hello")
        run.note("data", [e for _, e in ep.poll(WAIT)])
        run.note("no second edge", [e for _, e in ep.poll(0)])
        run.send(a, b, b"again")
        run.note("more data", [e for _, e in ep.poll(WAIT)])
        run.say("read", recv, b, 10)
        run.say("drained", b.recv, 1)
        run.send(a, b, b"last")
        run.note("new data", [e for _, e in ep.poll(WAIT)])
        a.close()
        run.note("end", [e for _, e in ep.poll(WAIT)])
        run.say("read", recv, b, 5)


@row
def epoll_oneshot(run):
    a, b = run.pair()
    with select.epoll() as ep:
        ep.register(b, select.EPOLLIN | select.EPOLLONESHOT)
        run.send(a, b, b"one")
        run.note("first", [e for _, e in ep.poll(WAIT)])
        run.send(a, b, b"two")
        run.note("disarmed", [e for _, e in ep.poll(0.05)])
        ep.modify(b, select.EPOLLIN | select.EPOLLONESHOT)
        run.note("armed", [e for _, e in ep.poll(WAIT)])
        run.say("read", recv, b, 6)


@row
def epoll_writable_edge(run):
    """An edge for EPOLLOUT comes when a stalled reader has read."""
    a, b = run.pair()
    with select.epoll() as ep:
        ep.register(a, select.EPOLLOUT | select.EPOLLET)
        ep.poll(0)
        taken = fill(run, a, b, b"z" * 32768)
        ep.poll(0)
        run.note("full", [e for _, e in ep.poll(0.05)])
        recv(b, taken)
        run.note("drained", [e for _, e in ep.poll(WAIT)])


@row
def poll_and_select(run):
    a, b = run.pair()
    run.note("poll idle", events(b))
    run.note("select idle", [len(s) for s in select.select([b], [b], [b], 0)])
    waiting = in_thread(lambda: events(b, select.POLLIN, WAIT))
    time.sleep(0.05)
    run.send(a, b, b"hello")
    run.note("poll that waits", waiting())
    run.note("poll", events(b))
    run.note("select", [len(s) for s in select.select([b], [b], [b], 0)])
    run.say("read", recv, b, 5)
    a.shutdown(socket.SHUT_WR)
    wait_for(b, select.POLLIN)
    run.note("poll half-closed", events(b))
    b.shutdown(socket.SHUT_WR)
    run.note("poll closed", eventually(lambda: events(b), "POLLIN|POLLOUT|POLLHUP|POLLRDHUP"))


@row
def receive_low_water_mark(run):
    """SO_RCVLOWAT set before the connection is used."""
    a, b = run.connect()
    b.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 50)
    for _ in range(40):
        send_all(a, b"x" * 100)
        recv(b, 100)
        send_all(b, b"x")
        recv(a, 1)
        time.sleep(0.002)
    low_water_mark(run, a, b)


@row
def receive_low_water_mark_after_enrolment(run):
    a, b = run.pair()
    b.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 50)
    low_water_mark(run, a, b)


def low_water_mark(run, a, b):
    run.send(a, b, b"x" * 10)
    run.note("below", events(b, select.POLLIN, 0.1))
    run.send(a, b, b"y" * 60)
    run.note("above", events(b, select.POLLIN, WAIT))
    run.say("read", recv, b, 70)


@row
def peek(run):
    """MSG_PEEK shows without taking, also over several messages."""
    a, b = run.pair()
    run.send(a, b, b"hello")
    run.say("peek 3", b.recv, 3, socket.MSG_PEEK)
    run.say("peek 10", b.recv, 10, socket.MSG_PEEK)
    run.send(a, b, b" world")
    run.say("peek both", lambda: eventually(lambda: b.recv(20, socket.MSG_PEEK), b"hello world"))
    run.say("read 7", b.recv, 7)
    run.say("peek rest", b.recv, 20, socket.MSG_PEEK)
    run.say("read rest", recv, b, 4)
    run.say("peek nothing", b.recv, 20, socket.MSG_PEEK)
    a.close()
    wait_for(b, select.POLLIN)
    run.say("peek end", b.recv, 20, socket.MSG_PEEK)


@row
def peek_offset(run):
    """SO_PEEK_OFF set after enrolment."""
    a, b = run.pair()
    run.say("option", b.setsockopt, socket.SOL_SOCKET, SO_PEEK_OFF, 0)
    run.send(a, b, b"hello world")
    run.say("first peek", b.recv, 5, socket.MSG_PEEK)
    run.say("second peek", b.recv, 20, socket.MSG_PEEK)
    run.say("read", recv, b, 11)


@row
def peek_of_tcp_bytes_then_redirect(run):
    """Some of a run of unread messages goes by TCP; looking at it changes no order."""
    a, b = run.pair()
    data = pattern(30 * 50, 9)
    for i in range(30):
        run.send(a, b, data[i * 50:i * 50 + 50])
        if i % 5 == 0:
            b.recv(4000, socket.MSG_PEEK)
    run.say("first bytes", recv, b, 700)
    run.say("peek", lambda: b.recv(100, socket.MSG_PEEK) == data[700:800])
    run.send(a, b, b"the end")
    run.note("rest", recv(b, 807) == data[700:] + b"the end")


@row
def small_pieces_of_mixed_bytes(run):
    """Runs of unread messages, the first redirected and the rest by TCP, are looked at and read in pieces that do not fit them."""
    a, b = run.pair()
    for i in range(30):
        data = pattern(1 + 12 * (11 + i * 7), i)
        for n in range(12):
            run.send(a, b, data[n * len(data) // 12:(n + 1) * len(data) // 12])
        at = 0
        while at < len(data):
            piece = data[at:at + 1 + (at + i) % 23]
            wait_for(b, select.POLLIN)
            seen = b.recv(len(piece), socket.MSG_PEEK)
            got = recv(b, len(piece))
            if not seen or not piece.startswith(seen) or got != piece:
                run.note(f"differs in run {i} at", at)
                return
            at += len(piece)
        run.say("rest", b.recv, 1, socket.MSG_PEEK)
        send_all(b, b"answer")
        recv(a, 6)


@row
def peek_over_mixed_bytes(run):
    """One look at a whole run of unread messages, the first redirected and the rest by TCP."""
    a, b = run.pair()
    data = pattern(12 * 50, 11)
    for i in range(12):
        run.send(a, b, data[i * 50:i * 50 + 50])
    run.note("seen", eventually(lambda: b.recv(1000, socket.MSG_PEEK), data) == data)
    run.note("after 70", [recv(b, 70) == data[:70], b.recv(1000, socket.MSG_PEEK) == data[70:]])
    run.note("rest", recv(b, 530) == data[70:])


@row
def wait_all(run):
    """A blocking recv with MSG_WAITALL, blocking since before the connection was used, waits for all bytes."""
    a, b = run.connect()
    b.setblocking(True)
    run.warm(a, b)
    later(0.05, a.send, b"first")
    later(0.15, a.send, b"second")
    run.say("read", raw_recv, b, 11, socket.MSG_WAITALL)


@row
def wait_all_on_enrolled_flow(run):
    a, b = run.pair()
    run.send(a, b, b"abc")
    run.send(a, b, b"def")
    run.say("two messages", raw_recv, b, 6, socket.MSG_WAITALL)
    run.send(a, b, b"short")
    run.say("non-blocking", raw_recv, b, 10, socket.MSG_WAITALL)


@row
def wait_all_after_blocking_mode(run):
    """Blocking mode is switched on after enrolment, as a client library does for one call."""
    a, b = run.pair()
    b.setblocking(True)
    later(0.05, run.send, a, b, b"first")
    later(0.15, run.send, a, b, b"second")
    run.say("read", raw_recv, b, 11, socket.MSG_WAITALL)


@row
def dont_wait(run):
    """MSG_DONTWAIT on a blocking socket."""
    a, b = run.connect()
    b.setblocking(True)
    run.warm(a, b)
    run.say("empty", b.recv, 5, socket.MSG_DONTWAIT)
    run.send(a, b, b"data")
    wait_for(b, select.POLLIN)
    run.say("read", b.recv, 5, socket.MSG_DONTWAIT)


@row
def truncate(run):
    """MSG_TRUNC drops bytes unseen."""
    a, b = run.pair()
    run.send(a, b, b"drop this, keep this")
    wait_for(b, select.POLLIN)
    run.say("dropped", lambda: b.recv_into(bytearray(11), 11, socket.MSG_TRUNC))
    run.say("kept", recv, b, 9)


@row
def truncate_leaves_buffer(run):
    """MSG_TRUNC does not write to the buffer."""
    a, b = run.pair()
    run.send(a, b, b"drop this")
    wait_for(b, select.POLLIN)
    buffer = bytearray(b"untouched")
    b.recv_into(buffer, 9, socket.MSG_TRUNC)
    run.note("buffer", buffer)


@row
def truncate_without_buffer(run):
    """MSG_TRUNC needs no buffer; what it could not drop stays readable."""
    a, b = run.pair()
    run.send(a, b, b"drop this")
    wait_for(b, select.POLLIN)
    n = libc.recv(b.fileno(), None, 9, socket.MSG_TRUNC)
    run.note("dropped", n if n >= 0 else errno.errorcode[ctypes.get_errno()])
    run.note("then", recv(b, 9) if n < 0 else b"")


@row
def receive_timeout(run):
    """SO_RCVTIMEO on a socket whose blocking mode is switched on after enrolment."""
    a, b = run.pair()
    b.setblocking(True)
    b.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, 150_000))
    began = time.monotonic()
    run.say("nothing comes", raw_recv, b, 5)
    run.note("after the timeout", 0.14 < time.monotonic() - began < 1)
    later(0.05, run.send, a, b, b"in time")
    run.say("something comes", raw_recv, b, 10)


# ---- copies

def splice(frm, to, length):
    return os.splice(frm if isinstance(frm, int) else frm.fileno(), to if isinstance(to, int) else to.fileno(), length,
                     flags=os.SPLICE_F_NONBLOCK | os.SPLICE_F_MOVE)


def splice_in(sock, length):
    """Reads length bytes by splice, as far as they come."""
    out, into = os.pipe()
    data, until = b"", time.monotonic() + 1
    while len(data) < length and time.monotonic() < until:
        try:
            n = splice(sock, into, length - len(data))
        except BlockingIOError:
            if events(sock, select.POLLIN, 0.2) == "none":
                raise
            time.sleep(0.01)
            continue
        if not n:
            break
        data += os.read(out, n)
    os.close(out)
    os.close(into)
    return data


@row
def splice_from_enrolled_flow(run):
    """The first splice from a socket whose flow is redirected already."""
    a, b = run.pair()
    run.send(a, b, b"hello")
    run.say("splice", splice_in, b, 5)
    run.send(a, b, pattern(5000))
    run.say("splice more", splice_in, b, 5000)
    run.say("splice nothing", splice_in, b, 5)
    run.send(a, b, b"read")
    run.say("read", recv, b, 4)
    a.close()
    wait_for(b, select.POLLIN)
    run.say("splice end", splice_in, b, 5)


@row
def splice_waits_for_data(run):
    """splice is tried on the empty socket first, as HAProxy and Go do; then data comes."""
    a, b = run.pair()
    run.say("empty", splice_in, b, 5)
    run.send(a, b, b"hello")
    run.say("data", splice_in, b, 5)
    send_all(b, b"answer")
    run.say("answer", recv, a, 6)
    run.send(a, b, b"again")
    run.say("data", splice_in, b, 5)


@row
def splice_after_partial_read(run):
    a, b = run.pair()
    run.send(a, b, b"header:body")
    run.say("read", recv, b, 7)
    run.say("splice", splice_in, b, 4)


@row
def splice_of_mixed_bytes(run):
    """A run of unread messages, some redirected and some by TCP, is spliced in order."""
    a, b = run.pair()
    data = pattern(2000, 5)
    for i in range(40):
        run.send(a, b, data[i * 50:i * 50 + 50])
    run.say("splice", lambda: splice_in(b, 2000) == data)


@row
def splice_to_enrolled_flow(run):
    a, b = run.pair()
    out, into = os.pipe()
    os.write(into, pattern(5000))
    run.say("splice", lambda: run.counted(b, lambda: splice(out, a, 5000)))
    run.say("read", recv, b, 5000)
    run.exchange("later", a, b)


@row
def splice_relay(run):
    """A relay splices from one enrolled flow to another, both ways, as Go's io.Copy does."""
    a, b = run.pair()
    c, d = run.pair()
    out, into = os.pipe()
    for i, (frm, through, on, to) in enumerate(((a, b, c, d), (d, c, b, a)) * 3):
        data = pattern(3000, i)
        run.send(frm, through, data)
        relayed, until = 0, time.monotonic() + 0.5
        while relayed < len(data) and time.monotonic() < until:
            try:
                n = splice(through, into, len(data) - relayed)
            except BlockingIOError:
                time.sleep(0.005)
                continue
            relayed += n
            while n:
                n -= splice(out, on, n)
        run.note(f"hop {i}", relayed)
        if relayed < len(data):
            return
        run.note("same bytes", recv(to, len(data)) == data)


def relay_spliced(run, client, relay, request, answer, pause=0.0):
    """A relay reads a request and answers it; the client's next bytes are there before the relay goes on by splice."""
    run.send(client, relay, request)
    run.say("request", recv, relay, len(request))
    run.send(relay, client, answer)
    run.say("answer", recv, client, len(answer))
    time.sleep(pause)
    for i in range(3):
        data = pattern(3000, i)
        run.send(client, relay, data)
        time.sleep(0.01)
        run.note("spliced", splice_in(relay, len(data)) == data)
        run.send(relay, client, data)
        run.note("back", recv(client, len(data)) == data)


@row
def splice_after_connect(run):
    """CONNECT on a kept-alive connection; the tunnel's first bytes wait when the proxy goes on by splice, as one in Go does."""
    a, b = run.pair()
    relay_spliced(run, a, b, b"CONNECT upstream:443 HTTP/1.1\r\nHost: upstream:443\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n")


@row
def splice_after_upgrade(run):
    """As before, with a switch of protocols, and a client that takes a moment."""
    a, b = run.pair()
    relay_spliced(run, a, b, b"GET /chat HTTP/1.1\r\nHost: row\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
                  b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", 0.3)


@row
def sendfile_both_ways(run):
    a, b = run.pair()
    with tempfile.TemporaryFile() as f:
        f.write(pattern(100_000))
        f.flush()
        for label, frm, to in (("there", a, b), ("back", b, a)):
            sent = 0
            got = b""
            while sent < 100_000:
                sent += run.counted(to, lambda: os.sendfile(frm.fileno(), f.fileno(), sent, min(16384, 100_000 - sent)))
                got += recv(to, sent - len(got))
            run.note(label, got == pattern(100_000))
    run.exchange("later", a, b)


@row
def sendfile_to_slow_reader(run):
    """A file of 4 MiB is sent faster than it is read, as a file server does; the next request is answered on the same connection."""
    a, b = run.pair()
    data = pattern(4 << 20, 4)
    with tempfile.TemporaryFile() as f:
        f.write(data)
        f.flush()

        def serve():
            sent = run.counted(b, lambda: os.sendfile(a.fileno(), f.fileno(), 0, 16384))
            while sent < len(data):
                try:
                    sent += os.sendfile(a.fileno(), f.fileno(), sent, len(data) - sent)
                except BlockingIOError:
                    wait_for(a, select.POLLOUT)
            return sent
        server = in_thread(serve)
        got = bytearray()
        while len(got) < len(data):
            got += recv(b, min(1 << 15, len(data) - len(got)))
            if len(got) % (1 << 18) == 0:
                time.sleep(0.01)
        run.note("sent", server())
    run.note("same bytes", got == data)
    run.say("rest", b.recv, 1)
    run.exchange("later", a, b)


def completion(sock):
    """The range of sends that MSG_ERRQUEUE reports as done."""
    until = time.monotonic() + 1
    while time.monotonic() < until:
        try:
            _, control, _, _ = sock.recvmsg(0, 256, socket.MSG_ERRQUEUE)
        except BlockingIOError:
            time.sleep(0.01)
            continue
        number_, origin, _, _, _, lowest, highest = struct.unpack_from("=IBBBBII", control[0][2])
        return f"errno {number_} origin {origin} sends {lowest} to {highest}"
    raise TimeoutError


@row
def zero_copy(run):
    """SO_ZEROCOPY set before the connection is used: each send is reported as done."""
    a, b = run.connect()
    a.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
    run.warm(a, b)
    zero_copy_sends(run, a, b)


@row
def zero_copy_after_enrolment(run):
    a, b = run.pair()
    a.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
    zero_copy_sends(run, a, b)


def zero_copy_sends(run, a, b):
    for i in range(2):
        run.say("send", run.send, a, b, pattern(20_000, i), MSG_ZEROCOPY)
        run.say("read", recv, b, 20_000)
        run.say("done", completion, a)


@row
def zero_copy_flag_alone(run):
    """MSG_ZEROCOPY without SO_ZEROCOPY is an ordinary send."""
    a, b = run.pair()
    run.say("send", run.send, a, b, pattern(20_000), MSG_ZEROCOPY)
    run.say("read", recv, b, 20_000)


class Ring:
    """An io_uring of 8 entries, driven by system calls only."""

    SETUP, ENTER, ENTRIES, GET_EVENTS, SQES_OFFSET = 425, 426, 8, 1, 0x10000000
    PROVIDE_BUFFERS, POLL_ADD, SEND, RECV, SEND_ZC = 31, 6, 26, 27, 47
    MULTISHOT_POLL, MULTISHOT_RECV, SELECT_BUFFER, NOTIFICATION = 1, 2, 1 << 5, 8

    def __init__(self):
        parameters = ctypes.create_string_buffer(120)
        self.fd = libc.syscall(self.SETUP, self.ENTRIES, parameters)
        if self.fd < 0:
            raise OSError(ctypes.get_errno(), "io_uring_setup")
        completions = struct.unpack_from("=I", parameters, 4)[0]
        self.sq = struct.unpack_from("=7I", parameters, 40)  # head, tail, mask, entries, flags, dropped, array
        self.cq = struct.unpack_from("=6I", parameters, 80)  # head, tail, mask, entries, overflow, cqes
        size = max(self.sq[6] + self.ENTRIES * 4, self.cq[5] + completions * 16)
        self.rings = mmap.mmap(self.fd, size, mmap.MAP_SHARED)
        self.sqes = mmap.mmap(self.fd, self.ENTRIES * 64, mmap.MAP_SHARED, offset=self.SQES_OFFSET)
        self.buffers = []

    def word(self, offset):
        return struct.unpack_from("=I", self.rings, offset)[0]

    def submit(self, operation, fd, address=0, length=0, operation_flags=0, io_priority=0, flags=0):
        tail = self.word(self.sq[1])
        slot = tail & self.word(self.sq[2])
        struct.pack_into("=BBHiQQIIQHHiQQ", self.sqes, slot * 64, operation, flags, io_priority, fd, 0, address, length, operation_flags,
                         operation, 0, 0, 0, 0, 0)
        struct.pack_into("=I", self.rings, self.sq[6] + slot * 4, slot)
        struct.pack_into("=I", self.rings, self.sq[1], tail + 1)
        if libc.syscall(self.ENTER, self.fd, 1, 0, 0, None, 0) != 1:
            raise OSError(ctypes.get_errno(), "io_uring_enter")

    def buffer(self, content):
        self.buffers.append(ctypes.create_string_buffer(content, len(content)))
        return self.buffers[-1], ctypes.addressof(self.buffers[-1])

    def completion(self, within=1.0):
        """Result and flags of the next completion."""
        until = time.monotonic() + within
        while (head := self.word(self.cq[0])) == self.word(self.cq[1]):
            if time.monotonic() > until:
                raise TimeoutError
            libc.syscall(self.ENTER, self.fd, 0, 0, self.GET_EVENTS, None, 0)
            time.sleep(0.002)
        at = self.cq[5] + (head & self.word(self.cq[2])) * 16
        _, result, flags = struct.unpack_from("=QiI", self.rings, at)
        struct.pack_into("=I", self.rings, self.cq[0], head + 1)
        if result < 0:
            raise OSError(-result, "completion")
        return result, flags


@row
def io_uring_poll(run):
    """One-shot and multishot poll by io_uring."""
    ring = Ring()
    a, b = run.pair()
    ring.submit(Ring.POLL_ADD, b.fileno(), operation_flags=select.POLLIN)
    run.say("idle", ring.completion, 0.05)
    run.send(a, b, b"hello")
    run.say("data", lambda: ring.completion()[0])
    run.say("read", recv, b, 5)
    ring.submit(Ring.POLL_ADD, b.fileno(), length=Ring.MULTISHOT_POLL, operation_flags=select.POLLIN)
    for i in range(3):
        run.send(a, b, b"again")
        run.say(f"multishot {i}", ring.completion)
        run.say("read", recv, b, 5)


@row
def io_uring_receive(run):
    """recv by io_uring, submitted before and after the data."""
    a, b = run.pair()
    ring = Ring()
    data, address = ring.buffer(bytes(20))
    ring.submit(Ring.RECV, b.fileno(), address, 20)
    time.sleep(0.02)
    run.send(a, b, b"hello")
    run.say("waiting", lambda: data.raw[:ring.completion()[0]])
    run.send(a, b, b"hello again")
    ring.submit(Ring.RECV, b.fileno(), address, 20)
    run.say("at once", lambda: data.raw[:ring.completion()[0]])
    ring.submit(Ring.RECV, b.fileno(), address, 20)
    a.close()
    run.say("end", lambda: ring.completion()[0])


@row
def io_uring_multishot_receive(run):
    """One multishot recv by io_uring, with buffers it chooses from."""
    a, b = run.pair()
    ring = Ring()
    data, address = ring.buffer(bytes(8 * 100))
    ring.submit(Ring.PROVIDE_BUFFERS, 8, address, 100)
    run.say("buffers", lambda: ring.completion()[0])
    ring.submit(Ring.RECV, b.fileno(), io_priority=Ring.MULTISHOT_RECV, flags=Ring.SELECT_BUFFER)
    for i in range(5):
        run.send(a, b, b"message %d" % i)

        def received():
            n, flags = ring.completion()
            start = (flags >> 16) * 100
            return data.raw[start:start + n]
        run.say(f"message {i}", received)
    a.close()
    run.say("end", lambda: ring.completion()[0])


@row
def io_uring_send_zero_copy(run):
    """SEND_ZC completes, and then tells that the buffer is free; from the connecting and from the accepted end."""
    a, b = run.pair()
    ring = Ring()
    for frm, to in ((a, b), (b, a)):
        _, address = ring.buffer(pattern(5000))
        run.say("send", lambda: run.counted(to, lambda: ring.submit(Ring.SEND_ZC, frm.fileno(), address, 5000)))
        run.say("read", recv, to, 5000)
        run.say("sent", lambda: ring.completion()[0])
        run.say("buffer is free", lambda: ring.completion()[1] == Ring.NOTIFICATION)


# ---- ends

def after_end(run, label, sock):
    """What a reader sees of the end, and once more."""
    wait_for(sock, select.POLLIN)
    run.note(f"{label} events", events(sock))
    run.say(f"{label} reads", recv, sock, 100)
    run.say(f"{label} reads again", recv, sock, 100)
    run.note(f"{label} events after", events(sock))


@row
def half_close(run):
    """The answer still comes after the own end of stream."""
    a, b = run.pair()
    run.send(a, b, b"request")
    a.shutdown(socket.SHUT_WR)
    run.say("server reads", recv, b, 100)
    run.note("server events", events(b))
    run.say("server answers", run.send, b, a, b"answer")
    run.say("and again", run.send, b, a, b", more")
    b.close()
    run.say("client reads", recv, a, 100)
    run.say("client sends", a.send, b"x")


@row
def end_with_queued_data(run):
    """close() after three messages: all are read, then the end; a later send is reset."""
    a, b = run.pair()
    for word in (b"one ", b"two ", b"three"):
        run.send(a, b, word)
    a.close()
    after_end(run, "reader", b)
    run.say("send", b.send, b"x")
    run.note("events", eventually(lambda: events(b), "POLLIN|POLLOUT|POLLERR|POLLHUP|POLLRDHUP"))
    run.say("send again", b.send, b"x")


@row
def reset_with_queued_data(run):
    """SO_LINGER 0: the reader reads what is queued, then ECONNRESET."""
    a, b = run.pair()
    run.send(a, b, b"one ")
    run.send(a, b, b"two")
    a.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    a.close()
    after_end(run, "reader", b)
    run.say("send", b.send, b"x")


@row
def reset_while_idle(run):
    a, b = run.pair()
    a.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    a.close()
    after_end(run, "reader", b)


@row
def close_with_unread_data(run):
    """The sender of bytes that are never read sees ECONNRESET."""
    a, b = run.pair()
    run.send(a, b, b"never read")
    b.close()
    after_end(run, "sender", a)
    run.say("send", a.send, b"x")


@row
def close_with_partly_read_data(run):
    a, b = run.pair()
    run.send(a, b, b"partly read")
    recv(b, 6)
    b.close()
    after_end(run, "sender", a)
    run.say("send", a.send, b"x")


@row
def close_with_unread_data_after_an_answer(run):
    """An error answer, then close without reading the rest of the request, as HTTP servers do."""
    a, b = run.pair()
    run.send(a, b, b"request with a body")
    run.send(b, a, b"413 too large")
    b.close()
    after_end(run, "client", a)


@row
def close_with_unread_tcp_data(run):
    """As before, with more than the redirect takes, so that some of it went by TCP."""
    a, b = run.pair()
    for _ in range(12):
        run.send(a, b, b"never read")
    b.close()
    after_end(run, "sender", a)


@row
def shutdown_of_both_ways(run):
    a, b = run.pair()
    run.send(a, b, b"last words")
    a.shutdown(socket.SHUT_RDWR)
    after_end(run, "other", b)
    run.say("own read", a.recv, 10)
    run.say("own send", a.send, b"x")


@row
def shutdown_of_reading(run):
    """SHUT_RD: later bytes can be read, as on Linux they can, and no bytes is end of stream."""
    a, b = run.pair()
    b.shutdown(socket.SHUT_RD)
    run.say("read", b.recv, 10)
    run.note("events", events(b))
    run.say("peer sends", run.send, a, b, b"late")
    run.say("read", b.recv, 10)
    run.say("read", b.recv, 10)
    run.say("answer", run.send, b, a, b"still")
    run.say("peer reads", recv, a, 5)


@row
def shutdown_of_reading_with_unread_data(run):
    a, b = run.pair()
    run.send(a, b, b"unread")
    b.shutdown(socket.SHUT_RD)
    run.note("events", events(b))
    run.say("read", b.recv, 10)
    run.say("read", b.recv, 10)


def killed_peer(run, unread):
    """A process that holds one end is killed with -9."""
    a, b = run.pair()
    child = os.fork()
    if not child:
        signal.pause()
        os._exit(0)
    if unread:
        run.send(a, b, b"never read")
    else:
        run.send(b, a, b"last words")
    b.close()
    time.sleep(0.05)
    run.note("before", events(a, select.POLLIN))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    after_end(run, "survivor", a)


@row
def peer_killed(run):
    killed_peer(run, False)


@row
def peer_killed_with_unread_data(run):
    killed_peer(run, True)


@row
def user_timeout(run):
    """TCP_USER_TIMEOUT ends a connection whose reader stalls."""
    a, b = run.pair()
    a.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 500)
    fill(run, a, b, b"x" * 65536)
    run.note("error", eventually(lambda: errno.errorcode.get(a.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)), "ETIMEDOUT", 5))
    run.note("events", events(a))
    b.close()


@row
def keepalive(run):
    """Probes are answered while the connection is idle."""
    a, b = run.connect()
    for sock in (a, b):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 1)
    run.warm(a, b)
    time.sleep(2.3)
    run.note("events", events(a))
    run.exchange("later", a, b)


class Dropping:
    """Drops the packets of one connection, both ways, as a peer that has died without a word, or a policy, does."""

    def __init__(self, sock):
        self.rules = [["INPUT", "-p", "tcp", f"--{side}", str(sock.getsockname()[1]), "-j", "DROP"] for side in ("sport", "dport")]

    def __enter__(self):
        time.sleep(0.3)  # acknowledgements that are delayed arrive before
        for rule in self.rules:
            subprocess.run(["iptables", "-I", *rule], check=True)

    def __exit__(self, *_):
        for rule in self.rules:
            subprocess.run(["iptables", "-D", *rule], check=True)


def quick_keepalive(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 1)


@row
def keepalive_to_a_dead_peer(run):
    """Packets are dropped while the connection is idle: probes find it out."""
    a, b = run.connect()
    quick_keepalive(a)
    run.warm(a, b)
    with Dropping(a):
        run.note("at first", events(a))
        run.note("events", eventually(lambda: events(a), "POLLIN|POLLOUT|POLLERR|POLLHUP|POLLRDHUP", 4))
        run.say("read", a.recv, 10)
        run.say("read again", a.recv, 10)
        run.say("send", a.send, b"x")
    b.close()


@row
def packets_dropped_under_traffic(run):
    """A rule drops the connection's packets while it is used: nothing arrives, and no probe is sent while bytes are unanswered."""
    a, b = run.connect()
    quick_keepalive(a)
    run.warm(a, b)
    arrived, last = 0, ""
    with Dropping(a):
        until = time.monotonic() + 3.5
        while time.monotonic() < until and not last.startswith("E"):
            last = outcome(run.send, a, b, b"ping")
            time.sleep(0.05)
            if outcome(b.recv, 4) == "b'ping'":
                arrived += 1
                send_all(b, b"pong")
                last = outcome(recv, a, 4)
    run.note("arrived", arrived > 0)
    run.note("at last", last)
    run.note("events", events(a, select.POLLIN | select.POLLRDHUP))


# ---- blocking

def with_signal(restart, sock, length):
    """A blocking recv in which a signal arrives after 50 ms."""
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.siginterrupt(signal.SIGALRM, not restart)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    return raw_recv(sock, length)


def signalled(run, a, b):
    run.say("without SA_RESTART", with_signal, False, b, 10)
    later(0.15, run.send, a, b, b"hello")
    run.say("with SA_RESTART", with_signal, True, b, 10)


@row
def blocking_with_signal(run):
    """Blocking since before the connection was used."""
    a, b = run.connect()
    b.setblocking(True)
    run.warm(a, b)
    signalled(run, a, b)


@row
def signal_after_blocking_mode(run):
    """Blocking mode is switched on after enrolment; the next call is a recv in which a signal arrives."""
    a, b = run.pair()
    b.setblocking(True)
    signalled(run, a, b)


def write_meanwhile(run, a, b):
    reader = in_thread(raw_recv, b, 10)
    time.sleep(0.05)
    drain = in_thread(recv, a, 4 << 20)
    run.say("writer", send_all, b, pattern(4 << 20))
    run.note("drain", drain())
    run.send(a, b, b"hello")
    run.note("reader", reader())


@row
def second_thread_writes(run):
    """One thread waits in recv while another one fills and drains the send buffer."""
    a, b = run.connect()
    b.setblocking(True)
    run.warm(a, b)
    write_meanwhile(run, a, b)


@row
def second_thread_writes_after_blocking_mode(run):
    a, b = run.pair()
    b.setblocking(True)
    write_meanwhile(run, a, b)


def read_by_two(run, a, b):
    readers = [in_thread(raw_recv, b, 10), in_thread(raw_recv, b, 10)]
    time.sleep(0.05)
    run.send(a, b, b"hello")
    time.sleep(0.1)
    run.send(a, b, b"hello")
    for reader in readers:
        run.note("reader", reader())


@row
def two_readers(run):
    a, b = run.connect()
    b.setblocking(True)
    run.warm(a, b)
    read_by_two(run, a, b)


@row
def two_readers_after_blocking_mode(run):
    a, b = run.pair()
    b.setblocking(True)
    read_by_two(run, a, b)


def reset_meanwhile(run, a, b):
    reader = in_thread(raw_recv, b, 10)
    time.sleep(0.05)
    a.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    a.close()
    run.note("reader", reader())
    run.say("again", raw_recv, b, 10)


@row
def reset_in_blocking_recv(run):
    a, b = run.connect()
    b.setblocking(True)
    run.warm(a, b)
    reset_meanwhile(run, a, b)


@row
def reset_after_blocking_mode(run):
    a, b = run.pair()
    b.setblocking(True)
    reset_meanwhile(run, a, b)


@row
def end_after_blocking_mode(run):
    """A blocking recv sees the end of stream."""
    a, b = run.pair()
    b.setblocking(True)
    reader = in_thread(raw_recv, b, 10)
    time.sleep(0.05)
    a.close()
    run.note("reader", reader())


@row
def blocking_streams(run):
    """Both ends become blocking after enrolment and go on with requests and answers."""
    a, b = run.pair()
    a.setblocking(True)
    b.setblocking(True)

    def serve():
        for _ in range(200):
            b.sendall(raw_recv(b, 100).upper())
    server = in_thread(serve)

    def ask():
        for i in range(200):
            run.send(a, b, b"question %d" % i)
            if raw_recv(a, 100) != b"QUESTION %d" % i:
                return f"wrong answer {i}"
        return "all answered"
    run.say("client", ask)
    run.note("server", server())


# ---- switching

@row
def blocking_mode_switched_to_and_fro(run):
    a, b = run.pair()
    for i in range(40):
        b.setblocking(i % 2 == 0)
        run.send(a, b, pattern(100, i))
        if recv(b, 100) != pattern(100, i):
            run.note("wrong bytes", i)
        send_all(b, b"answer")
        recv(a, 6)
    run.say("empty", raw_recv, b, 1)


@row
def queue_length_option_after_enrolment(run):
    """TCP_INQ tells with each read how much is left."""
    a, b = run.pair()
    b.setsockopt(socket.IPPROTO_TCP, TCP_INQ, 1)
    run.send(a, b, b"hello world")
    wait_for(b, select.POLLIN)
    data, control, _, _ = b.recvmsg(5, 64)
    run.note("read", data)
    run.note("left", [struct.unpack("i", value)[0] for _, kind, value in control if kind == TCP_CM_INQ])
    run.say("rest", recv, b, 6)


@row
def timestamps_after_enrolment(run):
    """SO_TIMESTAMPNS gives each read a time, from a moment after it is set, when the kernel has begun to stamp packets."""
    a, b = run.pair()
    b.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)

    def kinds():
        run.send(a, b, b"hello")
        wait_for(b, select.POLLIN)
        return [kind for _, kind, _ in b.recvmsg(5, 64)[1]]

    run.note("kinds of control messages", eventually(kinds, [SO_TIMESTAMPNS]))
    run.note("and again", kinds())


@row
def send_after_shutdown(run):
    """EPIPE after the own SHUT_WR."""
    a, b = run.pair()
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    a.shutdown(socket.SHUT_WR)
    run.say("send", a.send, b"x")
    run.say("peer reads", recv, b, 10)
    run.note("events", events(a))


def disconnect(sock):
    if libc.connect(sock.fileno(), struct.pack("H14x", socket.AF_UNSPEC), 16):
        raise OSError(ctypes.get_errno(), "connect")


@row
def disconnect_with_unread_data(run):
    """AF_UNSPEC drops unread bytes; they do not appear in the next connection of the socket."""
    a, b = run.pair()
    run.send(b, a, b"old bytes")
    run.say("disconnect", disconnect, a)
    run.say("peer reads", recv, b, 10)
    listener = run.listen()
    a.setblocking(True)
    run.say("connect", a.connect, listener.getsockname())
    a.setblocking(False)
    run.note("unread", number(a, FIONREAD))
    c = run.accept(listener)
    c.send(b"new bytes")
    run.say("read", recv, a, 9)
    run.say("rest", a.recv, 10)
    run.warm(a, c)
    run.exchange("later", a, c)


# ---- identity

def names(run, a, b):
    run.note("names match", (a.getpeername(), a.getsockname()) == (b.getsockname(), b.getpeername()))
    run.note("address", a.getpeername()[0])


@row
def names_of_both_ends(run):
    a, b = run.pair()
    names(run, a, b)
    run.exchange("later", a, b)
    run.note("error", a.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))


@row
def original_destination(run):
    """A connection through REDIRECT: names and SO_ORIGINAL_DST, while it is used."""
    listener = run.listen("0.0.0.0", PROXY_PORT)
    a = run.dial(("10.96.0.10", REDIRECTED_PORT))
    b = run.accept(listener)
    run.warm(a, b)
    run.exchange("through", a, b)
    port, address = struct.unpack_from("!2xH4s", b.getsockopt(socket.IPPROTO_IP, SO_ORIGINAL_DST, 16))
    run.note("original destination", f"{socket.inet_ntoa(address)}:{port}")
    run.note("client's peer", a.getpeername())
    run.note("server's port", b.getsockname()[1])


class ConntrackTimeout:
    """Lowers the time after which this namespace's connection tracking forgets an established connection without packets."""

    FILE = "/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established"

    def __init__(self, seconds):
        self.seconds = seconds

    def set(self, seconds):
        with open(self.FILE, "r+", encoding="ascii") as f:
            before = f.read()
            f.seek(0)
            f.write(str(seconds))
        return before

    def __enter__(self):
        self.before = self.set(self.seconds)

    def __exit__(self, *_):
        self.set(self.before)


@row
def conntrack_expiry(run):
    """A connection through REDIRECT is busy for longer than connection tracking remembers it without packets, here 2 s; then it ends."""
    with ConntrackTimeout(2):
        listener = run.listen("0.0.0.0", PROXY_PORT)
        a = run.dial(("10.96.0.10", REDIRECTED_PORT))
        b = run.accept(listener)
        run.warm(a, b)
        until = time.monotonic() + 3
        while time.monotonic() < until:
            for frm, to in ((a, b), (b, a)):
                run.send(frm, to, b"still here")
                recv(to, 10)
            time.sleep(0.05)
        run.exchange("after 3 s", a, b)
        a.shutdown(socket.SHUT_WR)
        run.say("end", recv, b, 1)


@row
def ipv6_and_mapped(run):
    """An IPv6 connection, and an IPv4 one between IPv6 sockets."""
    for address in ("::1", "::ffff:127.0.0.1"):
        listener = run.listen(address, family=socket.AF_INET6)
        a = run.dial(listener.getsockname(), family=socket.AF_INET6)
        b = run.accept(listener)
        run.warm(a, b)
        names(run, a, b)
        run.exchange(address, a, b)


@row
def descriptor_passing(run):
    """An end is passed over a Unix socket to another process and goes on there."""
    a, b = run.pair()
    left, right = socket.socketpair()
    child = os.fork()
    if not child:
        left.close()
        a.close()
        b.close()
        _, fds, _, _ = socket.recv_fds(right, 1, 1)
        passed = socket.socket(fileno=fds[0])
        send_all(passed, recv(passed, 7).upper())
        recv(passed, 1)
        os._exit(0)
    socket.send_fds(left, [b"x"], [b.fileno()])
    run.say("send", run.send, a, b, b"request")
    b.close()
    run.say("answer", recv, a, 7)
    a.shutdown(socket.SHUT_WR)
    run.say("end", recv, a, 1)
    os.waitpid(child, 0)


@row
def fork_of_both_ends(run):
    """Parent and child hold the same end; the last one that closes it ends the stream."""
    a, b = run.pair()
    child = os.fork()
    if not child:
        a.close()
        send_all(b, recv(b, 4).upper())
        recv(b, 4)
        send_all(b, b"child ends")
        os._exit(0)
    run.say("to the child", run.send, a, b, b"fork")
    run.say("from the child", recv, a, 4)
    b.close()
    run.note("the stream is open", events(a, select.POLLIN))
    a.send(b"quit")
    run.say("last words", recv, a, 100)
    os.waitpid(child, 0)


@row
def duplicate_descriptor(run):
    a, b = run.pair()
    twin = b.dup()
    b.close()
    run.note("the stream is open", events(a, select.POLLIN))
    run.exchange("later", a, twin)
    twin.close()
    run.say("end", recv, a, 1)


@row
def reuse_of_addresses_and_ports(run):
    """A new connection with the addresses and ports of one that was reset sees nothing of it."""
    listener = run.listen()
    local = None
    for i in range(3):
        a = run.dial(listener.getsockname(), local)
        local = a.getsockname()
        b = run.accept(listener)
        run.say("fresh", b.recv, 10)
        run.warm(a, b)
        run.exchange(f"connection {i}", a, b)
        run.send(a, b, b"left behind")
        a.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        a.close()
        b.close()


@row
def reuse_after_time_wait(run):
    """The same addresses and ports again while the old connection is in TIME_WAIT."""
    listener = run.listen()
    local = None
    for i in range(2):
        a = run.dial(listener.getsockname(), local)
        local = a.getsockname()
        b = run.accept(listener)
        run.warm(a, b)
        run.exchange(f"connection {i}", a, b)
        a.close()
        run.say("end", recv, b, 1)
        b.close()
        time.sleep(1.1)


@row
def self_connection(run):
    """A socket that is connected to itself."""
    a = socket.socket()
    a.bind(("127.0.0.1", 0))
    a.connect(a.getsockname())
    run.ready(a)
    for i in range(60):
        a.send(b"x" * 100)
        recv(a, 100)
        time.sleep(0.002)
    names(run, a, a)
    run.say("send", run.send, a, a, b"to myself")
    run.say("read", recv, a, 9)
    a.shutdown(socket.SHUT_WR)
    run.say("end", recv, a, 9)


@row
def simultaneous_open(run):
    """Two sockets that dial each other at once: their first SYNs are dropped, their second ones cross."""
    rule = ["OUTPUT", "-p", "tcp", "--syn", "-s", POD, "-d", POD, "-j", "DROP"]
    a, b = socket.socket(), socket.socket()
    for sock in (a, b):
        sock.bind((POD, 0))
        sock.setblocking(False)
    subprocess.run(["iptables", "-I", *rule], check=True)
    try:
        run.say("first", a.connect, b.getsockname())
        run.say("second", b.connect, a.getsockname())
    finally:
        subprocess.run(["iptables", "-D", *rule], check=True)
    for sock in (a, b):
        wait_for(sock, select.POLLOUT)
        run.note("error", sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
        run.ready(sock)
    run.warm(a, b)
    names(run, a, b)
    run.exchange("later", a, b)


@row
def tcp_info_counters(run):
    """bytes_received and bytes_acked in TCP_INFO count what was sent."""
    a, b = run.pair()
    before = tcp_received(b)
    for _ in range(5):
        run.send(a, b, b"x" * 1000)
        recv(b, 1000)
        send_all(b, b"y")
        recv(a, 1)
    run.note("received", tcp_received(b) - before)


@row
def tcp_info_state(run):
    """State and segment size in TCP_INFO are those of the connection."""
    a, b = run.pair()
    run.exchange("later", a, b)
    info = a.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    run.note("state, retransmits, options", [info[0], info[2], info[5]])
    run.note("segment size", struct.unpack_from("=I", info, 16)[0])
    b.close()
    wait_for(a, select.POLLIN)
    run.note("state after the end", a.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)[0])


# ---- others

def tls_contexts():
    with tempfile.TemporaryDirectory() as d:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", "/CN=row", "-keyout", f"{d}/key", "-out", f"{d}/cert"], check=True, capture_output=True)
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(f"{d}/cert", f"{d}/key")
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    return client, server


def tls(function, sock):
    """Repeats an operation of a non-blocking TLS socket until it is done."""
    while True:
        try:
            return function()
        except ssl.SSLWantReadError:
            wait_for(sock, select.POLLIN)
        except ssl.SSLWantWriteError:
            wait_for(sock, select.POLLOUT)


@row
def tls_through_it(run):
    """A TLS connection over an enrolled flow: handshake, records of many sizes, close_notify."""
    client, server = tls_contexts()
    a, b = run.pair()
    received = tcp_received(b)
    a = client.wrap_socket(a, do_handshake_on_connect=False)
    b = server.wrap_socket(b, server_side=True, do_handshake_on_connect=False)
    handshake = in_thread(lambda: tls(b.do_handshake, b))
    run.say("client's handshake", lambda: tls(a.do_handshake, a))
    run.note("server's handshake", handshake())
    run.note("version", a.version())
    for i in range(30):
        data = pattern(1 + i * 977, i)
        for frm, to in ((a, b), (b, a)):
            writer = in_thread(lambda: tls(lambda: frm.send(data), frm))
            got = b""
            while len(got) < len(data):
                got += tls(lambda: to.recv(len(data)), to)
            if writer() != str(len(data)) or got != data:
                run.note("differs in round", i)
    run.redirected += tcp_received(b) == received
    end = in_thread(lambda: tls(lambda: b.recv(10), b))
    notify = in_thread(lambda: tls(a.unwrap, a) is None)
    run.note("end", end())
    b.close()
    notify()


ANSWER = re.compile(rb"HTTP/1.1 200 OK\r\nContent-Length: (\d+)\r\n\r\n")


def serve_http(sock, requests):
    """Answers requests in order as they come, each with a body that names it."""
    buffer = b""
    while requests:
        while b"\r\n\r\n" not in buffer:
            wait_for(sock, select.POLLIN)
            buffer += sock.recv(65536)
        head, buffer = buffer.split(b"\r\n\r\n", 1)
        path = head.split()[1]
        body = path * int(path[1:])
        send_all(sock, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
        send_all(sock, body)
        requests -= 1
    return "served"


def http_answers(sock, count):
    buffer, bodies = b"", []
    while len(bodies) < count:
        found = ANSWER.match(buffer)
        if found and len(buffer) >= found.end() + int(found[1]):
            bodies.append(buffer[found.end():found.end() + int(found[1])])
            buffer = buffer[found.end() + int(found[1]):]
            continue
        wait_for(sock, select.POLLIN)
        buffer += sock.recv(65536)
    return b"".join(bodies)


@row
def http_keep_alive(run):
    a, b = run.pair()
    server = in_thread(serve_http, b, 60)
    digest = hashlib.sha256()
    for i in range(60):
        run.send(a, b, b"GET /%d HTTP/1.1\r\nHost: row\r\n\r\n" % (i * 50))
        digest.update(http_answers(a, 1))
    run.note("server", server())
    run.note("bodies", digest.hexdigest())


@row
def http_pipelining(run):
    a, b = run.pair()
    server = in_thread(serve_http, b, 100)
    digest = hashlib.sha256()
    for _ in range(5):
        for i in range(20):
            run.send(a, b, b"GET /%d HTTP/1.1\r\nHost: row\r\n\r\n" % (i * 10))
        digest.update(http_answers(a, 20))
    run.note("server", server())
    run.note("bodies", digest.hexdigest())


HTTP2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
ACK = END_STREAM = 1
END_HEADERS = 4
INITIAL_WINDOW, WHOLE_WINDOW, LARGEST_FRAME = 4, 65535, 16384


class Http2:
    """One end of an HTTP/2 connection: frames, literal headers, flow control of the connection and of each stream."""

    def __init__(self, run, sock, to, client, window):
        self.run, self.sock, self.to, self.window = run, sock, to, window
        self.buffer, self.out = b"", collections.deque()
        self.peer_window, self.connection_window = WHOLE_WINDOW, WHOLE_WINDOW
        self.windows, self.waiting = {}, {}
        self.headers, self.bodies, self.ended = {}, collections.defaultdict(bytearray), set()
        self.seen, self.pongs, self.goaway = collections.Counter(), [], None
        self.preface = b"" if client else HTTP2_PREFACE
        if client:
            self.put(HTTP2_PREFACE)
        self.frame(SETTINGS, 0, 0, struct.pack("!HI", INITIAL_WINDOW, window))

    def put(self, data):
        self.run.counted(self.to, lambda: send_all(self.sock, data))

    def frame(self, kind, flags, stream, payload=b""):
        self.put(struct.pack("!I", len(payload))[1:] + bytes((kind, flags)) + struct.pack("!I", stream) + payload)

    def send_headers(self, stream, fields, end=False):
        block = b"".join(b"\0" + bytes((len(k),)) + k + bytes((len(v),)) + v for k, v in fields)
        self.frame(HEADERS, END_HEADERS | (END_STREAM if end else 0), stream, block)

    def send_data(self, stream, data, end=False, trailers=()):
        """Queues bytes of a stream; flush sends them as the windows allow."""
        self.windows.setdefault(stream, self.peer_window)
        self.waiting.setdefault(stream, collections.deque()).append((bytearray(data), end, trailers))

    def flush(self, piece=LARGEST_FRAME):
        """One frame of each stream in turn, as long as something may be sent."""
        progress = True
        while progress:
            progress = False
            for stream, parts in self.waiting.items():
                if not parts:
                    continue
                data, end, trailers = parts[0]
                n = min(piece, len(data), self.windows[stream], self.connection_window)
                if data and n <= 0:
                    continue
                chunk = bytes(data[:n])
                del data[:n]
                self.windows[stream] -= n
                self.connection_window -= n
                self.frame(DATA, END_STREAM if end and not data and not trailers else 0, stream, chunk)
                if not data:
                    parts.popleft()
                    if trailers:
                        self.send_headers(stream, trailers, True)
                progress = True

    def unsent(self):
        return any(self.waiting.values())

    def read(self, wait=True):
        """Takes the frames that have arrived, after a wait for some; returns the streams that moved. False at the end."""
        if wait:
            wait_for(self.sock, select.POLLIN)
        try:
            data = self.sock.recv(65536)
        except BlockingIOError:
            return set()
        if not data:
            return False
        self.buffer += data
        if self.preface:
            if len(self.buffer) < len(self.preface):
                return set()
            if not self.buffer.startswith(self.preface):
                raise ValueError("no preface")
            self.buffer, self.preface = self.buffer[len(self.preface):], b""
        moved = set()
        while len(self.buffer) >= 9:
            length = int.from_bytes(self.buffer[:3], "big")
            if len(self.buffer) < 9 + length:
                break
            kind, flags, stream = self.buffer[3], self.buffer[4], int.from_bytes(self.buffer[5:9], "big")
            payload, self.buffer = self.buffer[9:9 + length], self.buffer[9 + length:]
            self.take(kind, flags, stream, payload)
            moved.add(stream)
        return moved

    def take(self, kind, flags, stream, payload):
        self.seen[kind, flags & ACK if kind in (SETTINGS, PING) else 0] += 1
        if kind == SETTINGS and not flags & ACK:
            window = struct.unpack("!HI", payload)[1]
            for known in self.windows:
                self.windows[known] += window - self.peer_window
            self.peer_window = window
            self.frame(SETTINGS, ACK, 0)
        elif kind == PING:
            self.pongs.append(payload) if flags & ACK else self.frame(PING, ACK, 0, payload)
        elif kind == WINDOW_UPDATE:
            self.connection_window += struct.unpack("!I", payload)[0] if not stream else 0
            self.windows[stream] = self.windows.get(stream, self.peer_window) + struct.unpack("!I", payload)[0]
        elif kind == GOAWAY:
            self.goaway = struct.unpack("!II", payload[:8])
        elif kind == HEADERS:
            while payload:
                name, payload = payload[2:2 + payload[1]], payload[2 + payload[1]:]
                value, payload = payload[1:1 + payload[0]], payload[1 + payload[0]:]
                self.headers.setdefault(stream, {})[name] = value
        elif kind == DATA:
            self.bodies[stream] += payload
            if payload:
                self.frame(WINDOW_UPDATE, 0, 0, struct.pack("!I", len(payload)))
                self.frame(WINDOW_UPDATE, 0, stream, struct.pack("!I", len(payload)))
        elif kind == RST_STREAM:
            raise ValueError("stream reset")
        if kind in (HEADERS, DATA) and flags & END_STREAM:
            self.ended.add(stream)


def http2_pair(run):
    a, b = run.pair()
    return Http2(run, a, b, True, 20_000), Http2(run, b, a, False, 10_000)


def http2_end(run, client, server):
    """GOAWAY, and what is left to see at both ends."""
    client.frame(GOAWAY, 0, 0, struct.pack("!II", 0, 0) + b"done")
    client.sock.shutdown(socket.SHUT_WR)
    run.note("server's last words", server())
    while client.read() is not False:
        pass
    run.note("goaway at the client", client.goaway)
    run.note("pongs", sorted(client.pongs))
    for name, kinds in (("headers", (HEADERS, 0)), ("settings", (SETTINGS, 0)), ("settings ack", (SETTINGS, ACK)), ("pings", (PING, 0))):
        run.note(f"{name} at the client", client.seen[kinds])


def serve_http2(server, answer):
    """Until the client has gone away. answer(stream) is called whenever a stream has moved."""
    while (moved := server.read()) is not False:
        for stream in sorted(moved - {0}):
            answer(stream)
        server.flush(3000)
    server.frame(GOAWAY, 0, 0, struct.pack("!II", max(server.headers), 0))
    server.sock.close()
    return f"served {len(server.headers)} streams, goaway {server.goaway}, pings {server.seen[PING, 0]}"


@row
def http2_streams(run):
    """Streams that are interleaved both ways, larger than their windows, with PING between them and GOAWAY at the end."""
    client, server = http2_pair(run)

    def answer(stream):
        if stream in server.ended and stream not in server.windows_done:
            server.windows_done.add(stream)
            server.send_headers(stream, [(b":status", b"200"), (b"of", server.headers[stream][b":path"])])
            server.send_data(stream, bytes(server.bodies[stream])[::-1], True)
    server.windows_done = set()
    served = in_thread(serve_http2, server, answer)
    wanted = {}
    for turn in range(3):
        streams = [turn * 16 + 1 + 2 * i for i in range(6)]
        for stream in streams:
            client.send_headers(stream, [(b":method", b"POST"), (b":path", b"/%d" % stream)])
            wanted[stream] = pattern(1 + stream * 1777, stream)
            client.send_data(stream, wanted[stream], True)
        client.frame(PING, 0, 0, b"ping %3d" % turn)
        client.flush(2500)
        while not client.ended.issuperset(streams):
            if client.read() is False:
                raise EOFError
            client.flush(2500)
    run.note("streams", sorted(client.ended))
    run.note("bodies", all(bytes(client.bodies[s])[::-1] == data for s, data in wanted.items()))
    run.note("headers", [client.headers[s][b"of"] for s in sorted(wanted)])
    http2_end(run, client, served)


def messages_of(body):
    """Takes the whole length-prefixed messages off the front of a gRPC stream's bytes."""
    while len(body) >= 5 and len(body) >= 5 + int.from_bytes(body[1:5], "big"):
        length = int.from_bytes(body[1:5], "big")
        yield bytes(body[5:5 + length])
        del body[:5 + length]


def grpc_message(data):
    return b"\0" + struct.pack("!I", len(data)) + data


@row
def grpc_streams(run):
    """Three gRPC calls at once, each with messages both ways in turns, and trailers at the end."""
    client, server = http2_pair(run)
    calls, turns = (1, 3, 5), 25
    begun, closed = set(), set()

    def answer(stream):
        if stream not in begun:
            begun.add(stream)
            server.send_headers(stream, [(b":status", b"200"), (b"content-type", b"application/grpc")])
        for message in messages_of(server.bodies[stream]):
            server.send_data(stream, grpc_message(message.swapcase()))
        if stream in server.ended and stream not in closed:
            closed.add(stream)
            server.send_data(stream, b"", True, [(b"grpc-status", b"0")])
    served = in_thread(serve_http2, server, answer)
    answers = collections.defaultdict(list)
    wanted = {stream: [(b"%d/%d " % (stream, i)) + b"a" * (i * i * 53 % 9000) for i in range(turns)] for stream in calls}
    for stream in calls:
        client.send_headers(stream, [(b":method", b"POST"), (b":path", b"/row/call"), (b"te", b"trailers")])
    for i in range(turns):
        for stream in calls:
            client.send_data(stream, grpc_message(wanted[stream][i]), i == turns - 1)
        client.flush(1000)
        while any(len(answers[stream]) <= i for stream in calls):
            if client.read() is False:
                raise EOFError
            client.flush(1000)
            for stream in calls:
                answers[stream].extend(messages_of(client.bodies[stream]))
    while not client.ended.issuperset(calls):
        client.read()
    for stream in calls:
        run.note(f"call {stream}", [m.swapcase() for m in answers[stream]] == wanted[stream])
        run.note("status", client.headers[stream][b"grpc-status"])
    http2_end(run, client, served)


CONTINUATION, TEXT, BINARY, CLOSE, WS_PING, WS_PONG = 0, 1, 2, 8, 9, 10
FIN = 0x80


class WebSocket:
    """One end of a WebSocket: the client masks what it sends."""

    def __init__(self, run, sock, to, client):
        self.run, self.sock, self.to, self.client = run, sock, to, client

    def send(self, kind, data, final=True):
        mask = b"\x12\x9a\x55\x7e" if self.client else b""
        head = bytes((kind | (FIN if final else 0),))
        bit = 0x80 if self.client else 0
        if len(data) < 126:
            head += bytes((bit | len(data),))
        elif len(data) < 65536:
            head += bytes((bit | 126,)) + struct.pack("!H", len(data))
        else:
            head += bytes((bit | 127,)) + struct.pack("!Q", len(data))
        self.run.counted(self.to, lambda: send_all(self.sock, head + mask + self.masked(data, mask)))

    @staticmethod
    def masked(data, mask):
        if not mask or not data:
            return data
        key = (mask * (len(data) // 4 + 1))[:len(data)]
        return (int.from_bytes(data, "big") ^ int.from_bytes(key, "big")).to_bytes(len(data), "big")

    def frame(self):
        first, second = recv(self.sock, 2)
        length = second & 0x7f
        if length > 125:
            length = int.from_bytes(recv(self.sock, 2 if length == 126 else 8), "big")
        mask = recv(self.sock, 4) if second & 0x80 else b""
        return first & 15, bool(first & FIN), self.masked(recv(self.sock, length), mask)

    def message(self):
        """The next whole message; answers pings, and collects what came between the fragments."""
        parts, kind, between = b"", None, []
        while True:
            opcode, final, data = self.frame()
            if opcode == WS_PING:
                self.send(WS_PONG, data)
            elif opcode == WS_PONG:
                between.append(data)
            elif opcode == CLOSE:
                return CLOSE, data, between
            else:
                kind = opcode or kind
                parts += data
                if final:
                    return kind, parts, between


def serve_web_socket(run, b, a):
    request = b""
    while not request.endswith(b"\r\n\r\n"):
        request += recv(b, 1)
    key = re.search(rb"Sec-WebSocket-Key: (\S+)", request)[1]
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    run.counted(a, lambda: send_all(b, b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                       b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"))
    server, count = WebSocket(run, b, a, False), 0
    while True:
        kind, data, _ = server.message()
        if kind == CLOSE:
            server.send(CLOSE, data)
            b.shutdown(socket.SHUT_WR)
            return f"echoed {count}"
        count += 1
        half = len(data) // 2
        server.send(kind, data[:half], False)
        server.send(WS_PING, b"%d" % count)
        server.send(CONTINUATION, data[half:])
        if server.frame() != (WS_PONG, True, b"%d" % count):
            return f"no pong {count}"


@row
def web_socket(run):
    """A kept-alive HTTP connection is upgraded: text and binary of many sizes, fragments with PING between them, closing handshake."""
    a, b = run.pair()
    server = in_thread(serve_http, b, 10)
    for i in range(10):
        run.send(a, b, b"GET /%d HTTP/1.1\r\nHost: row\r\n\r\n" % (i * 50))
        http_answers(a, 1)
    run.note("http", server())
    server = in_thread(serve_web_socket, run, b, a)
    run.send(a, b, b"GET /chat HTTP/1.1\r\nHost: row\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                   b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += recv(a, 1)
    run.note("upgrade", answer.split(b"\r\n")[0])
    run.note("accept", re.search(rb"Accept: (\S+)", answer)[1])
    client = WebSocket(run, a, b, True)
    for i, size in enumerate((0, 1, 125, 126, 500, 65535, 65536, 150_000, 3, 4000) * 3):
        kind, data = (TEXT, b"t" * size) if i % 2 else (BINARY, pattern(size, i))
        third = size // 3
        client.send(kind, data[:third], False)
        client.send(WS_PING, b"between %d" % i)
        client.send(CONTINUATION, data[third:2 * third], False)
        client.send(CONTINUATION, data[2 * third:])
        run.note(f"{size} bytes", client.message() == (kind, data, [b"between %d" % i]))
    client.send(CLOSE, struct.pack("!H", 1000) + b"bye")
    run.note("close", client.frame())
    run.say("end", recv, a, 1)
    run.note("server", server())


@row
def urgent_data(run):
    """MSG_OOB on an enrolled flow: the byte is out of band, and the mark is where it was."""
    a, b = run.pair()
    run.send(a, b, b"before")
    run.say("urgent", run.send, a, b, b"!", socket.MSG_OOB)
    run.send(a, b, b"after")
    run.note("events", eventually(lambda: events(b), "POLLIN|POLLPRI|POLLOUT"))
    run.say("out of band", b.recv, 1, socket.MSG_OOB)
    run.say("read", b.recv, 100)
    run.note("at the mark", number(b, SIOCATMARK))
    run.say("read", b.recv, 100)
    run.say("read", b.recv, 100)


@row
def urgent_data_inline(run):
    """SO_OOBINLINE set before the connection is used."""
    a, b = run.connect()
    b.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
    run.warm(a, b)
    run.send(a, b, b"before")
    run.say("urgent", run.send, a, b, b"!", socket.MSG_OOB)
    run.send(a, b, b"after")
    run.say("read", b.recv, 100)
    run.say("read", b.recv, 100)


class UrgentSignals:
    """Has urgent data of a socket told by SIGURG, until it is done with."""

    def __init__(self, sock):
        self.came = []
        self.before = signal.signal(signal.SIGURG, lambda *_: self.came.append("SIGURG"))
        fcntl.fcntl(sock, fcntl.F_SETOWN, os.getpid())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        signal.signal(signal.SIGURG, self.before)

    def follow(self, run, frm, to):
        """Whether they come with urgent data."""
        run.say("urgent", run.send, frm, to, b"!", socket.MSG_OOB)
        run.note("signals", eventually(lambda: self.came[:1], ["SIGURG"]))


@row
def urgent_data_by_signal(run):
    """F_SETOWN before the connection is used: urgent data comes with SIGURG."""
    a, b = run.connect()
    with UrgentSignals(b) as signals:
        run.warm(a, b)
        signals.follow(run, a, b)
        run.say("out of band", b.recv, 1, socket.MSG_OOB)


@row
def signal_owner_after_enrolment(run):
    """The first urgent data after F_SETOWN on an enrolled flow, some messages later, and SIOCATMARK."""
    a, b = run.pair()
    with UrgentSignals(b) as signals:
        for _ in range(20):
            for frm, to in ((a, b), (b, a)):
                run.send(frm, to, b"turn")
                recv(to, 4)
            time.sleep(0.01)
        signals.follow(run, a, b)
        run.note("at the mark", number(b, SIOCATMARK))
        run.say("out of band", b.recv, 1, socket.MSG_OOB)


def report(run):
    print("\n".join([run.path(), *run.transcript]), flush=True)


def run_row(name, patience):
    run = Run(float(patience))
    me = os.getpid()

    def stuck():
        run.transcript.append("hangs")
        report(run)
        os._exit(0)
    later(STUCK + run.patience, stuck)
    try:
        rows[name](run)
    except Exception as e:  # whatever ends a scenario is part of what the application sees
        run.transcript.append(f"ends with {type(e).__name__}: {e}")
    if os.getpid() == me:
        report(run)
    os._exit(0)


def main():
    for line in sys.stdin:
        child = os.fork()
        if not child:
            run_row(*line.split())
        os.waitpid(child, 0)
        print(flush=True)


main()
