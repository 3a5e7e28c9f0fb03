"""A command that raises is one command: nothing of it was done, and everything goes on as if it had never come."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

import pytest
import structlog

import server.domain
import server.executor
import server.venues
from server.domain.commands import Command
from tests.server.executor.rig import Rig
from tests.server.executor.scenes import SCENES, commands, overdue
from tests.server.executor.whole_state import difference, whole_state
from tradeterm.protocol.vocabulary import ErrorCode

FOLDERS = tuple(str(Path(next(iter(one.__path__)))) for one in (server.domain, server.executor, server.venues))
SOAK = int(os.environ.get("TRADETERM_SOAK", "1"))
TRIES = 5 * SOAK  # places at which each command is made to raise


OUTSIDE = ("runner.py", "items.py")  # what the turn is carried out by


class Broken(Exception):
    """What nobody foresaw."""


class Fuse:
    """Raises at the nth line that is run of the rules, the state and the venue. Counts lines when it never does."""

    def __init__(self, at: int) -> None:
        self._left = at
        self.lines = 0

    def __enter__(self) -> "Fuse":
        self._before = sys.gettrace()
        sys.settrace(self._call)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)

    def _call(self, frame: FrameType, event: str, arg: Any) -> Any:
        code = frame.f_code
        if code.co_name == "_commit":
            sys.settrace(None)  # what comes after it cannot be undone any more
        is_counted = code.co_filename.startswith(FOLDERS) and not code.co_filename.endswith(OUTSIDE)
        return self._line if is_counted and code.co_name != "is_due" else None

    def _line(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event != "line":
            return self._line
        self.lines += 1
        if self.lines == self._left:
            sys.settrace(None)
            raise Broken
        return self._line


def _dropped(logger: Any, method: str, entry: Any) -> Any:
    raise structlog.DropEvent


@pytest.fixture(autouse=True)
def _quiet() -> Any:
    """Hundreds of tracebacks on purpose: none of them is written."""
    before = structlog.get_config()
    structlog.configure(processors=[_dropped], cache_logger_on_first_use=False)
    yield
    structlog.configure(**before)


def seen(rig: Rig) -> tuple[Any, ...]:
    """All that there is: memory, the books, and what was written."""
    rows = rig.journal.rows
    return whole_state(rig.core, rig.venue), dict(rows.orders), dict(rows.accounts), len(rig.journal.batches)


def lines_of(rig: Rig, command: Command) -> int:
    """How many lines a command runs."""
    with Fuse(-1) as fuse:
        rig.do(command)
    return fuse.lines


def go_on(rig: Rig) -> tuple[Any, ...]:
    """Trading afterwards, by everybody, over a midnight and a restart."""
    rig.arrive(0.5)
    rig.order("bob", "buy", "3", "101.5")
    rig.order("ann", "sell", "1", "96.0")
    rig.trade_at("97.0", "4")
    rig.arrive(1)
    rig.beat()
    rig.trade_at("103.5", "2")
    rig.beat(13 * 3600)
    rig.order("cat", "buy", "1")
    rig.arrive(1)
    rig.restart()
    rig.order("bob", "sell", "1", "99.0")
    rig.arrive(1)
    rig.beat()
    return seen(rig)


@pytest.mark.parametrize("scene", [one for one in SCENES if one is not overdue], ids=lambda one: one.__name__)
def test_a_command_that_raises_anywhere_is_undone_whole(scene: Callable[[], Rig]) -> None:
    """At whatever line it fails: 500 with an id, every part of the state as before, and then all goes on as if it had
    never come."""
    chance = Random(scene.__name__)
    for number in range(len(commands(scene()))):
        control, rig = scene(), scene()
        command, again = commands(rig)[number], commands(control)[number]
        before = seen(rig)
        lines = lines_of(control, again)
        for at in [1, *sorted(chance.randint(1, lines) for _ in range(TRIES))]:
            if not _fail_at(rig, at, command, before):
                break
        else:
            _same_afterwards(rig, control, command, chance)


def _same_afterwards(rig: Rig, control: Rig, command: Command, chance: Random) -> None:
    """What was refused as broken is taken now, and whatever follows is as in a world where it never broke."""
    assert rig.do(command).status < 500
    _same(seen(rig), seen(control), command)
    if chance.random() < 0.3:
        _same(go_on(rig), go_on(control), command)


def _fail_at(rig: Rig, line: int, command: Command, before: tuple[Any, ...]) -> bool:
    """False when it never came to that line: what was built anew holds no dead entries, and is quicker through."""
    ids, time = rig.ids.count, (rig.clock.at, rig.clock.seconds)
    with Fuse(line) as fuse:
        answer = rig.do(command)
    if fuse.lines < line:
        return False
    assert (answer.status, answer.code) == (500, ErrorCode.INTERNAL), (line, command)
    assert answer.details["errorId"]
    rig.ids.count = ids
    rig.clock.at, rig.clock.seconds = time
    _same(seen(rig), before, (line, command))
    return True


def _same(one: Any, other: Any, what: object) -> None:
    different = difference(one, other)
    assert different is None, what
