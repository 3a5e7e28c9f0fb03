"""An unmodified socket.io-client behind a line that breaks in every way, while orders pour and the server is killed.

`TRADETERM_SOAK` multiplies the number of breaks.
"""

import asyncio
import os
from collections.abc import Iterator
from random import Random

import pytest

from tests.e2e.browsers import page
from tests.e2e.faults import break_line, fault_proxy
from tests.e2e.servers import Server, running
from tests.e2e.takers import NO_LIMITS, pouring

SOAK = int(os.environ.get("TRADETERM_SOAK", "1"))
ROUNDS, BREAKS = 2, 10 * SOAK


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("storm"), **NO_LIMITS) as started:
        yield started


@pytest.mark.timeout(300 + 20 * SOAK)
@pytest.mark.parametrize("transports", [("websocket",), ("polling",), ("polling", "websocket")], ids="+".join)
async def test_own_recovery_brings_every_event_once(server: Server, transports: tuple[str, ...]) -> None:
    """Every event since the first connect, once and in order; every later connect is a recovered one."""
    ann, draw = server.sign_in("ann"), Random(4)
    first = len(ann.events()) + 1
    async with fault_proxy(server.port) as proxy, page(proxy.url, ann.token, transports=transports) as client:
        await client.kind("connect")
        seen = asyncio.create_task(client.until(lambda one: one["kind"] == "end of the test"))
        for _ in range(ROUNDS):
            async with pouring(server, ann):
                for _ in range(BREAKS):
                    await break_line(proxy, draw)
                    # Not every break comes before the client is back: half of them wait until it has heard something.
                    await client.heard(len(client.seqs()) + draw.choice((0, 0, 0, 1, 10, 100)))
                await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
        ann = server.sign_in("ann")
        ann.order("buy", "0.001", "30000.00")
        head = ann.events()[-1]["seq"]
        seen.cancel()
        await asyncio.gather(seen, return_exceptions=True)
        await client.until_seq(head)
    assert client.seqs() == list(range(first, head + 1))
    recovered = [one["recovered"] for one in client.seen if one["kind"] == "connect"]
    assert len(recovered) > ROUNDS * BREAKS / 4
    assert recovered == [False] + [True] * (len(recovered) - 1)
