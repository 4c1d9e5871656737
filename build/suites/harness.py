"""What the suites share: getting sources, running commands side by side, and their command line."""

import concurrent.futures
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools/suites"
DEBIAN = "trixie"


def die(message):
    sys.exit(f"sockway: {message}")


def install(*packages):
    missing = [p for p in packages if subprocess.run(["dpkg", "-s", p], capture_output=True).returncode]
    if missing:
        print("installing", *missing, file=sys.stderr)
        command = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *missing]
        subprocess.run(command, check=True, stdout=sys.stderr, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def debian_source(package, folder, members):
    """Unpacks some members of a Debian source package, once; apt gets it with its own lists, the machine's stay as they are."""
    if folder.exists():
        return
    install("dpkg-dev", "xz-utils", "debian-archive-keyring")
    work = TOOLS / "apt"
    shutil.rmtree(work, ignore_errors=True)
    for part in ("lists/partial", "cache/archives/partial"):
        (work / part).mkdir(parents=True)
    ask = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Origin: Debian", "Label: Debian"]
    mirror = subprocess.run(ask, check=True, capture_output=True, text=True).stdout.split("\n")[0]
    mirror = os.environ.get("DEBIAN_MIRROR") or mirror or die("apt knows no mirror of Debian: set DEBIAN_MIRROR=http://...")
    keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    (work / "sources.list").write_text(f"deb-src [signed-by={keyring}] {mirror} {DEBIAN} main\n")
    options = {"Dir::Etc::SourceList": work / "sources.list", "Dir::Etc::SourceParts": "/dev/null",
               "Dir::State::Lists": work / "lists", "Dir::Cache": work / "cache", "APT::Sandbox::User": "root"}
    apt = ["apt-get", "-qq", *(word for item in options.items() for word in ("-o", "{}={}".format(*item)))]
    subprocess.run([*apt, "update"], check=True, cwd=work, stdout=sys.stderr)
    # The mirror may lack parts that are not needed here.
    subprocess.run([*apt, "source", "--download-only", "--tar-only", package], cwd=work, stdout=sys.stderr)
    archives = list(work.glob("*.orig.tar.xz")) or die(f"the mirror has no source of {package}")
    fresh = folder.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    subprocess.run(["tar", "-xf", archives[0], "-C", fresh, "--strip-components=1", "--wildcards", *members], check=True)
    fresh.rename(folder)
    shutil.rmtree(work)


class Job:
    """One command of a suite, and how its output and exit code (None after a timeout) tell the tests' results."""

    def __init__(self, command, results, timeout, env=None, cwd=None):
        self.command = command
        self.results = results
        self.timeout = timeout
        self.env = env or {}
        self.cwd = cwd

    def run(self):
        with subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=self.cwd,
                              text=True, errors="replace", env={**os.environ, **self.env}, start_new_session=True) as process:
            try:
                output = process.communicate(timeout=self.timeout)[0]
                code = process.returncode
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                output = process.communicate()[0]
                code = None
        return output, code


def run_jobs(jobs, workers):
    """Prints a line `TEST STATUS` for each result, and what the commands said to standard error."""
    printing = threading.Lock()

    def run(job):
        output, code = job.run()
        with printing:
            print(f"--- {' '.join(map(str, job.command))}: {code}\n{output}", file=sys.stderr, flush=True)
            for test, status in job.results(output, code):
                print(test, status, flush=True)

    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        list(pool.map(run, jobs))


def main(get, run):
    """The command line of every suite: `SUITE get` makes it ready, `SUITE run [TEST...]` runs all or some tests."""
    match sys.argv[1:]:
        case ["get"]:
            TOOLS.mkdir(parents=True, exist_ok=True)
            get()
        case ["run", *tests]:
            run(tests)
        case _:
            die(f"usage: {sys.argv[0]} get | run [TEST...]")
