"""What the journal knows of orders that have ended."""

from datetime import timedelta

import orjson

from server.ports import Page
from server.venues.exchange.own_orders import JournaledOrders
from tests.builders import START
from tradeterm.protocol.times import time_text


class Pages:
    """`History` of one market: two trades a page, newest first."""

    def __init__(self, trades: list[tuple[str, str, int]]) -> None:
        self.trades_, self.asked = trades, 0

    def order(self, account: str, order_id: str) -> bytes | None:
        made = time_text(START + timedelta(seconds=5))
        return orjson.dumps({"id": order_id, "symbol": "BTC/USDT", "createdAt": made}) if order_id == "mine" else None

    def trades(self, account: str, *, symbol: str | None = None, limit: int = 100, cursor: str | None = None) -> Page:
        self.asked += 1
        begin = int(cursor or 0)
        items = [
            orjson.dumps(
                {"orderId": order, "venueTradeId": number, "executedAt": time_text(START + timedelta(seconds=at))}
            )
            for order, number, at in self.trades_[begin : begin + 2]
        ]
        return Page(items, str(begin + 2) if begin + 2 < len(self.trades_) else None)


def test_all_trades_of_an_order_are_found_and_none_that_is_older_is_read() -> None:
    """However many there are."""
    trades = [("mine", "t9", 9), ("other", "t8", 8), ("mine", "t7", 7), ("other", "t4", 4), ("other", "t3", 3)]
    pages = Pages(trades)
    known = JournaledOrders(pages, "ann")  # type: ignore[arg-type]
    assert known.venue_trade_ids("mine") == {"t9", "t7"}
    assert pages.asked == 2
    assert known.venue_trade_ids("never") == set()
    assert (known.is_ours("mine"), known.is_ours("never")) == (True, False)
