"""How an exchange stands, as it is asked for."""

import asyncio

from tests.eventually import PATIENCE_S
from tradeterm.client.errors import Unreachable
from tradeterm.protocol.market import VenueStatus
from tradeterm.tui.desk.venue_watch import VenueWatch


class Server:
    """Answers what it was told to; `asked` counts."""

    def __init__(self, mode: str) -> None:
        self.status: VenueStatus | None = VenueStatus(venue="binance", mode=mode, weight_left=5)
        self.asked = 0
        self.has_line = True

    async def ask(self) -> VenueStatus:
        self.asked += 1
        if self.status is None:
            raise Unreachable("gone")
        return self.status

    def watch(self) -> VenueWatch:
        return VenueWatch(self.ask, lambda: self.has_line)


async def test_an_exchange_is_asked_for_while_there_is_a_line() -> None:
    """What was known is void without one, and when the server does not answer."""
    server = Server("live")
    watch = server.watch()
    assert not await watch.look()
    assert watch.status is server.status
    server.has_line = False
    await watch.look()
    assert (watch.status, server.asked) == (None, 1)
    server.has_line, server.status = True, None
    assert not await watch.look()
    assert (watch.status, server.asked) == (None, 2)


async def test_paper_is_asked_once() -> None:
    """It stays as it is."""
    server = Server("paper")
    watch = server.watch()
    async with asyncio.timeout(PATIENCE_S):
        await watch.run()
    assert (watch.status, server.asked) == (server.status, 1)
