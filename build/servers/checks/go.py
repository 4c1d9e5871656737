"""Go: httputil.ReverseProxy in front of nginx and of a WebSocket echo, and a CONNECT proxy with io.Copy between TCP connections."""

from harness import TOOLS
from http_load import gets, node_echo, origin, puts, requests
from websocket import echoes

KIB, MIB = 1 << 10, 1 << 20


def run(bench):
    upstream, _ = origin(bench)
    echo = node_echo(bench)

    def proxy(to):
        port = bench.port()
        bench.start([TOOLS / "servers/helper", "proxy", f"127.0.0.1:{port}", f"127.0.0.1:{to}"], port)
        return port

    reverse = proxy(upstream)
    bench.load("ReverseProxy, small", requests(reverse, gets(100, 4 * KIB, 64 * KIB)))
    bench.load("ReverseProxy, 1 and 5 MiB", requests(reverse, gets(100, MIB, 100, 5 * MIB), clients=4, rounds=1))
    bench.load("ReverseProxy, uploads", requests(reverse, puts(1000, MIB, 5 * MIB), clients=4, rounds=1))
    bench.load("ReverseProxy, WebSocket", echoes(proxy(echo)))
    # io.Copy splices from the first byte on, so these stay on TCP.
    connect = proxy(upstream)
    bench.load("CONNECT, small", requests(connect, gets(100, 4 * KIB, 64 * KIB), tunnel_to=upstream), redirected=False)
    bench.load("CONNECT, 1 and 5 MiB", requests(connect, gets(100, MIB, 100, 5 * MIB), clients=4, rounds=1, tunnel_to=upstream),
               redirected=False)
    bench.load("CONNECT, WebSocket", echoes(connect, tunnel_to=echo), redirected=False)
    # A process of its own, which has not spliced before: its first splice is of a connection that was redirected until the CONNECT.
    late = requests(proxy(upstream), gets(100, 4 * KIB), tunnel_to=upstream, tunnel_late=True)
    bench.load("CONNECT after requests", late, redirected=False)
    # The same process now also relays HTTP, after it has spliced.
    bench.load("ReverseProxy after CONNECT", requests(connect, gets(100, 4 * KIB, MIB)), redirected=False)
