"""What stands in the inbox is told once, and what fails without parts is left out."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from server.domain.commands import OpenAccount
from server.executor.items import Arrivals, Beat, Expiries, Flow, Waiting
from server.executor.rules import lifecycle
from server.ports import Answer, FlowStep
from tests.server.executor.rig import Rig, opened
from tradeterm.protocol.vocabulary import OrderStatus, Reason, TimeInForce


def test_a_command_that_was_not_carried_out_is_told_nothing_until_it_is_refused() -> None:
    """And then once, whoever tells it."""
    heard: list[Answer | Exception] = []
    item = Waiting(OpenAccount("ann"), heard.append)
    item.tell()
    assert (heard, item.is_told) == ([], False)
    error = RuntimeError("no")
    item.refuse(error)
    item.refuse(RuntimeError("again"))
    assert heard == [error]


async def test_a_feed_that_gave_up_waiting_is_not_freed_again() -> None:
    """It was cancelled meanwhile: there is nobody to tell."""
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    item = Flow(FlowStep([]), done)
    done.cancel()
    item.free()
    assert done.cancelled()


async def test_what_fails_without_parts_is_left_out() -> None:
    """An empty step, no arrivals, a beat in which nothing is due: there is nothing to try alone and nobody to tell."""
    rig = Rig(latency="50")
    assert rig.delayed is not None
    step = Flow(FlowStep([]), asyncio.get_running_loop().create_future())
    for item in (step, Arrivals(rig.delayed), Expiries()):
        assert item.pieces(rig.core, rig.clock.now()) == []
        assert item.fail(rig.core, "id") is None
        assert item.name
    assert Beat().fail(rig.core, "id") is None


def test_an_expiry_that_fails_is_tried_again_and_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two orders whose time is over in one moment: the one ends then, the other when it can."""
    rig, is_broken = opened(), [True]
    until = rig.clock.now() + timedelta(seconds=5)
    ids = [
        str(rig.body(rig.order("ann", "buy", size, "90.0", time_in_force=TimeInForce.GTD, expire_at=until))["id"])
        for size in ("1", "2")
    ]
    cancel = lifecycle.cancel

    def breaks(ledger: object, order: object, reason: Reason) -> None:
        if is_broken[0] and getattr(order, "quantity", 0) == 2 and reason is Reason.TIME_EXPIRED:
            raise RuntimeError("broken")
        cancel(ledger, order, reason)  # type: ignore[arg-type]

    monkeypatch.setattr(lifecycle, "cancel", breaks)
    for _ in range(4):
        rig.beat(3)
    assert [rig.journal.rows.orders[one].status for one in ids] == [OrderStatus.EXPIRED, OrderStatus.ACCEPTED]
    is_broken[0] = False
    for _ in range(20):
        rig.beat(60)
    assert rig.journal.rows.orders[ids[1]].status == OrderStatus.EXPIRED
    assert rig.core.ledger.valuation.margin(rig.core.ledger.accounts["ann"]).reserved == Decimal(0)
