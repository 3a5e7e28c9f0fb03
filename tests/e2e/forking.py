"""A process that has imported the programs, and forks one that is ready whenever `programs.py` asks: imports are most of a
start. The socket that is asked over is its standard input.

What it forks runs as `python -P -m PROGRAM` does, to the interpreter's own end, with everything of its own that a new
process has: descriptors, folder, environment, words, signals, chance.
"""

import atexit
import gc
import json
import os
import runpy
import signal
import socket
import sys
import threading
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper
from typing import Any, Final, TextIO

# What a program imports in the course of it.
IMPORTS: Final = {
    "server": (
        *("server.commands.main", "server.commands.serve", "server.app", "server.tls"),
        *("alembic.command", "sqlalchemy.dialects.sqlite", "argon2"),
    ),
    "tradeterm": (
        "tradeterm.cli.app",
        *(
            f"tradeterm.cli.commands.{name}"
            for name in ("events", "flatten_and_kill", "market_data", "orders", "queries", "sign_in")
        ),
    ),
}
LARGEST: Final = 1_000_000  # bytes of a request
STREAMS: Final = 3


def fork_as_told() -> dict[str, Any] | None:
    """Answer until nobody asks any more. Returns in each child, with what it is to be; at the end here, with None."""
    # An interrupt is meant for those who run; one that comes before a child can hear it waits in it.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    with socket.socket(fileno=os.dup(0)) as asking:
        while True:
            request, descriptors, _, _ = socket.recv_fds(asking, LARGEST, STREAMS)
            if not request:
                return None
            asked: dict[str, Any] = json.loads(request)
            if "ended" in asked:  # a zombie until then, so that its number is nobody else's
                answer = os.waitpid(asked["ended"], 0)[1]
            else:
                _import(asked["program"])
                answer = os.fork()
                if not answer:
                    asking.detach()
                    _take_over(descriptors)
                    return asked
            for descriptor in descriptors:
                os.close(descriptor)
            asking.send(json.dumps(answer).encode())


def _import(program: str) -> None:
    for name in IMPORTS.get(program, ()):
        if name not in sys.modules:
            import_module(name)
    gc.freeze()  # what has been imported stays, and is never looked through in those who have it from here
    assert len(os.listdir("/proc/self/task")) == 1, "a thread would be missing in what is forked"


def _take_over(descriptors: list[int]) -> None:
    """As after an exec: three streams, and nothing else that is open."""
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
    os.closerange(STREAMS, os.sysconf("SC_OPEN_MAX"))


def ignored_signals() -> set[int]:
    return {number for number in signal.valid_signals() if signal.getsignal(number) is signal.SIG_IGN}


def be(program: str, arguments: list[str], environment: dict[str, str], folder: str, ignored: list[int]) -> None:
    """Run as that program, deaf to what whoever asked is deaf to: under `nohup` that is a hang-up."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    _hear_all_but(set(ignored))
    sys.stdin = open(0, encoding=sys.stdin.encoding, errors=sys.stdin.errors, closefd=False)  # noqa: SIM115
    sys.stdout, sys.stderr = (_output(one, environment) for one in (sys.stdout, sys.stderr))
    sys.argv = [program, *arguments]
    try:
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    except SystemExit as ending:
        if isinstance(ending.code, int):
            _end(ending.code)
        raise


def _hear_all_but(ignored: set[int]) -> None:
    for number in ignored_signals() - ignored:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _end(code: int) -> None:
    """What the interpreter does at the end, but for taking each module apart, which takes as long as all the rest. Returns
    where a stream takes nothing, for the interpreter has a code of its own for that."""
    vars(threading)["_shutdown"]()
    vars(atexit)["_run_exitfuncs"]()
    with suppress(OSError, ValueError):
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


def _output(before: TextIO, environment: dict[str, str]) -> TextIOWrapper:
    """As the interpreter opens it, on what its descriptor is now."""
    opened = open(before.fileno(), "w", encoding=before.encoding, errors=before.errors, closefd=False)  # noqa: SIM115
    is_by_lines = before is sys.stderr or opened.isatty()
    opened.reconfigure(line_buffering=is_by_lines, write_through="PYTHONUNBUFFERED" in environment)
    return opened


if __name__ == "__main__":
    told = fork_as_told()
    if told is not None:
        be(**told)
