"""memcached: values from 1 byte to 900 KB, pipelined quiet gets, and a Python client."""

import asyncio
import itertools
import time

from pymemcache.client.base import Client

from harness import PATIENCE, check, content

SIZES = [1, 100, 2000, 40_000, 900_000]


async def connect(meter, port):
    reader, writer = await meter.patiently(asyncio.open_connection("127.0.0.1", port, limit=1 << 21))
    for _ in range(10):
        writer.write(b"version\r\n")
        await meter.patiently(reader.readuntil(b"\r\n"))
        await asyncio.sleep(0.01)
    return reader, writer


def values(port):
    async def work(meter):
        async def client(number):
            reader, writer = await connect(meter, port)
            for turn in itertools.count():
                if not meter.goes_on():
                    return
                value = content(SIZES[turn % len(SIZES)], turn % 1000)
                writer.write(b"set v%d 0 0 %d\r\n%b\r\n" % (number, len(value), value))
                check(await meter.patiently(reader.readuntil(b"\r\n")) == b"STORED\r\n", "set")
                writer.write(b"get v%d\r\n" % number)
                expected = b"VALUE v%d 0 %d\r\n%b\r\nEND\r\n" % (number, len(value), value)
                check(await meter.patiently(reader.readexactly(len(expected))) == expected, f"get of {len(value)} bytes")
                meter.requests += 2
        await meter.workers(8, client)
    return work


def quiet_gets(port):
    async def work(meter):
        async def client(number):
            reader, writer = await connect(meter, port)
            for turn in itertools.count():
                if not meter.goes_on():
                    return
                stored = [b"ms q%d-%d %d\r\n%b\r\n" % (number, i, 10 + i * 30, content(10 + i * 30, turn + i)) for i in range(0, 40, 2)]
                writer.write(b"".join(stored))
                for _ in stored:
                    check(await meter.patiently(reader.readuntil(b"\r\n")) == b"HD\r\n", "ms")
                # Every second key is missing, and a quiet get says nothing of it.
                for i in range(40):
                    writer.write(b"mg q%d-%d v q\r\n" % (number, i))
                writer.write(b"mn\r\n")
                expected = b"".join(b"VA %d\r\n%b\r\n" % (10 + i * 30, content(10 + i * 30, turn + i)) for i in range(0, 40, 2)) + b"MN\r\n"
                check(await meter.patiently(reader.readexactly(len(expected))) == expected, "quiet gets")
                meter.requests += 60
        await meter.workers(8, client)
    return work


def python_client(port):
    def work(meter):
        client = Client(("127.0.0.1", port), timeout=PATIENCE, no_delay=True)
        for turn in itertools.count():
            if not meter.goes_on():
                break
            since = time.monotonic()
            some = {f"p{i}": content(1 + (turn * 911 + i * 97) % 9000, turn % 1000) for i in range(5)}
            check(not client.set_many(some, noreply=False), "set_many")
            check(client.get_many(some) == some, "get_many")
            check(client.incr("n", 1) == turn + 1 if turn else client.set("n", "1", noreply=False), "incr")
            meter.done(since, 11)
        client.close()
    return work


def run(bench):
    port = bench.port()
    bench.start(["memcached", "-l", "127.0.0.1", "-p", port, "-u", "root", "-t", 2], port)
    bench.load("values up to 900 KB", values(port))
    bench.load("pipelined quiet gets", quiet_gets(port))
    bench.load("python client", python_client(port))
