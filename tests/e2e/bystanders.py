"""What a hostile test asks of everything else: a stream without a gap, memory that stays, a log that says who and why."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from tests.e2e.lines import line
from tests.e2e.servers import Server, Trader
from tests.eventually import PATIENCE_S

GROWTH_KB = 80_000


def memory_kb(server: Server) -> int:
    """What the server process has resident."""
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def logged(server: Server, *words: str) -> bool:
    """Is there a line of the log with all of these words?"""
    return any(all(word in one for word in words) for one in server.log.splitlines())


async def until_logged(server: Server, *words: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not logged(server, *words):  # noqa: ASYNC110 - the log is a file of another process
            await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def unharmed(server: Server, trader: Trader) -> AsyncIterator[None]:
    """Somebody else, whose stream goes on without a gap, and a server whose memory stays where it was."""
    before = memory_kb(server)
    async with line(trader.url, trader.token) as bystander:
        await bystander.subscribe()
        yield
        trader.order("buy", "0.001", "30000.00")
        head = len(trader.events())
        while not bystander.seqs() or bystander.seqs()[-1] < head:
            await bystander.next()
        trader.http.delete("/orders")
    seqs = bystander.seqs()
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    assert memory_kb(server) < before + GROWTH_KB
