"""An HTTP/1.1 client that checks every byte, and the server of the files that it asks for."""

import asyncio
import time

from harness import HELPERS, PATIENCE, TOOLS, check, content

FILES = [100, 4096, 65536, 1 << 20, 5 << 20, 20 << 20]
# Small requests with a pause after each, so that the flow is enrolled before the load begins.
WARM_UP = 15
WARM_UP_PAUSE = 0.008
# A client takes no more than twice this from its socket before it is asked for.
BUFFER = 1 << 17


def origin(bench):
    """An nginx that serves /SIZE with sendfile and without, and takes PUT; answers with both ports."""
    with_sendfile, without = bench.port(), bench.port()
    for size in FILES:
        bench.write(f"www/{size}", content(size))
    servers = "".join(f"""
        server {{
            listen 127.0.0.1:{port} backlog=4096;
            sendfile {sendfile};
            root {bench.folder}/www;
            location / {{ dav_methods PUT; }}
        }}""" for port, sendfile in ((with_sendfile, "on"), (without, "off")))
    start_nginx(bench, "origin", with_sendfile, servers)
    return with_sendfile, without


def start_nginx(bench, name, port, http):
    """Starts an nginx with this in its http block."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n".join(f"{kind}_temp_path {bench.folder}/{name}-{kind};" for kind in kinds)
    bench.write(f"{name}.conf", f"""
        user root; daemon off; worker_processes 2; pid {bench.folder}/{name}.pid; error_log {bench.folder}/{name}-error.log;
        events {{ worker_connections 4096; }}
        http {{
            access_log off; client_max_body_size 100m; keepalive_requests 100000000; default_type text/plain;
            {temporary}
            {http}
        }}""")
    bench.start(["nginx", "-p", bench.folder, "-c", f"{name}.conf", "-e", f"{name}-error.log"], port)


def node_echo(bench):
    """The echo in Node; answers with its port."""
    port = bench.port()
    bench.start(["node", HELPERS / "echo.js", port, TOOLS / "servers/node/node_modules"], port)
    return port


class Connection:
    """A kept-alive connection."""

    def __init__(self, meter, port, pause=0.0):
        self.meter = meter
        self.port = port
        self.pause = pause

    async def open(self):
        self.reader, self.writer = await self.meter.patiently(asyncio.open_connection("127.0.0.1", self.port, limit=BUFFER))

    async def connect(self, port):
        """Asks the proxy for a tunnel to this port."""
        await self.ask("CONNECT", f"127.0.0.1:{port}")

    async def warm_up(self, request, turns):
        for _ in range(turns):
            await self.ask(*request)
            await asyncio.sleep(WARM_UP_PAUSE)

    def close(self):
        self.writer.close()

    async def finish(self, request):
        """One more request, after which the server closes: the answer must come before the end of stream."""
        await self.ask(*request, headers="Connection: close\r\n")
        check(await self.read(self.reader.read()) == b"", "bytes after the last answer")
        self.close()

    async def read(self, awaitable):
        since = time.monotonic()
        async with asyncio.timeout(PATIENCE):
            data = await awaitable
        self.meter.waited(since)
        return data

    async def ask(self, method, path, body=b"", expected=b"", headers=""):
        """Sends a request, and checks the answer, which may come in chunks."""
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}"
        if body:
            head += f"Content-Length: {len(body)}\r\n"
        self.writer.write(f"{head}\r\n".encode() + body)
        lines = (await self.read(self.reader.readuntil(b"\r\n\r\n"))).decode().split("\r\n")
        status = int(lines[0].split()[1])
        check(200 <= status < 300, f"{method} {path}: {lines[0]}")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        at = 0
        if fields.get("transfer-encoding") == "chunked":
            while size := int(await self.read(self.reader.readuntil(b"\r\n")), 16):
                await self.compare(size, expected, at)
                at += size
                await self.read(self.reader.readexactly(2))
            await self.read(self.reader.readexactly(2))
        else:
            at = int(fields.get("content-length", 0))
            await self.compare(at, expected, 0)
        check(at == len(expected), f"{method} {path}: {at} bytes instead of {len(expected)}")

    async def compare(self, size, expected, at):
        end = at + size
        while at < end:
            data = await self.read(self.reader.read(min(end - at, BUFFER)))
            check(data, f"end of stream at byte {at}")
            if data != expected[at:at + len(data)]:
                first = next((i for i, byte in enumerate(data) if expected[at + i:at + i + 1] != bytes([byte])), len(data))
                check(False, f"other content from byte {at + first}")
            at += len(data)
            if self.pause:
                await asyncio.sleep(self.pause)


def gets(*sizes, prefix=""):
    """Steps of a load: GETs of files."""
    return [("GET", f"{prefix}/{size}", b"", content(size)) for size in sizes]


def puts(*sizes, prefix=""):
    """Steps of a load: uploads, each fetched again; {} in a path becomes the number of the client."""
    steps = []
    for size in sizes:
        body = content(size, size % 1000)
        steps += [("PUT", f"{prefix}/up-{{}}", body, b""), ("GET", f"{prefix}/up-{{}}", b"", body)]
    return steps


def requests(port, steps, clients=8, rounds=None, tunnel_to=None, tunnel_late=False, pause=0.0, turns=WARM_UP, idle=0.0):
    """
    A load: each client warms its connection up, then takes the steps in turn.
    rounds: after so many the client has the server close, and makes a new connection.
    tunnel_to, tunnel_late: through a proxy that is asked to CONNECT to this port, at once or after requests to the proxy itself.
    pause: the client reads slowly: it waits so many seconds after each piece of a body.
    turns, idle: small requests on each new connection, and then so many seconds without any.
    """
    async def work(meter):
        warm, = gets(100, prefix=steps[0][1].rpartition("/")[0])

        async def connect():
            connection = Connection(meter, port, pause)
            await connection.open()
            if tunnel_late:
                await connection.warm_up(warm, turns)
            if tunnel_to:
                await connection.connect(tunnel_to)
            if not tunnel_late:
                await connection.warm_up(warm, turns)
            await asyncio.sleep(idle)
            return connection

        async def client(number):
            connection = await connect()
            try:
                turn = 0
                while meter.goes_on():
                    for method, path, body, expected in steps:
                        await connection.ask(method, path.format(number), body, expected)
                        meter.requests += 1
                        if not meter.goes_on():
                            break
                    turn += 1
                    if rounds and turn % rounds == 0:
                        await connection.finish(warm)
                        connection = await connect()
            finally:
                connection.close()

        await meter.workers(clients, client)
    return work
