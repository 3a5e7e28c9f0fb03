"""The composition root in the test's own process: everything that one server is made of starts, serves and ends."""

import asyncio
import gc
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.app import run
from server.config import Settings, load_settings
from tests.eventually import PATIENCE_S, in_time

pytestmark = pytest.mark.blocks("a start opens its database before anybody waits for it")
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def own_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a server does to its process is taken back."""
    thresholds, handlers = gc.get_threshold(), {one: signal.getsignal(one) for one in (signal.SIGHUP, signal.SIGQUIT)}
    yield
    gc.set_threshold(*thresholds)
    for number, handler in handlers.items():
        signal.signal(number, handler)


def settings(folder: Path, **paper: Any) -> Settings:
    """A server on a free port, with an admin and a market that is the same in every run."""
    server = {"port": 0, "db": f"sqlite:///{folder / 'desk.db'}", "seed": 1, "projector": "thread"}
    return load_settings(None, {"server": server, "paper": paper}, {"TRADETERM_ADMIN_PASSWORD": PASSWORD})


@asynccontextmanager
async def serving(
    chosen: Settings, capfd: pytest.CaptureFixture[str], secret: str | None = None
) -> AsyncIterator[tuple[asyncio.Task[int], str]]:
    """The running server and its address; it is told to end, and has ended, when the block does."""
    printed = ""

    def address() -> str | None:
        nonlocal printed
        printed += capfd.readouterr().out
        found = re.search(r"^ready (http\S+)$", printed, re.MULTILINE)
        return found[1] if found else None

    task = asyncio.create_task(run(chosen, secret))
    try:
        await in_time(lambda: task.done() or address(), within_s=90)
        url = address()
    except BaseException:
        task.cancel()  # it does not hear of signals yet
        raise
    assert url is not None, await task
    try:
        yield task, url
    finally:
        if not task.done():
            os.kill(os.getpid(), signal.SIGTERM)
        await task


async def test_a_server_starts_serves_and_ends(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """With a market that moves; told to end it ends with 0. The next one, whose venue is some way off, goes on from there."""
    for paper in ({}, {"latency_ms": "1"}):
        chosen = settings(tmp_path, **paper)
        async with serving(chosen, capfd) as (task, url), httpx.AsyncClient(base_url=url, timeout=PATIENCE_S) as http:
            said = {"username": "admin", "password": PASSWORD}
            token = (await http.post("/api/v1/auth/token", data=said)).json()["accessToken"]
            found = await http.get("/api/v1/markets", headers={"Authorization": f"Bearer {token}"})
            assert "BTC/USD" in found.text
            assert "tradeterm_connections" in (await http.get("/metrics")).text
            assert (await http.get("/healthz")).json()["status"] == "ok"
        assert await task == 0


async def test_a_port_that_is_taken_is_told_and_nothing_is_made(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """In one sentence, with the code for usage."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        chosen = settings(tmp_path).model_copy(deep=True)
        port = taken.getsockname()[1]
        chosen = chosen.model_copy(update={"server": chosen.server.model_copy(update={"port": port})})
        assert await run(chosen) == 2
    assert str(port) in capfd.readouterr().err
    assert not [name for name in os.listdir(tmp_path) if name.startswith("desk.db")]


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """And left as it was."""
    (tmp_path / "desk.db").write_bytes(b"no database" * 100)
    assert await run(settings(tmp_path)) == 2
    assert "desk.db" in capfd.readouterr().err
    assert (tmp_path / "desk.db").read_bytes() == b"no database" * 100


async def test_a_console_s_own_server_ends_with_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the pipe that it was given closes and nobody else is on it."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as pipe:
        monkeypatch.setattr(sys, "stdin", pipe)
        async with serving(settings(tmp_path), capfd, "console secret") as (task, url):
            async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S) as http:
                said = {"username": "local", "password": "console secret"}
                assert (await http.post("/api/v1/auth/token", data=said)).status_code == 200
            os.close(writing)
            assert await asyncio.wait_for(task, PATIENCE_S) == 0
