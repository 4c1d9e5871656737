"""Redis: pipelines, large values, publish/subscribe, blocking pops, transactions, and a replica: full sync, then live."""

import asyncio
import csv
import io
import itertools

from harness import check, content, run_client


class Client:
    """A connection that speaks RESP."""

    def __init__(self, meter, port):
        self.meter = meter
        self.port = port

    async def open(self):
        self.reader, self.writer = await self.meter.patiently(asyncio.open_connection("127.0.0.1", self.port, limit=1 << 22))
        for _ in range(10):
            await self.ask("PING")
            await asyncio.sleep(0.01)
        return self

    def send(self, *words):
        parts = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        self.writer.write(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts))

    async def answer(self):
        line = await self.meter.patiently(self.reader.readuntil(b"\r\n"))
        kind, rest = line[:1], line[1:-2]
        if rest == b"-1" and kind in b"*$":
            return None
        if kind == b"*":
            return [await self.answer() for _ in range(int(rest))]
        if kind == b"$":
            return (await self.meter.patiently(self.reader.readexactly(int(rest) + 2)))[:-2]
        check(kind != b"-", rest.decode())
        return int(rest) if kind == b":" else rest

    async def ask(self, *words):
        self.send(*words)
        return await self.answer()


def benchmark(port, pipeline):
    # About as many requests as take the time of a load, for each of the four kinds.
    def work(meter):
        n = int(pipeline ** 0.5 * 15_000 * meter.seconds)
        output = run_client(meter, ["redis-benchmark", "-p", port, "-c", 20, "-n", n, "-P", pipeline, "-d", 200,
                                    "-t", "set,get,lpush,lpop", "--csv"])
        for row in csv.DictReader(io.StringIO(output or "")):
            meter.requests += n
            meter.stall = max(meter.stall, float(row["max_latency_ms"]) / 1000)
    return work


def values(port):
    sizes = [1, 100, 5000, 70_000, 1_000_000, 5_000_000]

    async def work(meter):
        async def client(number):
            c = await Client(meter, port).open()
            for turn in itertools.count():
                if not meter.goes_on():
                    return
                value = content(sizes[turn % len(sizes)], turn % 1000)
                check(await c.ask("SET", f"value-{number}", value) == b"OK", "SET")
                check(await c.ask("GET", f"value-{number}") == value, f"GET of {len(value)} bytes")
                check(await c.ask("STRLEN", f"value-{number}") == len(value), "STRLEN")
                meter.requests += 3
        await meter.workers(6, client)
    return work


def publish(port):
    async def work(meter):
        sent = 0
        listening = asyncio.Barrier(9)
        over = asyncio.Event()

        async def subscriber(number):
            c = await Client(meter, port).open()
            await c.ask("SUBSCRIBE", "news")
            await listening.wait()
            seen = 0
            while not over.is_set() or seen < sent:
                kind, channel, message = await c.answer()
                check((kind, channel, message) == (b"message", b"news", content(20 + seen % 3000, seen % 1000)), f"message {seen}")
                seen += 1

        async def publisher(number):
            nonlocal sent
            c = await Client(meter, port).open()
            await listening.wait()
            while meter.goes_on():
                sent += 1
                check(await c.ask("PUBLISH", "news", content(20 + (sent - 1) % 3000, (sent - 1) % 1000)) == 8, "number of subscribers")
                meter.requests += 1
            # One more, so that nobody waits for a message when all have been sent.
            over.set()
            sent += 1
            await c.ask("PUBLISH", "news", content(20 + (sent - 1) % 3000, (sent - 1) % 1000))

        await meter.workers(9, lambda number: publisher(number) if number == 8 else subscriber(number))
    return work


def blocking_pop(port):
    async def work(meter):
        async def pair(number):
            taker, giver = await Client(meter, port).open(), await Client(meter, port).open()
            for turn in itertools.count():
                if not meter.goes_on():
                    break
                key, value = f"queue-{number}".encode(), content(1 + turn * 7 % 5000, turn % 1000)
                taker.send("BLPOP", key, 0)
                if turn % 3:
                    await asyncio.sleep(0.002)
                await giver.ask("RPUSH", key, value)
                check(await taker.answer() == [key, value], f"BLPOP {turn}")
                meter.requests += 2
            check(await taker.ask("BLPOP", f"empty-{number}", "0.2") is None, "BLPOP of nothing")
        await meter.workers(6, pair)
    return work


def transactions(port):
    async def work(meter):
        async def client(number):
            c = await Client(meter, port).open()
            for turn in itertools.count(1):
                if not meter.goes_on():
                    return
                c.send("MULTI")
                c.send("INCR", f"count-{number}")
                c.send("SET", f"copy-{number}", turn)
                c.send("GET", f"copy-{number}")
                c.send("EXEC")
                answers = [await c.answer() for _ in range(5)]
                check(answers[-1] == [turn, b"OK", str(turn).encode()], f"EXEC {turn}: {answers[-1]}")
                meter.requests += 5
        await meter.workers(8, client)
    return work


def replication(port, replica_port):
    async def work(meter):
        async def client(_):
            primary, replica = await Client(meter, port).open(), await Client(meter, replica_port).open()
            await primary.ask("FLUSHALL")
            for number in range(200):
                await primary.ask("SET", f"old-{number}", content(100_000, number))
            await replica.ask("REPLICAOF", "127.0.0.1", port)
            async with asyncio.timeout(20):
                while b"master_link_status:up" not in await replica.ask("INFO", "replication"):
                    await asyncio.sleep(0.05)
            meter.begin()
            for turn in itertools.count():
                if not meter.goes_on():
                    break
                await primary.ask("SET", f"live-{turn % 500}", content(turn * 31 % 20_000 if turn % 100 else 2_000_000, turn % 1000))
                meter.requests += 1
                if turn % 10 == 0:
                    check(await primary.ask("WAIT", 1, 5000) == 1, "the replica does not follow")
                    value = await primary.ask("GET", f"live-{turn % 500}")
                    check(await replica.ask("GET", f"live-{turn % 500}") == value, "the replica's value")
            check(await primary.ask("WAIT", 1, 5000) == 1, "the replica does not follow at the end")
            check(await primary.ask("DEBUG", "DIGEST") == await replica.ask("DEBUG", "DIGEST"), "digest of the replica")
            await replica.ask("REPLICAOF", "NO", "ONE")
        await meter.workers(1, client)
    return work


def run(bench):
    port, replica_port = bench.port(), bench.port()
    for p in (port, replica_port):
        (bench.folder / f"redis-{p}").mkdir()
        bench.start(["redis-server", "--port", p, "--bind", "127.0.0.1", "--save", "", "--dir", bench.folder / f"redis-{p}",
                     "--enable-debug-command", "yes", "--repl-diskless-sync-delay", "0"], p)
    bench.load("benchmark, pipeline 1", benchmark(port, 1))
    bench.load("benchmark, pipeline 16", benchmark(port, 16))
    bench.load("values up to 5 MB", values(port))
    bench.load("publish/subscribe", publish(port))
    bench.load("BLPOP", blocking_pop(port))
    bench.load("MULTI", transactions(port))
    bench.load("replication", replication(port, replica_port))
