"""The process that checks passwords aside: it answers as this one does, gets out of the way, and does not stay behind."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.password_process import COMMAND, PasswordProcess
from server.passwords import hash_password


@pytest.fixture
def aside() -> Iterator[PasswordProcess]:
    process = PasswordProcess()
    yield process
    process.close()


def test_it_answers_as_this_process_does(aside: PasswordProcess) -> None:
    """Right, wrong, any script, line breaks, an unknown user and a hash that is none."""
    for word in ("correct horse", "пароль🔑\n\r\0"):
        stored = hash_password(word)
        assert aside.verify(stored, word)
        assert not aside.verify(stored, word + " ")
    assert not aside.verify(None, "correct horse")
    assert not aside.verify("not a hash", "correct horse")
    assert aside.pid != os.getpid()


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="only Linux has processes that yield to everything else")
def test_it_yields_to_everything_else(aside: PasswordProcess) -> None:
    """Which counts among the processes of one session only."""
    aside.verify(None, "x")
    pid = aside.pid or 0
    assert os.sched_getscheduler(pid) == os.SCHED_IDLE
    assert (os.getsid(pid), os.getpgid(pid)) == (os.getsid(0), pid)


def test_password_is_checked_all_the_same_when_it_was_killed(aside: PasswordProcess) -> None:
    """Here, and by another process the next time."""
    stored = hash_password("correct horse")
    assert aside.verify(stored, "correct horse")
    killed = aside.pid
    os.kill(killed or 0, signal.SIGKILL)
    assert aside.verify(stored, "correct horse")
    assert not aside.verify(stored, "battery staple")
    assert aside.pid not in (None, killed)


def test_close_ends_it(aside: PasswordProcess) -> None:
    aside.verify(None, "x")
    pid = aside.pid
    aside.close()
    assert not Path(f"/proc/{pid}").exists()


def test_it_ends_when_the_server_is_gone_without_a_word() -> None:
    """`kill -9` leaves it the end of a pipe, no more."""
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == 0
