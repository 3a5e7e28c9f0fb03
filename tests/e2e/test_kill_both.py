"""`kill -9` of the client, and of the server under it, at random moments: the client's position file carries it over.

`TRADETERM_SOAK` multiplies the number of kills.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from tests.e2e import position_client
from tests.e2e.servers import Server, running
from tests.e2e.takers import NO_LIMITS, pouring
from tests.eventually import PATIENCE_S

SOAK = int(os.environ.get("TRADETERM_SOAK", "1"))
ROUNDS = 6 * SOAK


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path, **NO_LIMITS) as started:
        yield started


@contextlib.asynccontextmanager
async def bot(url: str, token: str, file: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The client in its own process, killed at the end with no chance to tidy up."""
    command = (sys.executable, position_client.__file__, url, token, str(file))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def lines_of(process: asyncio.subprocess.Process, count: int | None = None) -> list[int]:
    """So many seqs that it wrote, or all until its end."""
    assert process.stdout is not None
    found: list[int] = []
    while count is None or len(found) < count:
        async with asyncio.timeout(PATIENCE_S):
            text = await process.stdout.readline()
        if not text.endswith(b"\n"):
            break
        found.append(int(text))
    return found


async def life(server: Server, token: str, file: Path, draw: Random) -> list[int]:
    """One life of the bot under load, killed after some events or before it was ready; what it wrote."""
    is_server_killed = draw.random() < 0.4
    async with pouring(server, server.sign_in("ann"), pause_s=0):
        async with bot(server.url, token, file) as process:
            wrote = await lines_of(process, draw.choice((0, 1, draw.randrange(200), draw.randrange(2000))))
            if not wrote:  # somewhere in its start: what is drawn is the moment, nothing is waited for
                await asyncio.sleep(draw.random())
            if is_server_killed:
                await asyncio.to_thread(server.kill)
        wrote += await lines_of(process)
    if is_server_killed:
        await asyncio.to_thread(server.start)
    return wrote


@pytest.mark.timeout(300 + 10 * ROUNDS)
async def test_kills_of_client_and_server_lose_nothing(server: Server, tmp_path: Path) -> None:
    """Only the event that was in its hands when it was killed comes once more, to the next life."""
    file, draw, token = tmp_path / "position.json", Random(77), server.sign_in("ann").token
    lives = [wrote for _ in range(ROUNDS) if (wrote := await life(server, token, file, draw))]
    ann = server.sign_in("ann")
    head = len(ann.events())
    async with bot(server.url, token, file) as process:
        wrote = await lines_of(process, 1)
        lives.append(wrote + await lines_of(process, head - wrote[0]))
    assert len(lives) > ROUNDS // 3
    for one in lives:
        assert one == list(range(one[0], one[-1] + 1))
    for before, after in pairwise(lives):
        assert after[0] in (before[-1], before[-1] + 1)
    assert lives[-1][-1] == head
