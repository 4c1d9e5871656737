"""Sends random bytes over some connections to a server that sends them back, until its standard input ends, and checks every byte.
Arguments: host, port, connections. Prints how many exchanges there have been, now and then."""
import os
import random
import select
import socket
import sys

host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
connections = [socket.create_connection((host, port)) for _ in range(count)]
for each in connections:
    each.setblocking(False)


def wait(connection, reading):
    ready = select.select([connection] if reading else [], [] if reading else [connection], [], 10)
    if not ready[0] and not ready[1]:
        sys.exit("lost: nothing moves")


exchanges = 0
while not select.select([sys.stdin], [], [], 0)[0]:
    for each in connections:
        question = os.urandom(random.randrange(1, 3000))
        sent, answer = 0, b""
        while len(answer) < len(question):
            if sent < len(question):
                wait(each, False)
                sent += each.send(question[sent:])
                continue
            wait(each, True)
            part = each.recv(65536)
            if not part:
                sys.exit("lost: the connection has ended")
            answer += part
        if answer != question:
            sys.exit("lost: other bytes have come back")
        exchanges += 1
    if exchanges % (10 * count) == 0:
        print(exchanges, flush=True)
