"""nginx: static files with sendfile and without, and as a proxy with kept-alive connections to another nginx."""

from http_load import gets, origin, puts, requests, start_nginx

KIB, MIB = 1 << 10, 1 << 20


def run(bench):
    with_sendfile, without = origin(bench)
    for sendfile, port in (("sendfile", with_sendfile), ("no sendfile", without)):
        bench.load(f"static {sendfile}, small", requests(port, gets(100, 4 * KIB, 64 * KIB)))
        bench.load(f"static {sendfile}, large", requests(port, gets(100, MIB, 100, 20 * MIB), clients=4, rounds=1))

    bench.load("static, short connections", requests(with_sendfile, gets(100) * 20, clients=60, rounds=1))

    bench.load("static, slow readers", requests(with_sendfile, gets(100, 4 * KIB, MIB, 100, 5 * MIB), clients=16, rounds=2, pause=0.01))

    front = bench.port()
    locations = "".join(f"""
        location /{buffering}/ {{
            proxy_pass http://origin/; proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_buffering {buffering}; proxy_request_buffering {buffering};
        }}""" for buffering in ("on", "off"))
    start_nginx(bench, "front", front, f"""
        upstream origin {{ server 127.0.0.1:{with_sendfile}; keepalive 16; keepalive_requests 60; }}
        server {{ listen 127.0.0.1:{front} backlog=4096; {locations} }}""")
    for buffering in ("on", "off"):
        prefix = f"/{buffering}"
        bench.load(f"proxy, buffering {buffering}, small", requests(front, gets(100, 4 * KIB, 64 * KIB, prefix=prefix)))
        bench.load(f"proxy, buffering {buffering}, 1 and 5 MiB",
                   requests(front, gets(100, MIB, 100, 5 * MIB, prefix=prefix), clients=4, rounds=1))
        bench.load(f"proxy, buffering {buffering}, uploads", requests(front, puts(1000, MIB, 5 * MIB, prefix=prefix), clients=4, rounds=1))
