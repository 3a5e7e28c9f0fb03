"""PostgreSQL's own processes stopped, and restarted in the middle of trading: not a line of ours, the real thing.

`TRADETERM_SOAK` above 1 makes it stand still for half a minute at least instead of seconds.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.contracts.databases import NoPostgres, fresh_database, pg_ctl, postgres_server
from tests.e2e.servers import Server, running
from tests.e2e.test_database_away import BUSY, PATIENT, Asking, asking, stays_well

ORDERS = 40


@dataclass
class Postgres:
    """A PostgreSQL server of the test's own."""

    url: str
    folder: Path  # its data

    def processes(self) -> list[int]:
        """The postmaster and all that it has started."""
        postmaster = int((self.folder / "postmaster.pid").read_text().split()[0])
        status = Path("/proc").glob("[0-9]*/stat")
        parents = dict(_pid_and_parent(one) for one in status)
        return [postmaster, *(pid for pid, parent in parents.items() if parent == postmaster)]

    def signal(self, number: signal.Signals) -> None:
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        self.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)


def _pid_and_parent(stat: Path) -> tuple[int, int]:
    try:
        pid, _, rest = stat.read_text().partition(" (")
        return int(pid), int(rest.rpartition(") ")[2].split()[1])
    except OSError:  # it has ended meanwhile
        return -1, -1


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    if os.environ.get("TRADETERM_TEST_POSTGRES"):
        pytest.skip("the PostgreSQL server is not this test's own, to be stopped")
    if not Path("/proc/self/stat").exists():
        pytest.skip("PostgreSQL's processes are found through /proc, which is not here")
    with ExitStack() as ends:
        try:
            url = ends.enter_context(postgres_server())
        except NoPostgres as missing:
            pytest.skip(str(missing))
        with psycopg.connect(url) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
        assert row is not None
        yield Postgres(url, Path(row[0]))


@contextlib.asynccontextmanager
async def trading(tmp_path: Path, postgres: Postgres) -> AsyncIterator[tuple[Server, Asking]]:
    """A server on a database there, and a trader."""
    with fresh_database(postgres.url) as url, ExitStack() as ends:
        server = await asyncio.to_thread(lambda: ends.enter_context(running(tmp_path, **PATIENT, TRADETERM_DB=url)))
        async with asking(server) as ann:
            yield server, ann


async def test_processes_that_are_stopped(tmp_path: Path, postgres: Postgres) -> None:
    """Health is answered all the time, new orders are turned away with a reason, and then it goes on where it was."""
    async with trading(tmp_path, postgres) as (server, ann):
        await ann.make("before")
        with postgres.stopped():
            await ann.until_not_ready()  # though nobody asks for anything
        await ann.until_ready()
        with postgres.stopped():
            doubtful = asyncio.create_task(ann.order("doubtful"))
            await ann.until_not_ready()
            await stays_well(server)
            assert await ann.order("turned-away") == BUSY
        await ann.settles("doubtful", await doubtful)
        assert [one for one in await ann.ids() if one != "turned-away"] == ["before", "doubtful"]
        assert "Traceback" not in server.log


@pytest.mark.parametrize("how", ["fast", "immediate"])
async def test_restart_in_the_middle_of_trading(tmp_path: Path, postgres: Postgres, how: str) -> None:
    """Each order is asked for until it is taken; none is lost, none is made twice, and the server never ended."""
    async with trading(tmp_path, postgres) as (server, ann):
        names = [f"o{number:02d}" for number in range(ORDERS)]
        told: dict[str, int] = {}

        async def trade() -> None:
            for name in names:
                told[name] = (await ann.until_taken(name))[0]

        orders = asyncio.create_task(trade())
        while len(told) < 5:  # noqa: ASYNC110 - another process answers
            await asyncio.sleep(0.01)
        await asyncio.to_thread(pg_ctl, postgres.folder, "restart", "-m", how)
        await orders
        assert set(told.values()) <= {200, 201}
        assert await ann.ids() == names
        assert server.process is not None
        assert server.process.poll() is None
        assert "Traceback" not in server.log
