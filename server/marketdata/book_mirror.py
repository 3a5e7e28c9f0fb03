"""An outside market in the paper book: what it shows and trades becomes orders of the flow, among which users rest and fill.

It only ever says what happened outside, and never asks what users did to it. So a level keeps what users took from it
until it shrinks, vanishes or trades through outside; a level that grows brings the difference alone, behind who waits
there; and a level's decrease leaves from its back, because nobody can know who gave up. An outside trade brings its own
other side to the back of the queue, trades, and takes away what is left of it: the tape shows its whole quantity, and
users fill once those before them have.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from itertools import count

from server.domain.markets import Market
from server.ports import Amend, Cancel, Place, Request
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.vocabulary import Side, TimeInForce

FLOW = ""
ONE = Decimal(1)
ROUNDING = Context(prec=50)  # outside prices are not on our ticks: here, and only here, a quotient may be cut


@dataclass(slots=True)
class Piece:
    """One order of the flow, with what should be left of it were there no users."""

    order_id: str
    leaves: Decimal


@dataclass(slots=True)
class Level:
    """One price of the outside book; the oldest piece first."""

    pieces: deque[Piece] = field(default_factory=deque)
    size: Decimal = ZERO


class Mirror:
    """One symbol's outside book as the flow's orders. Prices and sizes are on the market's tick and lot already."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self.sides: dict[Side, dict[Decimal, Level]] = {Side.BUY: {}, Side.SELL: {}}
        self._numbers = count(1)

    def show(self, side: Side, price: Decimal, size: Decimal) -> list[Request]:
        """This is what stands outside at a price now; nothing for size 0. What it would cross there is gone outside."""
        if not size:
            return self._vanish(side, price)
        requests = self._vanish_beyond(side.opposite, price)
        level = self.sides[side].setdefault(price, Level())
        if size > level.size:
            requests.append(self._add(side, price, level, size - level.size))
        elif size < level.size:
            requests += self._shrink(price, level, size)
        return requests

    def best(self, side: Side, price: Decimal, size: Decimal) -> list[Request]:
        """As `show`, and nothing better is there any more."""
        requests = self._vanish_better(side, price)
        return requests + self.show(side, price, size)

    def trade(self, taker: Side, price: Decimal, quantity: Decimal) -> list[Request]:
        """It traded outside: quotes that the price has passed are gone, and the quantity goes through the queue there."""
        maker = taker.opposite
        requests = self._vanish_beyond(taker, price)
        # What stood before the price on the maker's side was traded through.
        requests += self._vanish_better(maker, price)
        other, crossing = self._id(), self._id()
        requests.append(self._order(other, maker, price, quantity, TimeInForce.GTC))
        requests.append(self._order(crossing, taker, price, quantity, TimeInForce.IOC))
        requests.append(Cancel(other, self._market.symbol))
        level = self.sides[maker].get(price)
        if level is not None:
            _consume(level, quantity)
        return requests

    def replace(self, side: Side, levels: Mapping[Decimal, Decimal]) -> list[Request]:
        """These are all levels of a side now."""
        gone = [price for price in self.sides[side] if price not in levels]
        requests = [request for price in gone for request in self._vanish(side, price)]
        for price, size in levels.items():
            requests += self.show(side, price, size)
        return requests

    # ------------------------------------------------------------ levels

    def _vanish_beyond(self, side: Side, price: Decimal) -> list[Request]:
        """Levels of `side` that a quote of the other side at `price` would cross are gone."""
        requests = self._vanish_better(side, price)
        return requests + self._vanish(side, price)

    def _vanish_better(self, side: Side, price: Decimal) -> list[Request]:
        """Levels of `side` that are better than `price` are gone. Mostly there are none, and the best one tells."""
        own = self.sides[side]
        if not own or (max(own) <= price if side is Side.BUY else min(own) >= price):
            return []
        better = [one for one in own if (one > price if side is Side.BUY else one < price)]
        return [request for one in better for request in self._vanish(side, one)]

    def _vanish(self, side: Side, price: Decimal) -> list[Request]:
        level = self.sides[side].pop(price, None)
        return [Cancel(piece.order_id, self._market.symbol) for piece in level.pieces] if level else []

    def _add(self, side: Side, price: Decimal, level: Level, quantity: Decimal) -> Request:
        piece = Piece(self._id(), quantity)
        level.pieces.append(piece)
        level.size += quantity
        return self._order(piece.order_id, side, price, quantity, TimeInForce.GTC)

    def _shrink(self, price: Decimal, level: Level, size: Decimal) -> list[Request]:
        requests: list[Request] = []
        while level.size > size:
            newest = level.pieces[-1]
            over = level.size - size
            if newest.leaves <= over:
                level.pieces.pop()
                level.size -= newest.leaves
                requests.append(Cancel(newest.order_id, self._market.symbol))
                continue
            newest.leaves -= over
            level.size = size
            requests.append(Amend(newest.order_id, self._market.symbol, newest.leaves, price))
        return requests

    # ------------------------------------------------------------ orders

    def _order(self, order_id: str, side: Side, price: Decimal, quantity: Decimal, force: TimeInForce) -> Place:
        return Place(order_id, FLOW, self._market.symbol, side, quantity, price, force)

    def _id(self) -> str:
        return f"outside-{self._market.symbol}-{next(self._numbers)}"


def _consume(level: Level, quantity: Decimal) -> None:
    """A trade takes from the front."""
    while quantity and level.pieces:
        oldest = level.pieces[0]
        taken = min(quantity, oldest.leaves)
        oldest.leaves -= taken
        level.size -= taken
        quantity -= taken
        if not oldest.leaves:
            level.pieces.popleft()


# ---------------------------------------------------------------- on tick and lot


def nearest_tick(price: Decimal, tick: Decimal) -> Decimal:
    """A traded price on the market's tick, at least one."""
    return max(tick, _whole(price, tick, ROUND_HALF_UP) * tick)


def quote_tick(side: Side, price: Decimal, tick: Decimal) -> Decimal:
    """A quote away from the other side: bids down, asks up, so that two sides never meet by rounding."""
    rounding = ROUND_FLOOR if side is Side.BUY else ROUND_CEILING
    return max(tick, _whole(price, tick, rounding) * tick)


def whole_lots(quantity: Decimal, lot: Decimal) -> Decimal:
    """A size on the market's lot; what is there is at least one."""
    return max(lot, _whole(quantity, lot, ROUND_HALF_UP) * lot)


def _whole(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    return ROUNDING.divide(value, step).quantize(ONE, rounding, ROUNDING)


def levels_on_tick(
    side: Side, levels: Iterable[tuple[Decimal, Decimal]], market: Market, most: int
) -> dict[Decimal, Decimal]:
    """The best `most` prices of a side on the market's tick, with what stands at each together."""
    found: dict[Decimal, Decimal] = {}
    for price, size in levels:
        on_tick = quote_tick(side, price, market.tick)
        if on_tick not in found and len(found) == most:
            break
        found[on_tick] = found.get(on_tick, ZERO) + size
    return {price: whole_lots(size, market.lot) for price, size in found.items() if size > 0}
