"""The projector in a process of its own, so that the tables cost the server's core nothing: started, listened to, replaced.

See `projector_child.py` for what runs there. A process that dies loses and doubles nothing: the next one goes on.
"""

import json
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict
from typing import IO, Final

from server.storage.projection.projector import Projecting, Troubles
from server.storage.projection.projector_child import END
from server.storage.projection.table_writer import AGAIN_S, LEAVE_WITHIN_S

COMMAND: Final = (sys.executable, "-P", "-m", "server.storage.projection.projector_child")
ENDED: Final = "the projector ended; another one is started"


class ProjectorProcess:
    """Starts the process, and another one whenever it ends by itself; a thread listens to it."""

    def __init__(self, work: Projecting) -> None:
        self._work, self._troubles = work, Troubles()
        self._first = json.dumps({"path": str(work.path), "statements": asdict(work.statements)}).encode() + b"\n"
        self._stopping = threading.Event()
        self._process = self._started()
        self._thread = threading.Thread(target=self._run, name="projector", daemon=True)
        self._thread.start()

    @property
    def trouble(self) -> str | None:
        return self._troubles.current

    @property
    def pid(self) -> int:
        """Of the process that works now."""
        return self._process.pid

    def wake(self) -> None:
        """It looks by itself, several times a second."""

    def close(self) -> None:
        self._stopping.set()
        with suppress(OSError):
            _input(self._process).write(END + b"\n")
            _input(self._process).flush()
        self._thread.join(LEAVE_WITHIN_S * 2)
        self._process.kill()
        self._process.wait()
        self._thread.join()

    def _started(self) -> "subprocess.Popen[bytes]":
        # A group of its own: ctrl+c is not meant for it.
        process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0)  # noqa: S603
        with suppress(OSError):
            _input(process).write(self._first)
            _input(process).flush()
        return process

    def _run(self) -> None:
        while True:
            self._listen(self._process)
            if self._stopping.is_set():
                return
            self._troubles.say(ENDED)
            if self._stopping.wait(AGAIN_S):
                return
            self._process = self._started()

    def _listen(self, process: "subprocess.Popen[bytes]") -> None:
        """To the end of what it says."""
        assert process.stdout is not None
        with process.stdout as said:
            for line in said:
                text = line.decode(errors="replace").strip()
                if text.isdecimal():
                    self._troubles.say(None)
                    self._work.reached(int(text))
                else:
                    self._troubles.say(text)
        with suppress(OSError):
            _input(process).close()
        process.wait()


def _input(process: "subprocess.Popen[bytes]") -> IO[bytes]:
    assert process.stdin is not None
    return process.stdin
