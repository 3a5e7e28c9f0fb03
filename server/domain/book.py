"""One symbol's order book, price first, time second. Matches nothing by itself: the venue walks it."""

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import takewhile

from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.vocabulary import SelfTrade, Side

_BUY = Side.BUY  # looked up once
Level = tuple[Decimal, Decimal]  # price, quantity
Hidden = Mapping[Decimal, Decimal]  # by price; bids and asks never share one


@dataclass(slots=True, eq=False)
class Resting:
    """An order's rest in the book. `account` is empty for the synthetic flow.

    `place` is its number in the queue: the book gives the next one where it has none yet.
    """

    order_id: str
    account: str
    side: Side
    price: Decimal
    leaves: Decimal
    filled: Decimal = ZERO  # how much of it has traded since it was made
    post_only: bool = False
    reduce_only: bool = False  # it trades no more than its account's position
    pair: str | None = None  # of two that share one, a fill of one takes from the other
    self_trade: SelfTrade = SelfTrade.CANCEL_RESTING
    limit: Decimal | None = None  # how far it may go, where something keeps it from resting there
    place: int = 0


class PriceLevel:
    """The queue at one price, first come first served; `total` is the sum of what rests there."""

    __slots__ = ("price", "queue", "total")

    def __init__(self, price: Decimal) -> None:
        self.price = price
        self.queue: OrderedDict[str, Resting] = OrderedDict()
        self.total = ZERO


class BookSide:
    """One side's levels. Keys are sorted so that the best is last: taking and adding near the top move little."""

    __slots__ = ("_keys", "_ordered", "_sign", "best", "exits", "levels")

    def __init__(self, side: Side) -> None:
        self._sign = side.sign
        self._keys: list[Decimal] = []
        self._ordered: list[PriceLevel] = []  # as their keys: a price that is computed is dear to look up
        self.levels: dict[Decimal, PriceLevel] = {}
        self.best: PriceLevel | None = None
        self.exits: dict[str, dict[str, Resting]] = {}  # by account, those that only reduce

    def add(self, rest: Resting) -> None:
        level = self.levels.get(rest.price)
        if level is None:
            level = self.levels[rest.price] = PriceLevel(rest.price)
            key = rest.price * self._sign
            at = bisect_left(self._keys, key)
            self._keys.insert(at, key)
            self._ordered.insert(at, level)
            self.best = self._ordered[-1]
        level.queue[rest.order_id] = rest
        level.total += rest.leaves
        if rest.reduce_only:
            self.exits.setdefault(rest.account, {})[rest.order_id] = rest

    def reduce(self, rest: Resting, quantity: Decimal) -> None:
        """Take `quantity` off an order's rest; an order, and a level, with nothing left is gone."""
        level = self.levels[rest.price]
        level.total -= quantity
        rest.leaves -= quantity
        if not rest.leaves:
            if rest.reduce_only:
                self._forget_exit(rest)
            del level.queue[rest.order_id]
            if not level.queue:
                self._forget_level(rest.price)

    def _forget_level(self, price: Decimal) -> None:
        del self.levels[price]
        at = bisect_left(self._keys, price * self._sign)
        del self._keys[at], self._ordered[at]
        self.best = self._ordered[-1] if self._ordered else None

    def _forget_exit(self, rest: Resting) -> None:
        mine = self.exits[rest.account]
        del mine[rest.order_id]
        if not mine:
            del self.exits[rest.account]

    def walk(self) -> Iterator[PriceLevel]:
        """Levels from the best on. The book must not change meanwhile."""
        return reversed(self._ordered)


