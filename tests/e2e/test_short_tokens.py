"""Clients whose tokens run out again and again hear everything: those of the guide, the SDK and the command line.

Four lives of a token by default; `TRADETERM_SOAK=450` makes it an hour, with tokens of ten seconds.
"""

import asyncio
import contextlib
import os
import re
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.browsers import SOCKETIO
from tests.e2e.guide import PYTHON, REACT, SOCKETIO_OF, UNDICI, Program, block, hook, native, page, program
from tests.e2e.servers import PASSWORD, Server, running
from tests.eventually import PATIENCE_S
from tradeterm.client.rest import Rest

SOAK = float(os.environ.get("TRADETERM_SOAK", "1"))
RUN_S, LIFE_S = 8 * SOAK, 10 if SOAK > 1 else 2
ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@contextlib.asynccontextmanager
async def clients(server: Server, folder: Path) -> AsyncIterator[dict[str, Program]]:
    """All of them, running: each prints the id of an order of ann's when it is filled."""
    environ = {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "XDG_CONFIG_HOME": str(folder / "config")}
    terminal = (sys.executable, "-m", "tradeterm")
    signing_in = await asyncio.create_subprocess_exec(
        *(*terminal, "login", "--user", "ann", "--password-stdin", "--server", server.url),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        env=environ,
    )
    await signing_in.communicate(f"{PASSWORD}\n".encode())
    assert signing_in.returncode == 0
    python = block(PYTHON, server).replace("44000.00", "20000.00")
    commands = {
        "python": (sys.executable, "-u", "-c", python),
        "native": ("node", str(page(folder / "native", server, native(server), UNDICI))),
        "socket.io": ("node", str(page(folder / "socketio", server, block(SOCKETIO_OF, server), SOCKETIO))),
        "hook": ("node", str(page(folder / "hook", server, hook(server), *REACT, SOCKETIO))),
        "command line": (*terminal, "events", "--follow", "--json", "--server", server.url),
    }
    async with contextlib.AsyncExitStack() as running_programs:
        started = {
            name: await running_programs.enter_async_context(program(*command, folder=folder, environ=environ))
            for name, command in commands.items()
        }
        yield started


class Ears:
    """What each client has heard of, out of what it should have."""

    def __init__(self, clients: dict[str, Program]) -> None:
        self.wanted: set[str] = set()
        self.heard: dict[str, set[str]] = {name: set() for name in clients}
        self._clients = clients

    async def listen(self, name: str) -> None:
        while True:
            text = await self._clients[name].line(ID)
            self.heard[name].update(re.findall(ID, text))

    def missing(self) -> dict[str, int]:
        return {name: len(self.wanted - heard) for name, heard in self.heard.items()}

    async def until(self, wanted: set[str]) -> None:
        """Until every client has heard of all of these."""
        async with asyncio.timeout(PATIENCE_S):
            while not all(wanted <= heard for heard in self.heard.values()):  # noqa: ASYNC110
                await asyncio.sleep(0.05)


async def trade(ann: Rest, ears: Ears) -> None:
    """Place orders until every client has heard of one, then for as long as the test lasts; each is heard of by all."""
    async with asyncio.timeout(PATIENCE_S):
        while not all(ears.wanted & heard for heard in ears.heard.values()):
            ears.wanted.add((await ann.buy("BTC/USD", "0.001")).id)
            await asyncio.sleep(0.5)
    first, ends = set(ears.wanted), time.monotonic() + RUN_S
    while time.monotonic() < ends:
        ears.wanted.add((await ann.buy("BTC/USD", "0.001")).id)
        ears.wanted.add((await ann.sell("BTC/USD", "0.001")).id)
        await asyncio.sleep(LIFE_S / 4)
    await ears.until(ears.wanted - first)


@pytest.mark.slow
@pytest.mark.timeout(RUN_S + 300)
async def test_every_client_renews_and_misses_nothing(tmp_path: Path) -> None:
    """Orders are filled all the while; at the end each client has heard of each of them."""
    with running(tmp_path, "--seed", "1", TRADETERM_AUTH__ACCESS_TOKEN_S=str(LIFE_S)) as server:
        async with clients(server, tmp_path) as started, Rest(server.url) as ann:
            await ann.sign_in("ann", PASSWORD)
            ears = Ears(started)
            listening = [asyncio.create_task(ears.listen(name), name=name) for name in started]
            trading = asyncio.create_task(trade(ann, ears), name="trading")
            done, others = await asyncio.wait([trading, *listening], return_when=asyncio.FIRST_COMPLETED)
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            for task in done:
                assert task.exception() is None, (task.get_name(), ears.missing())
        assert "the token has expired" in server.log, "the tokens never ran out, and nothing was shown"
