"""A database that is slow, cut off or held by somebody else: waited for, said, come back from; nothing is told that is not so.

`TRADETERM_SOAK` above 1 makes it stand still for half a minute at least instead of seconds.
"""

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import make_url

from tests.contracts.databases import NoPostgres, fresh_database, postgres_server
from tests.e2e.faults import FaultProxy, fault_proxy
from tests.e2e.servers import READY_TIMEOUT_S, Server, running
from tests.eventually import PATIENCE_S

# Signs of life, some twenty a second at most: it stands still for as long as they take.
ANSWERS = 600 if int(os.environ.get("TRADETERM_SOAK", "1")) > 1 else 15
PATIENT = {"TRADETERM_SERVER__DATABASE_WAIT_S": "3600"}
UNKNOWN = (503, "OUTCOME_UNKNOWN")
BUSY = (503, "BUSY")
STOPPING = (503, "STOPPING")
# What asking again may answer, by what was told at first: made is the same order, turned away is not made yet.
AFTERWARDS = {"OUTCOME_UNKNOWN": {200, 201}, "BUSY": {201}}


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server, or a skip with the reason."""
    with ExitStack() as ends:
        try:
            yield ends.enter_context(postgres_server())
        except NoPostgres as missing:
            pytest.skip(str(missing))


@contextlib.asynccontextmanager
async def behind_a_proxy(tmp_path: Path, postgres: str, **environ: str) -> AsyncIterator[tuple[FaultProxy, Server]]:
    """A server whose database is PostgreSQL, at the other end of a line that can be broken."""
    with fresh_database(postgres) as address:
        url = make_url(address)
        async with fault_proxy(url.port or 5432) as proxy:
            through = url.set(port=proxy.port).render_as_string(hide_password=False)
            environ = {**PATIENT, "TRADETERM_DB": through, **environ}
            starting = asyncio.to_thread(lambda: ends.enter_context(running(tmp_path, **environ)))
            with ExitStack() as ends:
                yield proxy, await starting


class Asking:
    """One trader's requests, which never raise for what is answered."""

    def __init__(self, server: Server, token: str) -> None:
        self.http = httpx.AsyncClient(
            base_url=server.url, headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=PATIENCE_S
        )

    async def order(self, client_order_id: str) -> tuple[int, Any]:
        """The status, and the order's id or the refusal's code."""
        body = {"symbol": "BTC/USD", "side": "buy", "type": "limit", "quantity": "0.001", "price": "40000"}
        try:
            answer = await self.http.post("/api/v1/orders", json=body | {"clientOrderId": client_order_id})
        except httpx.HTTPError:  # it is starting over
            return UNKNOWN
        said = answer.json()
        if answer.is_success:
            return answer.status_code, said["id"]
        if answer.status_code == 503:
            assert int(answer.headers["retry-after"]) >= 1
        return answer.status_code, said["error"]["code"]

    async def until_not_ready(self) -> None:
        """Until the server says that it takes nothing."""
        await self._until_readiness_is(503)

    async def until_ready(self) -> None:
        await self._until_readiness_is(200)

    async def _until_readiness_is(self, status: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while (await self.http.get("/readyz")).status_code != status:  # noqa: ASYNC110 - another process says it
                await asyncio.sleep(0.05)

    async def until_taken(self, client_order_id: str) -> tuple[int, Any]:
        """Ask under the same id until there is an answer that says something."""
        async with asyncio.timeout(READY_TIMEOUT_S):
            while True:
                said = await self.order(client_order_id)
                if said not in (UNKNOWN, BUSY, STOPPING):
                    return said
                await asyncio.sleep(0.1)

    async def make(self, client_order_id: str) -> None:
        """An order that is there afterwards, however often it has to be asked for: a slow machine may look like a database
        that is away."""
        assert (await self.until_taken(client_order_id))[0] in {200, 201}

    async def settles(self, client_order_id: str, told: tuple[int, Any]) -> None:
        """What was told while the database was away is what is found under the same id afterwards."""
        expected = {200} if told[0] == 201 else AFTERWARDS[told[1]]
        assert (await self.until_taken(client_order_id))[0] in expected

    async def ids(self) -> list[str]:
        """The client order ids of all orders."""
        async with asyncio.timeout(READY_TIMEOUT_S):
            while True:
                answer = await self.http.get("/api/v1/orders", params={"limit": 500})
                if answer.status_code != 503:
                    return sorted(one["clientOrderId"] for one in answer.json()["items"])
                await asyncio.sleep(0.1)


def as_it_was(url: str, work: str) -> None:
    """Copy a database aside (`keep`), or put the copy in its place (`back`), as a fail-over to a server behind does."""
    parsed = make_url(url)
    name, admin = parsed.database, parsed.set(database="postgres").render_as_string(hide_password=False)
    steps = {
        "keep": (f'CREATE DATABASE "{name}_kept" TEMPLATE "{name}"',),
        "back": (f'DROP DATABASE "{name}" WITH (FORCE)', f'ALTER DATABASE "{name}_kept" RENAME TO "{name}"'),
    }
    with psycopg.connect(admin, autocommit=True) as connection:
        for step in steps[work]:
            connection.execute(step.encode())


async def until_done(work: Callable[..., None], *arguments: str) -> None:
    """Sessions that were cut end in a moment."""
    async with asyncio.timeout(READY_TIMEOUT_S):
        while True:
            try:
                return await asyncio.to_thread(work, *arguments)
            except psycopg.errors.ObjectInUse:
                await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def asking(server: Server) -> AsyncIterator[Asking]:
    trader = await asyncio.to_thread(server.sign_in, "ann")
    asking = Asking(server, trader.token)
    async with asking.http:
        yield asking


async def stays_well(server: Server) -> None:
    """Whatever else stands still, the server says again and again that it lives: one that waited with its database would say
    it once in a wait."""
    async with (
        httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=PATIENCE_S) as http,
        asyncio.timeout(4 * ANSWERS),
    ):
        for _ in range(ANSWERS):
            assert (await http.get("/healthz")).status_code == 200
            await asyncio.sleep(0.05)


