"""Passwords checked by a process of its own, which runs only where nothing else wants a core: for while somebody guesses.

A thread will not do: each hash maps and unmaps 19 MiB of memory that it has in common with the event loop, and a thread
that yields to everything else keeps the event loop waiting for the interpreter's lock. A low priority will not do
either: on today's Linux it still keeps a core to the end of its slice, three milliseconds.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading

import structlog

from server.passwords import verify_password

log = structlog.get_logger(__name__)

COMMAND = (sys.executable, "-P", "-m", "server.password_process")


class PasswordProcess:
    """Starts the process when it is first asked. It ends with `close`, and when the server is gone, however it went."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def verify(self, stored: str | None, password: str) -> bool:
        """As `verify_password`, one at a time. Checks in this process what the other one does not answer."""
        with self._turn:
            try:
                return self._ask(stored, password)
            except OSError as error:
                log.warning("the password process does not answer", error=str(error))
                self.close()
        return verify_password(stored, password)

    def _ask(self, stored: str | None, password: str) -> bool:
        if self._process is None:
            # A group of its own, since ctrl+c is not meant for it; not a session, since Linux gives each session the
            # same share of the cores, and one that yields to everything within its own yields to nothing else.
            self._process = subprocess.Popen(  # noqa: S603
                COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0
            )
            _let_yield(self._process.pid)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([stored, password]).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise BrokenPipeError("it has ended")
        return answer == b"1\n"

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            with contextlib.suppress(OSError):  # what was still to be written to it
                process.__exit__(None, None, None)


def main() -> None:
    """Answer `[stored, password]` with 1 or 0, a line each, to the end of the input."""
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(b"%d\n" % verify_password(*json.loads(line)))
        sys.stdout.buffer.flush()


def _let_yield(pid: int) -> None:
    """Let a process run only on a core that nothing else wants, from its first instruction on; where there is no such
    policy, at the lowest priority."""
    with contextlib.suppress(OSError):
        if hasattr(os, "SCHED_IDLE"):
            os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
        else:
            os.setpriority(os.PRIO_PROCESS, pid, 19)


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
