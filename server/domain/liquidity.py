"""How much of a book an order could really take: what would vanish while it is taken is no liquidity."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from server.domain.book import Book, BookSide, PriceLevel, Resting
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.vocabulary import Reason, SelfTrade, Side

Held = Callable[[str], Decimal]  # an account's position in the symbol, signed, as far as orders can close it
Covered = Callable[[str, Decimal], bool]  # do an account's entries stay, though exits close its position at that price?
Band = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Taker:
    """Who wants to know."""

    side: Side
    limit: Decimal | None
    account: str
    self_trade: SelfTrade = SelfTrade.CANCEL_RESTING

    def reaches(self, price: Decimal) -> bool:
        if self.limit is None:
            return True
        return price <= self.limit if self.side is Side.BUY else price >= self.limit

    def owns(self, rest: Resting) -> bool:
        return bool(self.account) and rest.account == self.account


@dataclass(slots=True)
class Taking:
    """What a taker would get, best first, as (price, size); and what ends it before its limit does, if anything does."""

    fills: list[tuple[Decimal, Decimal]] = field(default_factory=list)
    total: Decimal = ZERO
    ended_by: Reason | None = None

    def add(self, price: Decimal, size: Decimal) -> None:
        if size:
            self.fills.append((price, size))
            self.total += size


def taking(
    book: Book,
    taker: Taker,
    held: Held | None = None,
    band: Band | None = None,
    enough: Decimal | None = None,
    covered: Covered | None = None,
) -> Taking:
    """What the taker could take at its limit or better, within the band.

    Not counted: own orders; exits of one account beyond its position as the walk leaves it; of a linked pair of entries
    the second leg, of a pair of exits what the first has taken; entries that may be cut once an exit before them has
    closed the position. Stops counting at `enough`, so that a check for a small order costs a look at the top.
    """
    found, walk = Taking(), _Walk(held, covered)
    for level in book.side(taker.side.opposite).walk():
        if found.ended_by is not None or not taker.reaches(level.price) or found.total == enough:
            break
        if band is not None and _is_beyond(taker.side, level.price, band):
            found.ended_by = Reason.PRICE_OUTSIDE_BAND
            break
        # What offers more than the band allows is sent away when it is met.
        if band is None or not _is_beyond(taker.side.opposite, level.price, band):
            _take_level(found, walk, level, taker, enough)
    return found


def _take_level(found: Taking, walk: "_Walk", level: PriceLevel, taker: Taker, enough: Decimal | None) -> None:
    size = ZERO
    for rest in level.queue.values():
        if enough is not None and found.total + size >= enough:
            break
        if not taker.owns(rest):
            size += walk.take(rest)
        elif taker.self_trade is not SelfTrade.CANCEL_RESTING:
            found.ended_by = Reason.SELF_TRADE  # it ends where it meets itself
            break
    found.add(level.price, size if enough is None else min(size, enough - found.total))


def _is_beyond(side: Side, price: Decimal, band: Band) -> bool:
    """Is the price too far for those who trade as `side`: too high to buy at, too low to sell at?"""
    return price > band[1] if side is Side.BUY else price < band[0]


@dataclass(slots=True)
class _Walk:
    """What has been taken so far, and what that did to the makers."""

    held: Held | None
    covered: Covered | None = None
    closed: dict[str, Decimal] = field(default_factory=dict)  # by account, where the first of its exits was taken
    positions: dict[str, Decimal] = field(default_factory=dict)
    pairs: dict[str, Decimal] = field(default_factory=dict)

    def take(self, rest: Resting) -> Decimal:
        if not rest.account:
            return rest.leaves
        size = rest.leaves
        if rest.pair is not None:
            taken = self.pairs.get(rest.pair, ZERO)
            if taken:
                size = size - taken if rest.reduce_only else ZERO
        size = max(ZERO, self._within_position(rest, size)) if self._stays(rest) else ZERO
        if rest.pair is not None:
            self.pairs[rest.pair] = self.pairs.get(rest.pair, ZERO) + size
        return size

    def _stays(self, rest: Resting) -> bool:
        """Will it be there when its turn comes, as large as it is?"""
        if rest.reduce_only:
            self.closed.setdefault(rest.account, rest.price)
            return True
        at = self.closed.get(rest.account)
        return at is None or self.covered is None or self.covered(rest.account, at)

    def _within_position(self, rest: Resting, size: Decimal) -> Decimal:
        if self.held is None:
            return size
        position = self.positions.get(rest.account)
        if position is None:
            position = self.held(rest.account)
        if rest.reduce_only:
            size = min(size, max(ZERO, -position * rest.side.sign))
        self.positions[rest.account] = position + size * rest.side.sign
        return size


def hidden(side: BookSide, room: Callable[[str], Decimal]) -> dict[Decimal, Decimal]:
    """By price, how much of what rests could not trade: exits of one account count as at most its position, from the
    best on. One alone is kept within its position by those who made it."""
    found: dict[Decimal, Decimal] = {}
    for account, rests in side.exits.items():
        if len(rests) > 1:
            _hide(found, sorted(rests.values(), key=lambda rest: -rest.price * rest.side.sign), room(account))
    return found


def _hide(found: dict[Decimal, Decimal], best_first: list[Resting], room: Decimal) -> None:
    for rest in best_first:
        shown = min(rest.leaves, max(ZERO, room))
        room -= shown
        if shown < rest.leaves:
            found[rest.price] = found.get(rest.price, ZERO) + rest.leaves - shown
