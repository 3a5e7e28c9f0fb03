"""A modest book round trades of which no book was recorded, so that users find a queue to join and depth to take.

Each trade tells one price of the touch; the other side keeps one tick away, and follows when it is left behind. Sizes
are the typical trade's, more of it further out. Nothing here is random.
"""

from decimal import Decimal

from server.domain.markets import Market
from server.marketdata.book_mirror import Mirror, nearest_tick
from server.ports import Request
from tradeterm.protocol.vocabulary import Side

LEVELS = 15
GRID = Decimal("0.00005")  # of the price: how far levels behind the touch are apart
TOUCH_SIZE, SIZE_STEP = 4.0, 3.0  # typical trades at the touch, and more of them a level
FORGET = 0.02


class InventedBook:
    """The invented book of one symbol, in its mirror."""

    def __init__(self, market: Market, mirror: Mirror) -> None:
        self._market, self._mirror = market, mirror
        self._grid = market.tick
        self._typical_lots = 0.0
        self._touch: dict[Side, Decimal] = {}
        self._first: dict[Side, Decimal] = {}

    def trade(self, taker: Side, price: Decimal, quantity: Decimal) -> list[Request]:
        """One recorded trade, and the book as it is after it."""
        maker, lots = taker.opposite, float(quantity / self._market.lot)
        if not self._touch:
            self._grid = max(self._market.tick, nearest_tick(price * GRID, self._market.tick))
            self._typical_lots = lots
        self._typical_lots += (lots - self._typical_lots) * FORGET
        requests = self._mirror.trade(taker, price, quantity)
        level = self._mirror.sides[maker].get(price)
        if level is None or not level.size:
            # It traded there, so it was there: a level that is used up, or was never seen, is quoted afresh.
            requests += self._mirror.show(maker, price, self._size(0))
        requests += self._move(maker, price)
        other = self._touch.get(taker)
        gap = (price - other) * taker.sign if other is not None else None
        if gap is None or gap <= 0:
            requests += self._move(taker, price - self._market.tick * taker.sign)
        elif gap > max(self._grid, self._market.tick * 2):
            requests += self._move(taker, price - self._grid * taker.sign)
        return requests

    def _move(self, side: Side, touch: Decimal) -> list[Request]:
        """The touch of a side is here now: levels come into view behind it, and far ones go out of it."""
        if self._touch.get(side) == touch or touch <= 0:
            return []
        self._touch[side] = touch
        known = self._mirror.sides[side]
        requests = self._mirror.best(side, touch, known[touch].size if touch in known else self._size(0))
        first = self._first_behind(side, touch)
        if self._first.get(side) != first:
            self._first[side] = first
            requests += self._view(side, first)
        return requests

    def _view(self, side: Side, first: Decimal) -> list[Request]:
        known, requests = self._mirror.sides[side], []
        behind = [first - self._grid * side.sign * number for number in range(LEVELS)]
        for price in [one for one in known if (one < behind[-1] if side is Side.BUY else one > behind[-1])]:
            requests += self._mirror.show(side, price, Decimal(0))
        for number, price in enumerate(behind, 1):
            if price not in known and price > 0:
                requests += self._mirror.show(side, price, self._size(number))
        return requests

    def _first_behind(self, side: Side, touch: Decimal) -> Decimal:
        """The price of the grid next behind the touch. The grid stands still while the touch moves."""
        first = touch // self._grid * self._grid
        return first - self._grid * side.sign if side is Side.SELL or first == touch else first

    def _size(self, number: int) -> Decimal:
        return max(1, round(self._typical_lots * (TOUCH_SIZE + SIZE_STEP * number))) * self._market.lot
