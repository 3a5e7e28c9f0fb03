"""The process that checks passwords aside: it answers as this one does, gets out of the way, and does not stay behind."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator

import pytest

from server.identity.password_process import COMMAND, PasswordProcess
from server.identity.passwords import hash_password
from tests.endings import ending, needs_pidfd
from tests.eventually import PATIENCE_S


@pytest.fixture
def aside() -> Iterator[PasswordProcess]:
    """One that does not yield to the rest of the suite."""
    process = PasswordProcess(patience_s=PATIENCE_S, yields=False)
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


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="only Linux has processes that yield to everything else")
def test_it_yields_to_everything_else() -> None:
    """Which counts among the processes of one session only."""
    aside = PasswordProcess()
    pid = aside.start()
    assert os.sched_getscheduler(pid) == os.SCHED_IDLE
    assert (os.getsid(pid), os.getpgid(pid)) == (os.getsid(0), pid)
    with ending(pid):
        aside.close()


@needs_pidfd
def test_process_that_was_killed_is_told_and_followed_by_another(aside: PasswordProcess) -> None:
    killed = aside.start()
    with ending(killed):
        os.kill(killed, signal.SIGKILL)
    with pytest.raises(BrokenPipeError):
        aside.verify(None, "x")
    assert not aside.verify(None, "x")
    assert aside.start() != killed


@needs_pidfd
def test_process_that_gets_no_time_is_given_up_and_ended() -> None:
    """As on a machine whose cores are all busy."""
    aside = PasswordProcess(patience_s=0.1, yields=False)
    stopped = aside.start()
    with ending(stopped):
        os.kill(stopped, signal.SIGSTOP)
        with pytest.raises(TimeoutError):
            aside.verify(None, "x")


def test_it_ends_when_the_server_is_gone_without_a_word() -> None:
    """`kill -9` leaves it the end of a pipe, no more."""
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(PATIENCE_S) == 0


@needs_pidfd
def test_process_that_dies_over_a_question_is_told(aside: PasswordProcess) -> None:
    """It was asked, and there will be no answer: the next question has a process of its own."""
    asked = aside.start()
    with ending(asked):
        os.kill(asked, signal.SIGSTOP)
        dying = threading.Timer(0.3, os.kill, (asked, signal.SIGKILL))
        dying.start()
        with pytest.raises(BrokenPipeError):
            aside.verify(None, "x")
        dying.join()
    assert not aside.verify(None, "x")


def test_closing_what_was_never_started_is_nothing() -> None:
    """A server that stops before anybody signed in; twice is once."""
    process = PasswordProcess()
    process.close()
    process.close()
