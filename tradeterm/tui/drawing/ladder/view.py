"""What the ladder shows, line by line: the book by step, own orders and their place in the queue, what traded, what a
position makes at each price. Pure: values in, rows out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from tradeterm.protocol.arithmetic import ZERO, round_to_tick
from tradeterm.protocol.market import Market, Print
from tradeterm.protocol.positions import Position
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.desk.valuation import signed_quantity
from tradeterm.tui.drawing.ladder.price_grid import Levels
from tradeterm.tui.drawing.ladder.price_window import PriceWindow

RECENT = timedelta(seconds=30)  # what counts as sold and bought just now


@dataclass(frozen=True, slots=True)
class Own:
    """Own orders at one price; `ahead` is what stands before the last of them, None where nobody knows.

    `waits`: it rests in no book yet, its trigger stands here.
    """

    side: Side
    quantity: Decimal
    ahead: Decimal | None = None
    waits: bool = False


@dataclass(frozen=True, slots=True)
class LadderView:
    """All that the ladder shows of one market; prices as they are, not grouped."""

    market: Market
    bids: Sequence[tuple[Decimal, Decimal]] = ()
    asks: Sequence[tuple[Decimal, Decimal]] = ()
    last: Decimal | None = None
    own: Mapping[Decimal, Sequence[Own]] = field(default_factory=dict)
    prints: Sequence[Print] = ()
    position: Position | None = None
    now: datetime | None = None
    is_stale: bool = False
    name: str = ""  # what its title says, where it is one of several
    home: str = "space"  # the key that brings it back to the market


@dataclass(frozen=True, slots=True)
class LadderRow:
    """One line; equal ones are drawn once. `bid` and `ask` are None where the known book ends."""

    price: Decimal
    bid: Decimal | None
    ask: Decimal | None
    bid_share: int
    ask_share: int
    own: tuple[Own, ...]
    volume: Decimal
    is_last: bool
    spread: Decimal | None
    is_cursor: bool
    is_focused: bool
    is_stale: bool
    touch: tuple[Decimal, Decimal] | None = None
    sold: Decimal = ZERO
    bought: Decimal = ZERO
    profit: Decimal | None = None
    is_entry: bool = False
    beyond: str = ""  # of the spread's line: `▲` or `▼` where the market is above or below all lines


def by_step(own: Mapping[Decimal, Sequence[Own]], step: Decimal) -> Mapping[Decimal, tuple[Own, ...]]:
    """Own orders by displayed price: like the book, bids downward and offers upward."""
    rows: dict[Decimal, tuple[Own, ...]] = {}
    for at, orders in own.items():
        for order in orders:
            key = round_to_tick(at, step, up=order.side is Side.SELL)
            rows[key] = (*rows.get(key, ()), order)
    return rows


class Traded:
    """What was traded by displayed price, summed like the book: what buyers took at offers' prices, upward. Newest prints
    come first; what was `sold` and `bought` is that of the last half minute."""

    def __init__(self, prints: Sequence[Print], step: Decimal, now: datetime | None) -> None:
        self.volume: dict[Decimal, Decimal] = {}
        self.sold: dict[Decimal, Decimal] = {}
        self.bought: dict[Decimal, Decimal] = {}
        since = None if now is None else now - RECENT
        for one in prints:
            is_buy = one.side is Side.BUY
            key = round_to_tick(one.price, step, up=is_buy)
            self.volume[key] = self.volume.get(key, ZERO) + one.quantity
            if since is not None and one.time >= since:
                flow = self.bought if is_buy else self.sold
                flow[key] = flow.get(key, ZERO) + one.quantity
            else:
                since = None  # all that come now are older


def rows_of(view: LadderView, levels: Levels, window: PriceWindow, *, has_focus: bool) -> list[LadderRow | None]:
    """A line a price from the window's top, with the line of the spread above the best bid, or at the end next to it."""
    top, step = window.top, levels.step
    if top is None:
        return [None] * window.lines
    row = _RowMaker(view, levels, window.cursor, has_focus)
    prices = [top - step * n for n in range(window.lines)]
    rows: list[LadderRow | None] = [row.at(price) if price > 0 else None for price in prices]
    if levels.bids and levels.asks:
        best_bid = max(levels.bids)
        number = int((top - best_bid) / step)  # of the line that it has, or would have
        line = min(max(0, number), window.lines - 1)
        rows.insert(line, row.spread(best_bid, "▲" if number < 0 else "▼" if number > line else ""))
    return rows[: window.lines]


class _RowMaker:
    """What all lines of one state share."""

    def __init__(self, view: LadderView, levels: Levels, cursor: Decimal | None, has_focus: bool) -> None:
        self._view, self._levels = view, levels
        self._cursor, self._has_focus = cursor, has_focus
        self._largest = max([*levels.bids.values(), *levels.asks.values()], default=ZERO)
        self._deepest, self._highest = min(levels.bids, default=ZERO), max(levels.asks, default=ZERO)
        self._own = by_step(view.own, levels.step)
        self._traded = Traded(view.prints, levels.step, view.now)

    def spread(self, price: Decimal, beyond: str) -> LadderRow:
        """The line between bids and offers: the gap, and the real touch."""
        bid, ask = self._view.bids[0][0], self._view.asks[0][0]
        line = self.at(price)
        return replace(line, spread=ask - bid, touch=(bid, ask), beyond=beyond, is_cursor=False, is_focused=False)

    def at(self, price: Decimal) -> LadderRow:
        view, levels = self._view, self._levels
        bid, ask = levels.bids.get(price, ZERO), levels.asks.get(price, ZERO)
        is_cursor = price == self._cursor
        return LadderRow(
            price=price,
            bid=None if levels.bids and price < self._deepest else bid,
            ask=None if levels.asks and price > self._highest else ask,
            bid_share=share_of(bid, self._largest),
            ask_share=share_of(ask, self._largest),
            own=self._own.get(price, ()),
            volume=self._traded.volume.get(price, ZERO),
            is_last=view.last is not None and self._is_here(view.last, price),
            spread=None,
            is_cursor=is_cursor,
            is_focused=is_cursor and self._has_focus,
            is_stale=view.is_stale,
            sold=self._traded.sold.get(price, ZERO),
            bought=self._traded.bought.get(price, ZERO),
            profit=_profit(view.position, price),
            is_entry=view.position is not None and self._is_here(view.position.entry_price, price),
        )

    def _is_here(self, at: Decimal, price: Decimal) -> bool:
        return price <= at < price + self._levels.step


def _profit(position: Position | None, price: Decimal) -> Decimal | None:
    """What the position has made, fees so far off, when the market is here: its net at its mark."""
    if position is None:
        return None
    return position.net_realized_pnl + (price - position.entry_price) * signed_quantity(position)


def share_of(quantity: Decimal, largest: Decimal) -> int:
    """Eighths of the largest size on either side, so that small changes repaint nothing."""
    return int(quantity * 8 / largest) if largest else 0
