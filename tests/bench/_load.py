"""Traders that load a server and say how long it took: in C where there is a compiler, else a leaner than lean client.

What is measured should be the server: this side has a core of its own, and costs a few microseconds an order in C.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).with_name("load")
SERVER_CORE, LOAD_CORE = 0, 1


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: commands a second, latencies in milliseconds, and microseconds of CPU a command, of the server's process
    and of those that it started."""

    rate: float
    p50: float
    p99: float
    cpu_us: float
    others_us: float

    def __str__(self) -> str:
        beside = f" + {self.others_us:.0f} beside it" if self.others_us >= 1 else ""
        return f"{self.rate:8,.0f}/s  p50 {self.p50:6.2f}  p99 {self.p99:6.2f} ms  {self.cpu_us:4.0f} µs of CPU each{beside}"


def generator(folder: Path) -> tuple[list[str], str]:
    """The command that loads, made in `folder` if need be, and what it is."""
    compiler = shutil.which("cc")
    if compiler is None:
        return [
            sys.executable,
            str(FOLDER / "load.py"),
        ], "python (no C compiler here: it costs more than a server in C)"
    made = folder / "load"
    subprocess.run([compiler, "-O2", "-o", str(made), str(FOLDER / "load.c")], check=True)
    return [str(made)], "C"


def measure(command: Sequence[str], url: str, pid: int, tokens: Sequence[str], mode: str, seconds: float) -> Measured:
    """Load a server for so long. Raises when something was refused: then the figure would be of something else."""
    host, _, port = url.removeprefix("http://").partition(":")
    own, others = cpu_s(pid), sum(map(cpu_s, children(pid)))
    with on_core(LOAD_CORE):
        done = subprocess.run(
            [*command, host, port, str(seconds), mode],
            input="\n".join(tokens),
            capture_output=True,
            text=True,
            timeout=seconds + 60,
        )
    if done.returncode:
        raise RuntimeError(f"{mode}: {done.stdout} {done.stderr}")
    said = json.loads(done.stdout)
    spent = [cpu_s(pid) - own, sum(map(cpu_s, children(pid))) - others]
    each = [1e6 * one / said["all"] for one in spent]
    return Measured(said["measured"] / said["seconds"], said["p50"], said["p99"], *each)


# ---------------------------------------------------------------- processes and cores


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """What is started inside runs on that core, with all its threads; nothing happens where there is one core."""
    if not hasattr(os, "sched_setaffinity") or (os.cpu_count() or 1) <= core:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def move(pid: int, core: int) -> None:
    """Put a process and its threads on another core."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > core:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {core})


def children(pid: int) -> list[int]:
    """The processes that it has started and that run."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(one) for one in listed.read_text().split()] if listed.exists() else []


def cpu_s(pid: int) -> float:
    """Seconds of CPU that a process has used, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load_of_the_machine() -> str:
    """How much else ran: figures of a machine that is busy are to be compared, not quoted."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {time.strftime('%H:%M')}"