class Book:
    """Both sides and an index by order id: adding, cancelling and amending cost no scan of orders.

    What changes is remembered as it was until `keep`, so that `undo` can bring it back.
    """

    __slots__ = ("_before", "_kept_place", "_last_place", "_rests", "asks", "bids")

    def __init__(self) -> None:
        self.bids = BookSide(Side.BUY)
        self.asks = BookSide(Side.SELL)
        self._rests: dict[str, Resting] = {}
        # Orders that changed since `keep`: with what they had left and filled then. None: it was not there.
        self._before: dict[str, tuple[Resting, Decimal, Decimal] | None] = {}
        self._last_place = self._kept_place = 0

    def __len__(self) -> int:
        return len(self._rests)

    def get(self, order_id: str) -> Resting | None:
        return self._rests.get(order_id)

    def side(self, side: Side) -> BookSide:
        return self.bids if side is _BUY else self.asks

    def best_bid(self) -> Decimal | None:
        best = self.bids.best
        return None if best is None else best.price

    def best_ask(self) -> Decimal | None:
        best = self.asks.best
        return None if best is None else best.price

    def crosses(self, side: Side, price: Decimal) -> bool:
        """Would an order of `side` at `price` trade at once?"""
        buying = side is _BUY
        best = (self.asks if buying else self.bids).best
        if best is None:
            return False
        return price >= best.price if buying else price <= best.price

    def next_place(self) -> int:
        """The number behind everybody who stands in the book."""
        self._last_place += 1
        return self._last_place

    def add(self, rest: Resting) -> None:
        """Put an order behind those of its price. One that brings its number back must come before whoever has a later one."""
        if rest.place:
            self._last_place = max(self._last_place, rest.place)
        else:
            rest.place = self.next_place()
        self._before.setdefault(rest.order_id, None)
        self._rests[rest.order_id] = rest
        self.side(rest.side).add(rest)

    def reduce(self, rest: Resting, quantity: Decimal) -> None:
        """A part (or all) of a resting order is given up. Its place in the queue stays."""
        order_id = rest.order_id
        if order_id not in self._before:
            self._before[order_id] = (rest, rest.leaves, rest.filled)
        if rest.leaves == quantity:
            del self._rests[order_id]
        (self.bids if rest.side is _BUY else self.asks).reduce(rest, quantity)

    def trade(self, rest: Resting, quantity: Decimal) -> None:
        """A part (or all) of a resting order has traded."""
        self.reduce(rest, quantity)
        rest.filled += quantity

    def cancel(self, order_id: str) -> Resting | None:
        rest = self._rests.get(order_id)
        if rest is not None:
            leaves = rest.leaves
            self.reduce(rest, leaves)
        return rest

    # ------------------------------------------------------------ keeping and undoing

    def keep(self) -> None:
        """What was done so far stands."""
        self._before.clear()
        self._kept_place = self._last_place

    def undo(self) -> None:
        """Back to where it was at the last `keep`, also when something failed half way: both sides are built anew."""
        for order_id, before in self._before.items():
            if before is None:
                self._rests.pop(order_id, None)
            else:
                self._rests[order_id] = before[0]
                before[0].leaves, before[0].filled = before[1:]
        self._before = {}
        self._last_place = self._kept_place
        self.bids, self.asks = BookSide(Side.BUY), BookSide(Side.SELL)
        for rest in sorted(self._rests.values(), key=lambda one: one.place):
            self.side(rest.side).add(rest)

    def __iter__(self) -> Iterator[Resting]:
        return iter(self._rests.values())

    def ahead(self, order_id: str) -> Decimal | None:
        """What stands before this order at its price; None where it does not rest here."""
        rest = self._rests.get(order_id)
        if rest is None:
            return None
        before = takewhile(lambda one: one is not rest, self.side(rest.side).levels[rest.price].queue.values())
        return sum((one.leaves for one in before), ZERO)

    def depth(self, levels: int, hidden: Hidden | None = None) -> tuple[list[Level], list[Level]]:
        """(bids, asks), best first, as (price, total); `hidden` is what of them nobody could take."""
        return _top(self.bids, levels, hidden), _top(self.asks, levels, hidden)


def _top(side: BookSide, levels: int, hidden: Hidden | None) -> list[Level]:
    found: list[Level] = []
    for level in side.walk():
        if len(found) == levels:
            break
        size = level.total - hidden.get(level.price, ZERO) if hidden else level.total
        if size > 0:
            found.append((level.price, size))
    return found
