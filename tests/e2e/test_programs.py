"""What is forked for a test cannot be told from what is started: else every test that starts one by a fork shows less."""

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import programs
from tests.eventually import PATIENCE_S

PORTRAIT = "tests.e2e.self_portrait"


def portrait(tmp_path: Path, *, fresh: bool, code: int = 0) -> tuple[dict[str, Any], float]:
    """What the program says of itself, and a number that it drew."""
    given, out, err = (tmp_path / name for name in ("given", "out", "err"))
    given.write_text("a line\n")
    environment = {"PATH": os.environ["PATH"], "PORTRAIT": str(code), "LANG": "C.UTF-8", "TRADETERM_TOKEN": "said"}
    with given.open() as given_file, out.open("w") as out_file, err.open("w") as err_file:
        streams = given_file.fileno(), out_file.fileno(), err_file.fileno()
        process = programs.start(PORTRAIT, "one", "--two=3", environment=environment, streams=streams, fresh=fresh)
        assert process.wait(PATIENCE_S) == code, err.read_text()
    assert err.read_text() == "said to the end"
    found, chance = json.loads(out.read_text())
    return found, chance


def test_a_forked_program_finds_what_a_started_one_finds(tmp_path: Path) -> None:
    """Words, folder, environment, streams, signals, threads; and its own chance."""
    started, _ = portrait(tmp_path, fresh=True)
    (forked, one), (again, other) = (portrait(tmp_path, fresh=False, code=7) for _ in range(2))
    started["environment"]["PORTRAIT"] = "7"
    assert forked == started
    assert again == started
    assert one != other


@contextlib.contextmanager
def hearing(number: signal.Signals, how: signal.Handlers = signal.SIG_DFL) -> Iterator[None]:
    """Hear it, or not, whatever the suite was started with: `nohup` ignores a hang-up, a shell's `&` an interrupt."""
    before = None if number is signal.SIGKILL else signal.signal(number, how)
    try:
        yield
    finally:
        if before is not None:
            signal.signal(number, before)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
@pytest.mark.parametrize("how", [signal.SIG_IGN, signal.SIG_DFL])
def test_it_is_deaf_to_what_whoever_starts_it_is_deaf_to(
    tmp_path: Path, number: signal.Signals, how: signal.Handlers
) -> None:
    """So is what an exec starts."""
    with hearing(number, how):
        (started, _), (forked, _) = (portrait(tmp_path, fresh=fresh) for fresh in (True, False))
    assert forked == started
    assert (started["signals"][number.name] == str(int(signal.SIG_IGN))) == (how is signal.SIG_IGN)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_how_it_ends_is_told(number: signal.Signals) -> None:
    """A signal is minus its number, whoever asks first and however soon; afterwards nobody else is met by one."""
    reading, writing = os.pipe()
    with hearing(number):
        process = programs.start(PORTRAIT, environment={**os.environ}, streams=(reading, 2, 2))
    os.close(reading)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0)
    assert process.poll() is None
    process.send_signal(number)
    assert process.wait(PATIENCE_S) == process.poll() == -number
    process.kill()
    os.close(writing)


def test_who_takes_too_long_is_killed() -> None:
    """And nothing of it is left behind."""
    words = ("http.server", "0", "--bind", "127.0.0.1")
    with pytest.raises(subprocess.TimeoutExpired):
        programs.run(*words, environment={**os.environ}, within_s=0.2)
