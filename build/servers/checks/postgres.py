"""PostgreSQL: pgbench with its three protocols, COPY, LISTEN/NOTIFY, cancelled queries, cursors, by psycopg and asyncpg."""

import asyncio
import concurrent.futures
import hashlib
import itertools
import pathlib
import shutil
import signal
import subprocess
import time

import asyncpg
import psycopg

from harness import PATIENCE, check, content, run_client

COPY_LINES = 100_000
CURSOR_ROWS = 100_000
BANK = "select (select sum(abalance) from pgbench_accounts) = (select sum(delta) from pgbench_history), " \
       "(select sum(bbalance) from pgbench_branches) = (select sum(delta) from pgbench_history), (select count(*) from pgbench_history)"


def start(bench):
    """A server of the user that it insists on, and its port."""
    port = bench.port()
    binaries = pathlib.Path(subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True).stdout.strip())
    home = bench.folder / "postgres"
    home.mkdir()
    shutil.chown(home, "postgres", "postgres")
    user = {"user": "postgres", "group": "postgres", "extra_groups": []}
    subprocess.run([binaries / "initdb", "-D", home / "data", "-A", "trust", "-U", "postgres", "--no-sync", "--locale", "C", "-E", "UTF8"],
                   check=True, stdout=subprocess.DEVNULL, cwd=home, **user)
    return bench.start([binaries / "postgres", "-D", home / "data", "-p", port, "-k", "", "-c", "fsync=off"], port, **user), port


def address(port):
    return f"host=127.0.0.1 port={port} user=postgres dbname=postgres connect_timeout={PATIENCE} sslmode=disable"


def pgbench(bench, port, protocol):
    connection = ["-h", "127.0.0.1", "-p", port, "-U", "postgres", "postgres"]

    def work(meter):
        run_client(meter, ["pgbench", "-i", "-q", "-s", 4, *connection])
        output = run_client(meter, ["pgbench", "-M", protocol, "-c", 4, "-T", int(meter.seconds), "-l", "--log-prefix",
                                    bench.folder / f"pgbench-{protocol}", *connection])
        for log in bench.folder.glob(f"pgbench-{protocol}.*"):
            for line in log.read_text().splitlines():
                meter.stall = max(meter.stall, int(line.split()[2]) / 1e6)
                meter.requests += 1
        if output:
            with psycopg.connect(address(port)) as c:
                accounts, branches, transactions = c.execute(BANK).fetchone()
            check(accounts and branches and transactions == meter.requests, "sums of the bank after the transactions")
    return work


def warm(connection):
    for turn in range(10):
        check(connection.execute("select %s::int", (turn,)).fetchone() == (turn,), "select")
        time.sleep(0.01)


def clients(meter, port, n, work):
    """Runs work(connection, number) n times at once, each with a connection of psycopg."""
    def one(number):
        try:
            with psycopg.connect(address(port), autocommit=True) as connection:
                warm(connection)
                work(connection, number)
        except Exception as error:  # all that a client can see is a result here
            meter.failed(error)
    with concurrent.futures.ThreadPoolExecutor(n) as pool:
        list(pool.map(one, range(n)))


def psycopg_queries(port):
    def work(meter):
        def client(connection, number):
            for turn in itertools.count():
                if not meter.goes_on():
                    return
                value = content(1_000_000 if turn % 50 == 49 else turn * 13 % 20_000, turn % 1000).decode()
                since = time.monotonic()
                row = connection.execute("select %s::text, md5(%s::text), %s::int", (value, value, turn)).fetchone()
                check(row == (value, hashlib.md5(value.encode()).hexdigest(), turn), f"row {turn}")
                meter.done(since)
        clients(meter, port, 4, client)
    return work


def pipeline(port):
    def work(meter):
        def client(connection, number):
            for turn in itertools.count():
                if not meter.goes_on():
                    return
                since = time.monotonic()
                with connection.pipeline():
                    cursors = [connection.execute("select repeat(%s, %s)", (str(i), i * 20)) for i in range(30)]
                check([c.fetchone()[0] for c in cursors] == [str(i) * (i * 20) for i in range(30)], f"pipeline {turn}")
                meter.done(since, 30)
        clients(meter, port, 4, client)
    return work


