"""One order's reports: each trade once, and the end last."""

import asyncio
from decimal import Decimal

from server.ports import AcceptedReport, ExpiredReport, Place, RejectedReport
from server.venues.exchange.seen import Ending, SeenOrder, SeenTrade
from server.venues.exchange.working import Working
from tradeterm.protocol.vocabulary import Liquidity, Reason, Side, TimeInForce

PLACE = Place("1", "ann", "BTC/USDT", Side.BUY, Decimal(1), Decimal(100), TimeInForce.FOK)


def trade(number: str, quantity: str, order: str = "77") -> SeenTrade:
    size, price = Decimal(quantity), Decimal(100)
    return SeenTrade(number, order, "BTC/USDT", Side.BUY, size, price, Liquidity.TAKER, Decimal("0.1"), "USDT")


def seen(filled: str, order: str = "77") -> SeenOrder:
    return SeenOrder(order, None, "BTC/USDT", Side.BUY, Decimal(1), Decimal(100), Decimal(filled), None)


async def test_it_is_told_as_taken_once() -> None:
    """By whichever way it becomes known first."""
    working = Working(PLACE, "c")
    assert working.known("77") == [AcceptedReport("1", "77")]
    assert working.known("77") == []


async def test_a_trade_counts_once_and_one_that_was_booked_before_not_at_all() -> None:
    """Yet it counts for what the exchange says has filled."""
    working = Working(PLACE, "c", {"t1"})
    assert working.traded(trade("t1", "0.3")) == []
    assert working.lacks(seen("0.5"))
    assert len(working.traded(trade("t2", "0.2"))) == 2
    assert working.traded(trade("t2", "0.2")) == []
    assert not working.lacks(seen("0.5"))
    assert working.filled == Decimal("0.2")


async def test_put_anew_its_trades_are_counted_by_the_name_that_they_came_under() -> None:
    """What the new one has filled is not what the old one had."""
    working = Working(PLACE, "c")
    working.known("77")
    working.traded(trade("t1", "0.4"))
    working.put_anew("d", Decimal(2), Decimal(101))
    assert (working.leaves, working.named.client_id, working.named.venue_order_id) == (Decimal(2), "d", None)
    assert working.lacks(seen("0.1", "78"))
    working.traded(trade("t2", "0.1", "78"))
    assert not working.lacks(seen("0.1", "78"))


async def test_an_end_is_told_once_and_says_why() -> None:
    """What was refused after it was taken is rejected; with fills the rest of it is cancelled."""
    assert Working(PLACE, "c").ended(Ending.EXPIRED) == [ExpiredReport("1", Reason.FOK_NOT_FILLABLE)]
    working = Working(PLACE, "c")
    (report,) = working.ended(Ending.REJECTED)
    assert isinstance(report, RejectedReport)
    assert working.ended(Ending.CANCELLED) == []
    full = Working(PLACE, "c")
    full.traded(trade("t1", "1"))
    assert full.is_over
    assert isinstance(full.lock, asyncio.Lock)
