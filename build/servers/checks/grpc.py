"""gRPC: an echo over streams, between Go ends and from Python's grpcio, whose sockets have TCP_INQ and stay on TCP."""

import itertools
import time

import grpc

from harness import OVERTIME, TOOLS, check, content


def python_client(port):
    def work(meter):
        def messages(seed):
            for turn in itertools.count():
                if not meter.goes_on():
                    return
                yield content(1_000_000 if turn % 50 == 49 else 10 + turn % 5000, (turn + seed) % 1000)

        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            echo = channel.stream_stream("/Echo/Stream")
            sent = []

            def remembered():
                for message in messages(7):
                    sent.append(message)
                    yield message

            since = time.monotonic()
            for turn, answer in enumerate(echo(remembered(), timeout=meter.seconds + OVERTIME)):
                check(answer == sent[turn], f"echo {turn}")
                sent[turn] = None
                meter.done(since)
                since = time.monotonic()
    return work


def run(bench):
    port = bench.port()
    helper = TOOLS / "servers/helper"
    bench.start([helper, "grpc-server", f"127.0.0.1:{port}"], port)
    bench.load("Go, 8 streams", lambda meter: meter.command([helper, "grpc", f"127.0.0.1:{port}", meter.seconds]))
    bench.load("Python, pipelined stream", python_client(port), redirected=False)
