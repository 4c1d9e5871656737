"""A WebSocket client that checks its echo. It masks with zeros, which leaves the payload as it is."""

import itertools
import struct

from harness import check, content
from http_load import Connection

SIZES = [1, 20, 125, 126, 3000, 65535, 65536, 300_000]


def frame(payload):
    """One masked binary message."""
    n = len(payload)
    length = bytes([0x80 | n]) if n < 126 else struct.pack("!BH", 0xfe, n) if n < 65536 else struct.pack("!BQ", 0xff, n)
    return b"\x82" + length + bytes(4) + payload


async def receive(connection):
    """The payload of the next message."""
    kind, n = await connection.read(connection.reader.readexactly(2))
    check(kind == 0x82, f"frame of kind {kind:#x}")
    if n == 126:
        n, = struct.unpack("!H", await connection.read(connection.reader.readexactly(2)))
    elif n == 127:
        n, = struct.unpack("!Q", await connection.read(connection.reader.readexactly(8)))
    return await connection.read(connection.reader.readexactly(n))


def echoes(port, clients=8, tunnel_to=None):
    """A load: each client has messages of many sizes echoed, one by one and some at a time."""
    async def work(meter):
        async def client(number):
            connection = Connection(meter, port)
            await connection.open()
            if tunnel_to:
                await connection.connect(tunnel_to)
            connection.writer.write(b"GET /socket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                                    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n")
            head = await connection.read(connection.reader.readuntil(b"\r\n\r\n"))
            check(head.startswith(b"HTTP/1.1 101 "), head.splitlines()[0])
            for turn in itertools.count():
                if not meter.goes_on():
                    break
                # Small ones first, so that the flow is enrolled.
                size = SIZES[turn % len(SIZES)] if turn > 200 else 100
                messages = [content(size, (turn + i) % 1000) for i in range(1 + turn % 4)]
                connection.writer.write(b"".join(frame(message) for message in messages))
                for message in messages:
                    check(await receive(connection) == message, f"echo of {size} bytes")
                    meter.requests += 1
            connection.close()
        await meter.workers(clients, client)
    return work
