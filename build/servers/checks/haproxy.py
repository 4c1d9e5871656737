"""HAProxy in front of nginx: `option splice-auto`, and splicing whenever it can."""

import asyncio
import sys

from harness import HELPERS, check, content
from http_load import gets, origin, puts, requests, WARM_UP, WARM_UP_PAUSE

KIB, MIB = 1 << 10, 1 << 20

# HAProxy is excluded by default, since redirected bytes that wait at its first splice stay unread.
INCLUDED = ["--exclude-executables", "none"]
VARIANTS = [[], INCLUDED]
LATE = "splice-auto, splice from the middle on"
SMALL, LARGE, UPLOADS, PAUSED = (f"splice always, {what}" for what in ("small", "1 and 20 MiB", "uploads", "after a pause"))
KNOWN = {(*INCLUDED, load): "the first splice of a process on an enrolled flow stands still"
         for load in (SMALL, LARGE, UPLOADS, PAUSED, LATE)}


def half_closed(port):
    """Large answers during which the client ends its own stream: that makes HAProxy think again whether to splice."""
    size = 20 * MIB

    async def work(meter):
        async def client(number):
            expected = content(size)
            while meter.goes_on():
                reader, writer = await meter.patiently(asyncio.open_connection("127.0.0.1", port, limit=1 << 17))
                for _ in range(WARM_UP):
                    writer.write(b"1000\n")
                    check(await meter.patiently(reader.readexactly(1000)) == expected[:1000], "small answer")
                    await asyncio.sleep(WARM_UP_PAUSE)
                writer.write(b"%d\n" % size)
                at = 0
                while at < size:
                    data = await meter.patiently(reader.read(1 << 17))
                    check(data and data == expected[at:at + len(data)], f"answer at byte {at}")
                    if at <= 3 * MIB < at + len(data):
                        writer.write_eof()
                    at += len(data)
                check(await meter.patiently(reader.read()) == b"", "bytes after the answer")
                writer.close()
                meter.requests += 1
        await meter.workers(2, client)
    return work


def start(bench, mode, options, upstream):
    port = bench.port()
    config = bench.write(f"haproxy-{port}.cfg", f"""
global
 nbthread 2
defaults
 mode {mode}
 timeout connect 5s
 timeout client 20s
 timeout server 20s
 {options}
frontend front
 bind 127.0.0.1:{port}
 default_backend origin
backend origin
 server origin 127.0.0.1:{upstream}
""")
    bench.start(["haproxy", "-f", config], port)
    return port


def run(bench):
    upstream, _ = origin(bench)
    kinds = {"splice-auto": "option splice-auto", "splice always": "option splice-request\n option splice-response"}
    for kind, options in kinds.items():
        port = start(bench, "http", f"{options}\n http-reuse always", upstream)
        bench.load(f"{kind}, small", requests(port, gets(100, 4 * KIB, 64 * KIB)), redirected=False)
        bench.load(f"{kind}, 1 and 20 MiB", requests(port, gets(100, MIB, 100, 20 * MIB), clients=4, rounds=1), redirected=False)
        bench.load(f"{kind}, uploads", requests(port, puts(1000, MIB, 5 * MIB), clients=4, rounds=1), redirected=False)
    # Enrolled by the small answers, which it reads by recv, and then nothing has been sent when the first splice comes.
    port = start(bench, "http", kinds["splice always"], upstream)
    bench.load("splice always, after a pause", requests(port, gets(MIB), clients=4, rounds=3, turns=4, idle=0.3), redirected=False)
    numbers = bench.port()
    bench.start([sys.executable, HELPERS / "numbers.py", numbers], numbers)
    bench.load(LATE, half_closed(start(bench, "tcp", kinds["splice-auto"], numbers)), redirected=False)
