"""Envoy in front of nginx over HTTP/1, HTTP/2 and TCP, and in front of a WebSocket and a gRPC echo."""

import json

from harness import TOOLS
from http_load import gets, node_echo, origin, puts, requests
from websocket import echoes

KIB, MIB = 1 << 10, 1 << 20
HTTP2 = {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
    "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
    "explicit_http_config": {"http2_protocol_options": {}}}}


def address(port):
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def cluster(name, port, **more):
    return {"name": name, "type": "STATIC", "connect_timeout": "5s", **more, "load_assignment": {
        "cluster_name": name, "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(port)}}]}]}}


def listener(port, kind, config):
    return {"address": address(port), "filter_chains": [{"filters": [{
        "name": kind, "typed_config": {"stat_prefix": f"p{port}", "@type": f"type.googleapis.com/envoy.extensions.filters.network.{kind}",
                                       **config}}]}]}


def http(port, to, codec):
    router = {"name": "router", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}
    route = {"match": {"prefix": "/"}, "route": {"cluster": to, "timeout": "0s"}}
    return listener(port, "http_connection_manager.v3.HttpConnectionManager", {
        "codec_type": codec, "http_filters": [router], "upgrade_configs": [{"upgrade_type": "websocket"}],
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]}})


def tcp(port, to):
    return listener(port, "tcp_proxy.v3.TcpProxy", {"cluster": to})


def run(bench):
    upstream, _ = origin(bench)
    echo = node_echo(bench)
    grpc = bench.port()
    helper = TOOLS / "servers/helper"
    bench.start([helper, "grpc-server", f"127.0.0.1:{grpc}"], grpc)
    http1, http2, plain, sockets, streams = (bench.port() for _ in range(5))
    config = bench.write("envoy.json", json.dumps({"static_resources": {
        "listeners": [http(http1, "origin", "HTTP1"), http(http2, "origin", "HTTP2"), tcp(plain, "origin"), http(sockets, "echo", "HTTP1"),
                      http(streams, "grpc", "HTTP2")],
        "clusters": [cluster("origin", upstream), cluster("echo", echo), cluster("grpc", grpc, typed_extension_protocol_options=HTTP2)]}}))
    bench.start([TOOLS / "envoy/envoy", "-c", config, "--concurrency", 2, "--disable-hot-restart", "--log-level", "error"], http1)
    for kind, port in (("HTTP/1", http1), ("TCP", plain)):
        bench.load(f"{kind}, small", requests(port, gets(100, 4 * KIB, 64 * KIB)))
        bench.load(f"{kind}, 1 and 5 MiB", requests(port, gets(100, MIB, 100, 5 * MIB), clients=4, rounds=1))
        bench.load(f"{kind}, uploads", requests(port, puts(1000, MIB, 5 * MIB), clients=4, rounds=1))
    for kind, sizes in (("small", [100, 4 * KIB, 64 * KIB]), ("1 and 5 MiB", [100, 4 * KIB, MIB, 5 * MIB])):
        bench.load(f"HTTP/2, {kind}",
                   lambda meter, sizes=sizes: meter.command([helper, "http2", f"127.0.0.1:{http2}", meter.seconds, *sizes]))
    bench.load("WebSocket", echoes(sockets))
    bench.load("gRPC", lambda meter: meter.command([helper, "grpc", f"127.0.0.1:{streams}", meter.seconds]))
