"""Which of the things that happen are worth a toast: own fills, merged per order, and alerts. Each once, none of the past."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tradeterm.protocol.arithmetic import ZERO, divide
from tradeterm.protocol.market import Market
from tradeterm.protocol.trades import Trade
from tradeterm.tui.desk.day import day_of
from tradeterm.tui.desk.port import DeskLinkState, DeskReads, EventLine, News
from tradeterm.tui.format import price, signed_money, size_text

REMEMBERED = 2_000
MOST_AT_ONCE = 5


@dataclass(frozen=True, slots=True)
class Toast:
    """One line to be read; `news` says how it sounds, `about` what it says the state of."""

    text: str
    is_alert: bool = False
    news: News | None = None
    about: str | None = None


class Announcer:
    """`since`: what is older was there before the console, and is not news."""

    def __init__(self, desk: DeskReads, since: datetime) -> None:
        self._desk = desk
        self._since = since
        self._told: deque[str] = deque(maxlen=REMEMBERED)
        self._is_live = self._is_lost = False

    def news(self) -> list[Toast]:
        """What happened since the last call, oldest first; what is beyond five stays in Events."""
        fills = self._fresh_fills()
        alerts = [Toast(line.text, True, line.news) for line in self._fresh_alerts()]
        return [*self._link_change(), *self._fill_toasts(fills), *alerts][:MOST_AT_ONCE]

    def _link_change(self) -> list[Toast]:
        """A link that was there is lost, or is back; before it was there it is no news."""
        was_live, self._is_live = self._is_live, self._desk.link().state is DeskLinkState.LIVE
        if was_live and not self._is_live:
            self._is_lost = True
            return [Toast("The link to the server is lost", True, News.LINK, about="link")]
        if self._is_lost and self._is_live:
            self._is_lost = False
            return [Toast("The link to the server is back", False, News.LINK, about="link")]
        return []

    def _fresh_fills(self) -> list[Trade]:
        fresh = []
        for trade in self._desk.fills():
            if trade.executed_at < self._since or trade.id in self._told:
                break
            fresh.append(trade)
        self._told.extend(trade.id for trade in fresh)
        return fresh[::-1]

    def _fresh_alerts(self) -> Iterable[EventLine]:
        fresh = []
        for line in self._desk.events():
            if line.time < self._since or line.id in self._told:
                break
            fresh.append(line)
        self._told.extend(line.id for line in fresh)
        return [line for line in fresh[::-1] if line.is_alert]

    def _fill_toasts(self, fills: list[Trade]) -> list[Toast]:
        """Of each order that has been filled anew all that it has been filled by now, and what it made where it was a way out."""
        if not fills:
            return []
        by_order: dict[str, list[Trade]] = {trade.order_id: [] for trade in fills}
        known = self._desk.fills()
        for trade in known:
            if trade.order_id in by_order:
                by_order[trade.order_id].append(trade)
        made = day_of(known, max(trade.executed_at for trade in fills)).made
        markets = self._desk.markets()
        return [
            Toast(_words(trades, markets[trades[0].symbol], made.get(order_id)), news=News.FILL)
            for order_id, trades in by_order.items()
            if trades[0].symbol in markets
        ]


def _words(trades: list[Trade], market: Market, net: Decimal | None) -> str:
    quantity = sum((trade.quantity for trade in trades), ZERO)
    average = divide(sum((trade.value for trade in trades), ZERO), quantity)
    side = trades[0].side.upper()
    made = "" if net is None else f"  net {signed_money(net)}"
    return f"Filled {side} {size_text(quantity)} {market.symbol} @ {price(average, market.price_decimals)}{made}"
