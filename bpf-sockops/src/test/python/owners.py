"""Two processes with a listener between them, of which the one that accepts has a habit: `serve HABIT PORT`, and then `ask HABIT PORT`
twice over, each on a connection of its own. Habits: none, splices (reads its very first message by splice), blocks (is in blocking mode
for one message when it is asked to be), listens (reads some messages before it answers the first, and none afterwards).
"""
import os
import select
import socket
import sys
import time

TURNS, PAUSE, SIZE = 80, 0.005, 100
HEARD, SILENCE = 20, 0.5
ORDINARY, BLOCK = b"." * SIZE, b"b" * SIZE


def take(sock):
    data = b""
    while len(data) < SIZE:
        if not sock.getblocking():
            select.select([sock], [], [], 5)
        some = sock.recv(SIZE - len(data))
        if not some:
            return data
        data += some
    return data


def splice(sock):
    out, into = os.pipe()
    select.select([sock], [], [])
    n = os.splice(sock.fileno(), into, SIZE)
    os.close(into)
    return os.read(out, n)


def serve(habit, port):
    with socket.create_server(("127.0.0.1", port)) as listener:
        print("ready", flush=True)
        first = True
        while True:
            sock = listener.accept()[0]
            sock.setblocking(False)
            data = splice(sock) if first and habit == "splices" else take(sock)
            first = False
            if habit == "listens":
                for _ in range(HEARD - 1):
                    take(sock)
                for _ in range(HEARD):
                    sock.sendall(ORDINARY)
                    time.sleep(PAUSE)
                data = take(sock)
            while data:
                sock.setblocking(data == BLOCK and habit == "blocks")
                sock.sendall(data)
                data = take(sock)
            sock.close()


def ask(habit, port):
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)
        if habit == "listens":
            for _ in range(HEARD):
                sock.sendall(ORDINARY)
                time.sleep(PAUSE)
            for _ in range(HEARD):
                take(sock)
            time.sleep(SILENCE)
            return
        for turn in range(TURNS):
            message = BLOCK if turn == TURNS - 5 else ORDINARY
            sock.sendall(message)
            if take(sock) != message:
                sys.exit(f"wrong answer in turn {turn}")
            time.sleep(PAUSE)


if sys.argv[1] == "serve":
    serve(sys.argv[2], int(sys.argv[3]))
else:
    ask(sys.argv[2], int(sys.argv[3]))
