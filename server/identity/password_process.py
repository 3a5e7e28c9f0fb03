"""Passwords checked by a process of its own, which runs only where nothing else wants a core: for while somebody guesses.

A thread will not do: each hash maps and unmaps 19 MiB of memory that it has in common with the event loop, and a thread
that yields to everything else keeps the event loop waiting for the interpreter's lock. A low priority will not do
either: on today's Linux it still keeps a core to the end of its slice, three milliseconds.
"""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import threading

import structlog

from server.identity.passwords import verify_password

log = structlog.get_logger(__name__)

COMMAND = (sys.executable, "-P", "-m", "server.identity.password_process")
PATIENCE_S = 1.0  # where all cores are busy it gets next to no time


class PasswordProcess:
    """Starts the process when it is first asked. It ends with `close`, and when the server is gone, however it went."""

    def __init__(self, patience_s: float = PATIENCE_S, *, yields: bool = True) -> None:
        self._patience_s, self._yields = patience_s, yields
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()

    def verify(self, stored: str | None, password: str) -> bool:
        """As `verify_password`, one at a time. Raises OSError when the process has ended or does not answer in time; the
        next call starts another."""
        with self._turn:
            try:
                return self._ask(stored, password)
            except OSError:
                self.close()
                raise

    def _ask(self, stored: str | None, password: str) -> bool:
        self.start()
        assert self._process is not None
        asking, answering = self._process.stdin, self._process.stdout
        assert asking is not None
        assert answering is not None
        asking.write(json.dumps([stored, password]).encode() + b"\n")
        asking.flush()
        with selectors.DefaultSelector() as answers:
            answers.register(answering, selectors.EVENT_READ)
            if not answers.select(self._patience_s):
                raise TimeoutError("the process gets no time")
        answer = answering.readline()
        if not answer:
            raise BrokenPipeError("the process has ended")
        return answer == b"1\n"

    def start(self) -> int:
        """Have the process, a new one if there is none; its id."""
        if self._process is None:
            # A group of its own, since ctrl+c is not meant for it; not a session, since Linux gives each session the
            # same share of the cores, and one that yields to everything within its own yields to nothing else.
            self._process = subprocess.Popen(  # noqa: S603
                COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0
            )
            if self._yields:
                _let_yield(self._process.pid)
            log.info("password process started", pid=self._process.pid)
        return self._process.pid

    def close(self) -> None:
        """End the process, if there is one. Does not wait for that: it needs a core to die on."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            threading.Thread(target=_bury, args=(process,), daemon=True).start()


def _bury(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(OSError):  # what was still to be written to it
        process.communicate()


def _let_yield(pid: int) -> None:
    """Let a process run only on a core that nothing else wants; where there is no such policy, at the lowest priority."""
    with contextlib.suppress(OSError):
        if hasattr(os, "SCHED_IDLE"):
            os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
        else:  # pragma: no cover - another system than Linux
            os.setpriority(os.PRIO_PROCESS, pid, 19)


def main() -> None:  # pragma: no cover - runs in a process of its own, where test_password_process.py asks it
    """Answer `[stored, password]` with 1 or 0, a line each, to the end of the input."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(b"%d\n" % verify_password(*json.loads(line)))
        sys.stdout.buffer.flush()
    os._exit(0)  # tidying up takes time that it may not get


if __name__ == "__main__":  # pragma: no cover - as above
    main()