async def test_line_cut_after_the_commit_makes_one_order(tmp_path: Path, postgres: str) -> None:
    """PostgreSQL has the order, its answer never comes: it is not told as refused, and asked again it is the same one.

    Three times over; then every line is cut and nobody is there for a second: the server goes on by itself afterwards."""
    async with behind_a_proxy(tmp_path, postgres) as (proxy, server), asking(server) as ann:
        await ann.make("before")
        for attempt in range(3):
            proxy.cut_before = b"COMMIT\x00"
            said = await ann.order(f"doubtful-{attempt}")
            assert said[0] == 201 or said == UNKNOWN
            again = await ann.until_taken(f"doubtful-{attempt}")
            assert again[0] == 200
            await ann.make(f"after-{attempt}")
        made = ["before", *(f"{name}-{attempt}" for name in ("doubtful", "after") for attempt in range(3))]
        assert await ann.ids() == sorted(made)
        proxy.refuses = True
        proxy.cut()
        await asyncio.sleep(1)
        proxy.refuses = False
        await ann.make("at-last")
        assert await ann.ids() == sorted([*made, "at-last"])
        assert server.process is not None
        assert server.process.poll() is None


async def test_database_that_stands_still(tmp_path: Path, postgres: str) -> None:
    """Health is answered all the time, new orders are turned away with a reason, and then it goes on where it was."""
    async with behind_a_proxy(tmp_path, postgres) as (proxy, server), asking(server) as ann:
        await ann.make("before")
        proxy.freeze()
        doubtful = asyncio.create_task(ann.order("doubtful"))
        await ann.until_not_ready()
        await stays_well(server)
        assert await ann.order("turned-away") == BUSY
        proxy.thaw()
        await ann.settles("doubtful", await doubtful)
        ids = await ann.ids()
        assert [one for one in ids if one != "turned-away"] == ["before", "doubtful"]


