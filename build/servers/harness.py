"""What the checks share: starting servers, running loads, counting what happened, content that shows where it went wrong."""

import asyncio
import collections
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

# A client waits so long for one answer before that counts as a timeout.
PATIENCE = 10
# A load may take so much longer than it should before it counts as a hang.
OVERTIME = 30
HELPERS = pathlib.Path(__file__).resolve().parent / "helpers"
TOOLS = pathlib.Path(__file__).resolve().parents[2] / ".tools"
CLIENTS = TOOLS / "servers/python"

_text = b"".join(b"%015d\n" % line for line in range(1 << 17))


def content(size, line=0):
    """So many bytes of numbered lines of 16 bytes, from a line on: no two parts of it are the same."""
    global _text
    end = line * 16 + size
    while len(_text) < end:
        first = len(_text) // 16
        _text += b"".join(b"%015d\n" % n for n in range(first, 2 * first))
    return _text[line * 16:end]


class Corrupt(Exception):
    """The answer is not what the server should have said."""


def check(good, what):
    if not good:
        raise Corrupt(what)


class Meter:
    """What one load has seen."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.requests = 0
        self.errors = collections.Counter()
        self.stall = 0.0
        self.end = 0.0

    def begin(self):
        self.end = time.monotonic() + self.seconds

    def goes_on(self):
        return time.monotonic() < self.end

    def waited(self, since):
        """Nothing came since then."""
        self.stall = max(self.stall, time.monotonic() - since)

    def done(self, since, n=1):
        """So many requests have been answered, as they should be."""
        self.waited(since)
        self.requests += n

    def failed(self, error):
        text = "no answer in time" if isinstance(error, TimeoutError) else f"{type(error).__name__}: {error}"
        self.errors[text.splitlines()[0][:100]] += 1

    async def patiently(self, awaitable):
        """An answer that must come within PATIENCE."""
        since = time.monotonic()
        async with asyncio.timeout(PATIENCE):
            result = await awaitable
        self.waited(since)
        return result

    async def workers(self, n, work):
        """Runs work(number) n times at once; an error ends one of them and is counted."""
        async def one(number):
            try:
                await work(number)
            except Exception as error:  # all that a client can see is a result here
                self.failed(error)
        await asyncio.gather(*(one(number) for number in range(n)))

    def command(self, arguments, **options):
        """Runs a client that prints a meter as JSON, and adds that to this one."""
        output = run_client(self, arguments, **options)
        if output is None:
            return
        seen = json.loads(output)
        self.requests += seen["requests"]
        self.errors.update(seen["errors"])
        self.stall = max(self.stall, seen["stall"])


def run_client(meter, arguments, **options):
    """Output of a client, or None when it failed."""
    arguments = [str(a) for a in arguments]
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=meter.seconds + OVERTIME, **options)
    except subprocess.TimeoutExpired:
        meter.failed(RuntimeError(f"{os.path.basename(arguments[0])} hangs"))
        return None
    if done.returncode:
        meter.failed(RuntimeError(f"{os.path.basename(arguments[0])}: {(done.stderr or done.stdout).strip()[-90:]}"))
        return None
    return done.stdout


class Bench:
    """One check, on one side: its servers, its folder, its loads."""

    def __init__(self, seconds, folder):
        self.seconds = seconds
        self.folder = pathlib.Path(folder)

    @staticmethod
    def port():
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            return s.getsockname()[1]

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text)
        return path

    def start(self, arguments, port, **options):
        """Starts a server and waits until it answers at its port."""
        arguments = [str(a) for a in arguments]
        log = open(self.folder / f"{os.path.basename(arguments[0])}-{port}.log", "wb")
        server = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, **options)
        deadline = time.monotonic() + OVERTIME
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return server
            except OSError:
                if server.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"{arguments[0]} does not start: {pathlib.Path(log.name).read_text(errors='replace')[-500:]}")
                time.sleep(0.05)

    def stop(self, server, by=signal.SIGTERM):
        server.send_signal(by)
        server.wait(PATIENCE)

    def load(self, name, work, redirected=True):
        """
        Runs work(meter), a coroutine function or a function, and reports what it saw.
        redirected: whether bytes should take the redirect when accelerated.
        """
        meter = Meter(self.seconds)
        say(begin=name)
        started = time.monotonic()
        meter.begin()
        try:
            if asyncio.iscoroutinefunction(work):
                asyncio.run(asyncio.wait_for(work(meter), self.seconds + OVERTIME))
            else:
                work(meter)
        except Exception as error:  # a failed load is a result
            meter.failed(error)
        say(end=name, requests=meter.requests, errors=meter.errors, stall=meter.stall, took=time.monotonic() - started,
            redirected=redirected)


def say(**event):
    print(json.dumps(event), flush=True)
