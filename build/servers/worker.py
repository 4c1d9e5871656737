"""Runs one check inside a cgroup and tells what happens, an object a line. usage: worker.py CHECK SECONDS FOLDER CGROUP"""

import importlib
import pathlib
import sys

from harness import CLIENTS, Bench


def main():
    name, seconds, folder, cgroup = sys.argv[1:]
    (pathlib.Path(cgroup) / "cgroup.procs").write_text("0")
    sys.path.append(str(CLIENTS))
    importlib.import_module(f"checks.{name}").run(Bench(float(seconds), folder))


main()
