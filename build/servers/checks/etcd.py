"""etcd: put, get, watch and lease keep-alive through gRPC, by the Go client."""

from harness import TOOLS


def run(bench):
    port, peer_port = bench.port(), bench.port()
    client, peer = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peer_port}"
    bench.start(["etcd", "--data-dir", bench.folder / "etcd", "--listen-client-urls", client,
                 "--advertise-client-urls", client, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                 "--initial-cluster", f"default={peer}"], port)
    bench.load("put, get, 200 watchers, lease",
               lambda meter: meter.command([TOOLS / "servers/helper", "etcd", f"127.0.0.1:{port}", meter.seconds]))
