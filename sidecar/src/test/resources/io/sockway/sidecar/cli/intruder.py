"""Tries, as the sidecar of one pod, to reach what is another's. Prints a JSON object: attempt -> "done" or the name of the error.
Arguments: the sidecars' user and group, own pins as mounted, the other pod's pins as the node has them, process id of the other's sidecar, id of a program of the
other's, ids of maps of the other's and of those that pods share."""
import ctypes
import errno
import json
import os
import platform
import struct
import sys

user, own, other, pid, program_id, *map_ids = int(sys.argv[1]), *sys.argv[2:4], *map(int, sys.argv[4:])
libc = ctypes.CDLL(None, use_errno=True)
BPF = {"x86_64": 321, "aarch64": 280}[platform.machine()]
OBJ_GET, PROG_BY_ID, MAP_BY_ID, MAP_UPDATE, RDONLY = 7, 13, 14, 2, 8
PIDFD_OPEN, PIDFD_GETFD, NO_NEW_PRIVS = 434, 438, 38
result = {}


def call(*arguments):
    value = libc.syscall(*[ctypes.c_long(each) if isinstance(each, int) else each for each in arguments])
    if value < 0:
        raise OSError(ctypes.get_errno(), "")
    return value


def bpf(command, attributes):
    return call(BPF, command, ctypes.create_string_buffer(attributes.ljust(128, b"\0"), 128), 128)


def get(path, flags=0):
    name = ctypes.create_string_buffer(path.encode())
    return bpf(OBJ_GET, struct.pack("QII", ctypes.addressof(name), 0, flags))


def attempt(name, action):
    try:
        action()
        result[name] = "done"
    except OSError as e:
        result[name] = errno.errorcode[e.errno]


def may(action):
    try:
        action()
        return True
    except OSError as e:
        assert e.errno == errno.EACCES, e
        return False


def steal():
    process = call(PIDFD_OPEN, pid, 0)
    last = None
    for descriptor in range(64):
        try:
            return call(PIDFD_GETFD, process, descriptor, 0)
        except OSError as e:
            last = e
    raise last


# Here, since a user without rights may not start each interpreter; with the user all capabilities go.
os.setgroups([])
os.setresgid(user, user, user)
os.setresuid(user, user, user)
libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0)

# What it may do with its own, so that the refusals below mean something.
attempt("own control", lambda: get(own + "/maps/control"))
attempt("own pass", lambda: get(own + "/passes"))
maps = sorted(os.listdir(own + "/maps"))
result["reads"] = [name for name in maps if may(lambda: get(own + "/maps/" + name, RDONLY))]
result["writes"] = [name for name in maps if may(lambda: get(own + "/maps/" + name))]
attempt("own program", lambda: get(own + "/programs/pair"))
attempt("own link", lambda: get(own + "/links/" + os.listdir(own + "/links")[0]))
attempt("remove own pin", lambda: os.unlink(own + "/maps/stats"))
result["in sight"] = sorted(os.listdir(own))
result["beside"] = sorted(os.listdir(own + "/.."))

attempt("path on the node", lambda: get(other + "/maps/control"))
attempt("shared pins on the node", lambda: os.listdir(other + "/.."))
for map_id in map_ids:
    attempt("map by id", lambda: bpf(MAP_BY_ID, struct.pack("I", map_id)))
    if result["map by id"] != "EPERM":
        break
attempt("program by id", lambda: bpf(PROG_BY_ID, struct.pack("I", program_id)))
attempt("mounts of the other", lambda: os.listdir("/proc/%d/root/" % pid))
attempt("descriptors of the other", lambda: os.listdir("/proc/%d/fd" % pid))
attempt("memory of the other", lambda: open("/proc/%d/mem" % pid, "rb"))
attempt("descriptor of the other", steal)
attempt("a mount of its own", lambda: call({"x86_64": 165, "aarch64": 40}[platform.machine()], ctypes.c_char_p(b"bpf"),
                                           ctypes.c_char_p(b"/tmp"), ctypes.c_char_p(b"bpf"), 0, 0))
print(json.dumps(result))
