"""Programs under test as processes, forked from one that has imported them: a tenth of the work of a start.

Where a system has no descriptors of processes (Linux has them) each is started anew. A test of how a process is started, or
of what is seen of it from outside, starts it itself.
"""

import atexit
import functools
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from tests.e2e.forking import ignored_signals

FORKING = (sys.executable, "-P", str(Path(__file__).with_name("forking.py")))
CAN_FORK = hasattr(os, "pidfd_open")
LARGEST = 1_000


class Process(Protocol):
    """What tests ask of a process, as `subprocess.Popen` has it."""

    @property
    def pid(self) -> int: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int) -> None: ...
    def kill(self) -> None: ...


def start(
    program: str, *arguments: str, environment: Mapping[str, str], streams: tuple[int, int, int], fresh: bool = False
) -> Process:
    """`python -P -m PROGRAM ARGUMENTS` on three descriptors, which stay the caller's. `fresh`: by an exec, as a user does."""
    if CAN_FORK and not fresh:
        return _Forked(program, arguments, environment, streams)
    command = [sys.executable, "-P", "-m", program, *arguments]
    return subprocess.Popen(command, stdin=streams[0], stdout=streams[1], stderr=streams[2], env=environment)


def run(
    program: str, *arguments: str, environment: Mapping[str, str], within_s: float, text: str = ""
) -> "subprocess.CompletedProcess[str]":
    """The same to its end, with `text` to read. Raises TimeoutExpired, and then it is killed."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(text.encode())
        given.seek(0)
        streams = given.fileno(), out.fileno(), err.fileno()
        process = start(program, *arguments, environment=environment, streams=streams)
        try:
            code = process.wait(within_s)
        except BaseException:
            process.kill()
            process.wait()
            raise
        said = [_read(one) for one in (out, err)]
    return subprocess.CompletedProcess(arguments, code, *said)


def _read(file: Any) -> str:
    file.seek(0)
    found: str = file.read().decode().replace("\r\n", "\n")
    return found


class _Forking:
    """The process that forks; asked by one thread at a time. It ends with this one."""

    def __init__(self) -> None:
        self._asking, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._turn = threading.Lock()
        with its:
            self._process = subprocess.Popen(FORKING, stdin=its.fileno(), stdout=subprocess.DEVNULL)
        atexit.register(self._close)

    def ask(self, descriptors: tuple[int, ...] = (), **what: Any) -> int:
        with self._turn:
            socket.send_fds(self._asking, [json.dumps(what).encode()], descriptors)
            return int(json.loads(self._asking.recv(LARGEST)))

    def _close(self) -> None:
        self._asking.close()
        self._process.wait()


@functools.cache
def _forking() -> _Forking:
    return _Forking()


class _Forked:
    """A child of the process that forks: it is known by its descriptor here, and its end is asked for there."""

    def __init__(
        self, program: str, arguments: tuple[str, ...], environment: Mapping[str, str], streams: tuple[int, int, int]
    ) -> None:
        self.pid = _forking().ask(
            streams,
            program=program,
            arguments=arguments,
            environment=dict(environment),
            folder=os.getcwd(),
            ignored=sorted(ignored_signals()),
        )
        self._descriptor = os.pidfd_open(self.pid)
        self._code: int | None = None
        self._turn = threading.Lock()

    def poll(self) -> int | None:
        return self._code if self._code is not None else self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._code if self._code is not None else self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        return code

    def _ended(self, within_s: float | None) -> int | None:
        ends = select.poll()
        ends.register(self._descriptor, select.POLLIN)
        if not ends.poll(None if within_s is None else within_s * 1000):
            return None
        with self._turn:
            if self._code is None:
                self._code = os.waitstatus_to_exitcode(_forking().ask(ended=self.pid))
                os.close(self._descriptor)
            return self._code

    def send_signal(self, sig: int) -> None:
        with self._turn:  # until its end is asked for, its number is nobody else's
            if self._code is None:
                os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(9)
