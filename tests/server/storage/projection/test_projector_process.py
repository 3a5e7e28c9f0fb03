"""The projector as a process: it follows, is replaced when it dies, and never outlives its server."""

import os
import resource
import signal
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from server.ports import Behind, MarketRow
from server.storage.database import Database, open_database
from server.storage.projection.projector_child import NICENESS
from server.storage.projection.projector_process import ENDED, ProjectorProcess
from tests.eventually import eventually
from tests.server.storage.journals import batch, journal_of, projection_of, url_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tradeterm.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    opened = open_database(url_of(path), "paper", start_projector=ProjectorProcess)
    yield opened
    opened.close()


def pid_of(database: Database) -> int:
    assert isinstance(database.projector, ProjectorProcess)
    return database.projector.pid


def trouble_of(database: Database) -> str | None:
    assert database.projector is not None
    return database.projector.trouble


def is_there(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def test_it_follows_and_brings_in_the_rest_at_the_end(database: Database, path: Path) -> None:
    """What it has brought in is given up in memory; after the end the tables have all, and no process is left."""
    for number in (1, 2, 3):
        database.journal.commit(batch(number))
    eventually(lambda: database.behind() == Behind())
    assert projection_of(path).place() == 3
    for number in range(4, 40):
        database.journal.commit(batch(number))
    pid = pid_of(database)
    database.close()
    assert projection_of(path).place() == 39
    assert not is_there(pid)


def test_it_gives_way_to_the_server(database: Database) -> None:
    """Where they share a core, an order does not wait for the tables."""
    own = os.getpriority(os.PRIO_PROCESS, 0)
    eventually(lambda: os.getpriority(os.PRIO_PROCESS, pid_of(database)) == min(19, own + NICENESS))


def test_another_one_goes_on_when_it_is_killed(database: Database, path: Path) -> None:
    """At any moment: what it was doing is done by the next, once. Meanwhile the journal answers, and the trouble is told."""
    number = 0
    for _ in range(3):
        before = pid_of(database)
        for _ in range(20):
            number += 1
            database.journal.commit(batch(number))
        os.kill(before, signal.SIGKILL)
        assert len(database.history.events("ann", 0, 999)) == number
        eventually(lambda: trouble_of(database) == ENDED)
        eventually(lambda pid=before: pid_of(database) != pid)  # type: ignore[misc]
    eventually(lambda: database.behind() == Behind())
    assert trouble_of(database) is None
    assert [one.seq for one in database.history.events("ann", 0, 999)] == list(range(1, number + 1))
    assert len(database.history.orders("ann", limit=999).items) == number


def test_one_that_is_killed_before_it_could_say_how_far_it_came_keeps_nothing_back(
    database: Database, path: Path
) -> None:
    """Within its copy of the log, for one: the tables have all, nothing is committed any more, and the memory of it would be
    kept, and new orders refused for it, until something is."""
    os.kill(pid_of(database), signal.SIGSTOP)
    for number in (1, 2, 3):
        database.journal.commit(batch(number))
    with closing(journal_of(path)) as journal:
        assert projection_of(path).step(journal) == 3
    assert database.behind().commits == 3
    os.kill(pid_of(database), signal.SIGKILL)
    eventually(lambda: database.behind() == Behind())
    eventually(lambda: trouble_of(database) is None)


def test_signals_of_a_terminal_are_not_meant_for_it(database: Database) -> None:
    """A server that ends in order needs it to the end."""
    pid = pid_of(database)
    database.journal.commit(batch(1))
    eventually(lambda: database.behind() == Behind())
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(pid, number)
    database.journal.commit(batch(2))
    eventually(lambda: database.behind() == Behind())
    assert pid_of(database) == pid


def test_tables_that_find_no_room_are_told_and_follow_when_there_is(database: Database, path: Path) -> None:
    """The disk is full for them alone: commits go on, nothing of them is half there, and then all of it is there once."""
    pid, limits = pid_of(database), resource.getrlimit(resource.RLIMIT_FSIZE)
    size = max(one.stat().st_size for one in path.parent.iterdir())
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, limits[1]))
    number = 0
    while trouble_of(database) is None:
        number += 1
        database.journal.commit(replace(batch(number), markets={"X/Y": market_of(size // 100)}))
    assert "full" in str(trouble_of(database))
    assert [one.seq for one in database.history.events("ann", 0, 9_999)] == list(range(1, number + 1))
    resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
    eventually(lambda: database.behind() == Behind())
    assert (projection_of(path).place(), trouble_of(database)) == (number, None)
    assert pid_of(database) == pid


def market_of(size: int) -> MarketRow:
    return MarketRow("X/Y", None, b"x" * size)