async def test_database_that_never_comes_back_ends_the_server(tmp_path: Path, postgres: str) -> None:
    """After the time that is set the server gives up: exit 1, a sentence in the log, and the order is told as unknown."""
    wait = {"TRADETERM_SERVER__DATABASE_WAIT_S": "1"}
    async with behind_a_proxy(tmp_path, postgres, **wait) as (proxy, server), asking(server) as ann:
        await ann.make("before")
        proxy.refuses, proxy.cut_before = True, b"COMMIT\x00"
        assert await ann.order("lost") == UNKNOWN
        assert server.process is not None
        assert await asyncio.to_thread(server.process.wait, READY_TIMEOUT_S) == 1
        assert "did not come back" in server.log
        assert "Traceback" not in server.log


async def test_database_that_comes_back_without_the_newest_orders(tmp_path: Path, postgres: str) -> None:
    """As after a fail-over that lost them: the server starts over from what there is, on its port, and says so."""
    async with behind_a_proxy(tmp_path, postgres) as (proxy, server), asking(server) as ann:
        address = str(make_url(server.environ["TRADETERM_DB"]).set(port=make_url(postgres).port))
        await ann.make("kept")
        proxy.refuses = True
        proxy.cut()
        await until_done(as_it_was, address, "keep")
        proxy.refuses = False
        await ann.make("lost")
        proxy.refuses = True
        proxy.cut()
        await asyncio.to_thread(as_it_was, address, "back")
        proxy.refuses = False
        await ann.make("after")
        assert await ann.ids() == ["after", "kept"]
        assert server.process is not None
        assert server.process.poll() is None
        assert "starting over" in server.log


async def test_other_program_that_holds_the_journal(tmp_path: Path) -> None:
    """SQLite's lock in another hand for longer than anybody waits: the server lives, and goes on when it is let go."""
    with running(tmp_path, **PATIENT) as server:
        async with asking(server) as ann:
            await ann.make("before")
            with held(tmp_path / "tradeterm.db.journal"):
                doubtful = asyncio.create_task(ann.order("doubtful"))
                await ann.until_not_ready()
                await stays_well(server)
                assert await ann.order("turned-away") == BUSY
            await ann.settles("doubtful", await doubtful)
            assert await ann.ids() == ["before", "doubtful"]


async def test_other_program_that_holds_the_tables(tmp_path: Path) -> None:
    """Orders go on, and are seen and found again: the journal has them. The tables follow when they are let go."""
    with running(tmp_path) as server:
        async with asking(server) as ann:
            await ann.make("before")
            with held(tmp_path / "tradeterm.db"):
                await ann.make("meanwhile")
                await stays_well(server)
                assert (await ann.until_taken("meanwhile"))[0] == 200
                assert await ann.ids() == ["before", "meanwhile"]
            await ann.make("after")
            assert await ann.ids() == ["after", "before", "meanwhile"]


async def test_tables_that_are_too_far_behind(tmp_path: Path) -> None:
    """New orders are refused with the reason, what leaves is taken, it is told to whoever watches; then it goes on by itself."""
    with running(tmp_path, TRADETERM_SERVER__MOST_BEHIND_MB="0.02") as server:
        async with asking(server) as ann:
            await ann.make("before")
            with held(tmp_path / "tradeterm.db"):
                number = 0
                while "reason" not in (ready := await ann.http.get("/readyz")).json():
                    number += (await ann.order(f"meanwhile-{number}"))[0] in {200, 201}
                assert number > 0
                assert await ann.order("turned-away") == BUSY
                assert (ready.status_code, ready.json()["status"]) == (503, "unavailable")
                assert "MB behind the journal" in ready.json()["reason"]
                assert ready.json()["behind"]["bytes"] > 20_000
                metrics = (await ann.http.get("/metrics")).text
                assert "tradeterm_tables_behind_bytes 0.0" not in metrics
                assert (await ann.http.delete("/api/v1/orders")).status_code == 200
            await ann.make("turned-away")
            assert len(await ann.ids()) == number + 2


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """A file of SQLite's that another program writes just now."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=PATIENCE_S)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
