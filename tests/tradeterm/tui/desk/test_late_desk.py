"""A desk before there is one."""

import asyncio
from decimal import Decimal
from typing import cast

from tests.tradeterm.tui.desks import NOON, FakeDesk
from tradeterm.tui.desk.late_desk import ClosableDesk, LateDesk
from tradeterm.tui.desk.port import Desk, DeskLinkState, Refused, View

VIEW = View("BTC/USD", "1m")


class Found(FakeDesk):
    """A desk that somebody opened."""

    is_closed = False

    async def aclose(self) -> None:
        self.is_closed = True


async def test_before_it_is_there_it_is_empty_and_says_what_it_waits_for() -> None:
    """Nothing can be asked of it, and nothing is dirty twice."""
    late = LateDesk(asyncio.Event().wait, "starting the market", lambda: NOON)  # type: ignore[arg-type]
    desk = cast("Desk", late)
    assert desk.take_dirty().everything
    assert not desk.take_dirty().everything
    assert (desk.link().state, desk.link().reason) == (DeskLinkState.CONNECTING, "starting the market")
    assert (dict(desk.markets()), list(desk.positions()), desk.account()) == ({}, [], None)
    answer = await desk.amend("x", price=Decimal(1), quantity=None)
    assert answer == Refused("starting the market: nothing can be sent yet")


async def test_once_it_is_there_it_is_the_real_one() -> None:
    """Which is told what the screen looks at, and is closed with it."""
    found = Found()

    async def opening() -> ClosableDesk:
        return found

    late = LateDesk(opening, "starting", lambda: NOON)
    late.take_dirty()
    late.show(VIEW)
    running = asyncio.create_task(late.run())
    await asyncio.sleep(0)
    desk = cast("Desk", late)
    assert found.view == VIEW
    assert desk.take_dirty().everything
    assert desk.link().state is DeskLinkState.LIVE
    assert desk.markets() == found.markets()
    await desk.cancel("o-1")
    assert found.log == [("cancel", "o-1")]
    running.cancel()
    await late.aclose()
    assert found.is_closed


async def test_an_opening_that_fails_is_said_on_the_screen_and_kept() -> None:
    """The console stays, to be read and left."""

    async def opening() -> ClosableDesk:
        raise OSError("no room")

    late = LateDesk(opening, "starting", lambda: NOON)
    await late.run()
    assert (late.link().state, late.link().reason) == (DeskLinkState.REFUSED, "no room")
    assert str(late.failure) == "no room"