def copy(port):
    def work(meter):
        # Numbers, and on every line 1000 bytes: 100 MB.
        lines = [b"%d\t%b\n" % (n, content(1008, n % 1000).replace(b"\n", b"-")) for n in range(COPY_LINES)]

        def client(connection, number):
            connection.execute("create temporary table copied (n int, t text)")
            since = time.monotonic()
            with connection.cursor().copy("copy copied from stdin") as to:
                for i in range(0, COPY_LINES, 50):
                    to.write(b"".join(lines[i:i + 50]))
                    meter.done(since)
                    since = time.monotonic()
            count, total = connection.execute("select count(*), sum(n) from copied").fetchone()
            check((count, total) == (COPY_LINES, COPY_LINES * (COPY_LINES - 1) // 2), "rows after COPY")
            meter.waited(since)
            sent, seen = hashlib.sha256(b"".join(lines)), hashlib.sha256()
            since = time.monotonic()
            with connection.cursor().copy("copy (select * from copied) to stdout") as come:
                for data in come:
                    seen.update(data)
                    meter.done(since)
                    since = time.monotonic()
            check(seen.digest() == sent.digest(), "what COPY gives back")
        clients(meter, port, 1, client)
    return work


def cursors(port):
    def work(meter):
        def client(connection, number):
            with connection.transaction(), connection.cursor("large") as cursor:
                cursor.execute(f"select n, repeat(md5(n::text), n %% 9) from generate_series(1, {CURSOR_ROWS}) n", ())
                n = 0
                while meter.goes_on():
                    since = time.monotonic()
                    rows = cursor.fetchmany(1 + n % 1999)
                    if not rows:
                        break
                    for row in rows:
                        n += 1
                        check(row == (n, hashlib.md5(str(n).encode()).hexdigest() * (n % 9)), f"row {n}")
                    meter.done(since)
        clients(meter, port, 2, client)
    return work


def cancel(port):
    def work(meter):
        def client(connection, number):
            while meter.goes_on():
                since = time.monotonic()
                with concurrent.futures.ThreadPoolExecutor(1) as pool:
                    sleeping = pool.submit(connection.execute, "select pg_sleep(30)")
                    time.sleep(0.1)
                    connection.cancel()
                    check(isinstance(sleeping.exception(), psycopg.errors.QueryCanceled), "cancelled query")
                check(connection.execute("select %s::int", (number,)).fetchone() == (number,), "query after the cancelled one")
                meter.done(since, 2)
        clients(meter, port, 4, client)
    return work


def notify(port):
    async def work(meter):
        async def pair(number):
            listener, notifier = await connect(port), await connect(port)
            news = asyncio.Queue()
            await listener.add_listener(f"news_{number}", lambda *event: news.put_nowait(event[3]))
            for turn in itertools.count():
                if not meter.goes_on():
                    break
                payload = content(turn * 17 % 7000 + 1, turn % 1000).decode()
                await meter.patiently(notifier.execute("select pg_notify($1, $2)", f"news_{number}", payload))
                check(await meter.patiently(news.get()) == payload, f"notification {turn}")
                meter.requests += 2
            await listener.close()
            await notifier.close()
        await meter.workers(4, pair)
    return work


async def connect(port):
    connection = await asyncpg.connect(host="127.0.0.1", port=port, user="postgres", database="postgres", ssl=False, timeout=PATIENCE)
    for turn in range(10):
        check(await connection.fetchval("select $1::int", turn) == turn, "select")
        await asyncio.sleep(0.01)
    return connection


def asyncpg_queries(port):
    async def work(meter):
        async def client(number):
            connection = await connect(port)
            for turn in itertools.count():
                if not meter.goes_on():
                    break
                value = content(1_000_000 if turn % 50 == 49 else turn * 13 % 20_000, turn % 1000).decode()
                row = await meter.patiently(connection.fetchrow("select $1::text a, md5($1) b, $2::int c", value, turn))
                check(tuple(row) == (value, hashlib.md5(value.encode()).hexdigest(), turn), f"row {turn}")
                meter.requests += 1
            await connection.close()
        await meter.workers(8, client)
    return work


def loads(bench, port):
    for protocol in ("simple", "extended", "prepared"):
        bench.load(f"pgbench, {protocol}", pgbench(bench, port, protocol))
    bench.load("psycopg, queries", psycopg_queries(port))
    bench.load("psycopg, pipeline", pipeline(port))
    bench.load("psycopg, COPY of 100 MB", copy(port))
    bench.load("psycopg, cursors", cursors(port))
    bench.load("psycopg, cancel", cancel(port))
    bench.load("asyncpg, LISTEN/NOTIFY", notify(port))
    bench.load("asyncpg, queries", asyncpg_queries(port))


def run(bench):
    server, port = start(bench)
    try:
        loads(bench, port)
    finally:
        # killed, it would leave shared memory behind
        bench.stop(server, signal.SIGINT)
