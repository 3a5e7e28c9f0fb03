"""What an order is expected to cost, and what its exits would make: one reckoning for ticket, review and order line.

Fees follow who takes: what the known book gives at once pays the taker's, what rests pays the maker's.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from tradeterm.protocol.arithmetic import ONE, ZERO, cost, divide, fee, round_down
from tradeterm.protocol.market import Market, Ticker
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.vocabulary import AT_ONCE, CONDITIONAL_TYPES, OrderType, Side, TimeInForce
from tradeterm.tui.desk.port import DeskReads
from tradeterm.tui.desk.valuation import signed_quantity
from tradeterm.tui.orders.draft import Draft, reference_price, touch_of
from tradeterm.tui.orders.typed_number import NotANumber
from tradeterm.tui.orders.typed_size import Means, most_opened
from tradeterm.tui.orders.walk import Levels, Walk, furthest, walk

INFINITE = Decimal("Infinity")


@dataclass(frozen=True, slots=True)
class Expected:
    """`quantity` is what it comes to if all that can fill does, `beyond` what the known book does not give of it, `lapses`
    what expires at once because nobody is there at its price."""

    quantity: Decimal
    value: Decimal
    fee: Decimal
    walk: Walk
    beyond: Decimal = ZERO
    lapses: Decimal = ZERO
    leverage: Decimal | None = None

    @property
    def average(self) -> Decimal:
        return divide(self.value, self.quantity) if self.quantity else ZERO


def expected(desk: DeskReads, market: Market, request: OrderRequest) -> Expected | None:
    """Reckon one order with the book as it is now, reduce-only no more of it than there is to close; None while there is no
    price."""
    if request.reduce_only:
        closed = min(request.quantity, max(ZERO, -_held(desk, request.symbol) * request.side.sign))
        request = request.model_copy(update={"quantity": closed})
    found = _waiting(desk, market, request) if request.type in CONDITIONAL_TYPES else _at_once(desk, market, request)
    if found is None or not found.quantity:
        return found
    return replace(found, leverage=_leverage(desk, request, found))


def _waiting(desk: DeskReads, market: Market, request: OrderRequest) -> Expected | None:
    """What waits for a trigger trades there, or at its limit, as a taker."""
    at = request.price or request.stop_price or touch_of(request.side, desk.ticker(request.symbol))
    if at is None:
        return None
    return Expected(request.quantity, cost(request.quantity, at), fee(request.quantity, at, market.taker_fee), Walk())


def _at_once(desk: DeskReads, market: Market, request: OrderRequest) -> Expected | None:
    levels = other_side(desk, request.symbol, request.side)
    limit = request.price or furthest(levels, request.side, reach_pct(desk))
    met = Walk() if request.post_only else walk(levels, request.side, request.quantity, limit)
    left, paid = request.quantity - met.taken, met.value * market.taker_fee
    if request.price is not None:
        if request.time_in_force in AT_ONCE:
            return _all_there_is(request, met, paid) if levels else None
        rested = cost(left, request.price)
        return Expected(request.quantity, met.value + rested, paid + rested * market.maker_fee, met)
    at = met.worst or touch_of(request.side, desk.ticker(request.symbol))
    if at is None:
        return None
    unseen = cost(left, at)
    return Expected(request.quantity, met.value + unseen, paid + unseen * market.taker_fee, met, left)


def _all_there_is(request: OrderRequest, met: Walk, paid: Decimal) -> Expected:
    """What is not there now expires: of a fill-or-kill all of it, when anything is missing."""
    left = request.quantity - met.taken
    if left and request.time_in_force is TimeInForce.FOK:
        return Expected(ZERO, ZERO, ZERO, Walk(), lapses=request.quantity)
    return Expected(met.taken, met.value, paid, met, lapses=left)


def other_side(desk: DeskReads, symbol: str, side: Side) -> Levels:
    """What an order of this side meets: the known levels, or the touch alone while no book is known."""
    depth = desk.depth(symbol)
    if depth is not None and (levels := depth.asks if side is Side.BUY else depth.bids):
        return levels
    ticker = desk.ticker(symbol)
    touch = None if ticker is None else ticker.ask if side is Side.BUY else ticker.bid
    return () if touch is None else ((touch, INFINITE),)


def _leverage(desk: DeskReads, request: OrderRequest, found: Expected) -> Decimal | None:
    """The account's after it, None while equity is not known."""
    account = desk.account()
    if account is None or account.equity <= 0:
        return None
    positions = desk.positions()
    others = [position for position in positions if position.symbol != request.symbol]
    exposure = sum((p.quantity * (p.current_price or p.entry_price) for p in others), ZERO)
    after = abs(_held(desk, request.symbol) + request.side.sign * found.quantity) * found.average
    return divide(exposure + after, account.equity)


def means_of(desk: DeskReads, draft: Draft, market: Market) -> Means:
    """What the words for this draft's size are worked out with."""
    entry = reference_price(draft, desk.ticker(draft.symbol))
    return means_at(desk, market, draft.side, entry, is_market=draft.type is OrderType.MARKET)


def means_at(desk: DeskReads, market: Market, side: Side, entry: Decimal | None, *, is_market: bool) -> Means:
    """The same for an order of this side and entry; one at the market meets what stands there."""
    met = other_side(desk, market.symbol, side) if is_market else ()
    last, venue = furthest(met, side, reach_pct(desk)), desk.venue()
    return Means(
        market,
        side,
        desk.account(),
        _held(desk, market.symbol),
        entry,
        ceiling=max(entry, last or (met[-1][0] if met else entry)) if entry is not None else None,
        leverage=(venue and venue.leverage) or ONE,
        met=met,
        last=last,
    )


def most_of(desk: DeskReads, market: Market, request: OrderRequest) -> Decimal | None:
    """The largest size of this order: what it closes, and what money and limits let it open besides; None: not known."""
    at = request.price or request.stop_price or touch_of(request.side, desk.ticker(request.symbol))
    means = means_at(desk, market, request.side, at, is_market=request.type is OrderType.MARKET)
    opened = most_opened(means)
    if isinstance(opened, NotANumber) or request.reduce_only:
        return None
    return max(ZERO, -means.held * request.side.sign) + round_down(opened, market.lot)


def _held(desk: DeskReads, symbol: str) -> Decimal:
    """Signed."""
    return signed_quantity(next((position for position in desk.positions() if position.symbol == symbol), None))


def reach_pct(desk: DeskReads) -> Decimal | None:
    """How far past the touch the venue lets a market order go, in percent; None: as far as the book goes, or not known."""
    venue = desk.venue()
    return None if venue is None else venue.market_reach_pct


def exit_outcome(found: Expected, side: Side, at: Decimal, rate: Decimal) -> Decimal:
    """What the order will have made when all of it is closed at `at`, both fees off; `rate` is that of the way out."""
    gross = (at - found.average) * found.quantity * side.sign
    return gross - found.fee - fee(found.quantity, at, rate)


def crossed_ticks(side: Side, limit: Decimal, ticker: Ticker | None, market: Market) -> int:
    """How far a limit lies past the other side's best price."""
    touch = None if ticker is None else ticker.ask if side is Side.BUY else ticker.bid
    return 0 if touch is None else int((limit - touch) * side.sign / market.tick)
