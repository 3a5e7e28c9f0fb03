"""What the journal knows of orders and trades that are not open here any more, read through the port of history."""

from datetime import datetime
from typing import Any

import orjson

from server.ports import History
from tradeterm.protocol.times import parse_time

PAGE = 500


class JournaledOrders:
    """server.venues.exchange.sightings.OwnOrders of one account."""

    def __init__(self, history: History, account: str) -> None:
        self._history, self._account = history, account

    def is_ours(self, order_id: str) -> bool:
        return self._history.order(self._account, order_id) is not None

    def venue_trade_ids(self, order_id: str) -> set[str]:
        """Of all its trades: an order has none that is older than itself."""
        order = self._history.order(self._account, order_id)
        if order is None:
            return set()
        wire = orjson.loads(order)
        made, found, cursor = parse_time(wire["createdAt"]), set(), None
        while True:
            page = self._history.trades(self._account, symbol=wire["symbol"], limit=PAGE, cursor=cursor)
            trades = [orjson.loads(item) for item in page.items]
            found |= {trade["venueTradeId"] for trade in trades if trade["orderId"] == order_id}
            cursor = page.next_cursor
            if cursor is None or _is_older(trades[-1], made):
                return found


def _is_older(trade: Any, made: datetime) -> bool:
    return parse_time(trade["executedAt"]) < made
