"""Node: an echo over HTTP, and one over WebSocket with the module ws."""

from harness import content
from http_load import gets, node_echo, requests
from websocket import echoes


def run(bench):
    port = node_echo(bench)
    bench.load("http", requests(port, gets(100, 4096, 65536)))
    bodies = [content(size, size % 1000) for size in (100, 10_000, 1_000_000)]
    bench.load("http, uploads", requests(port, [("POST", "/echo", body, body) for body in bodies], clients=4, rounds=2))
    bench.load("WebSocket", echoes(port))
