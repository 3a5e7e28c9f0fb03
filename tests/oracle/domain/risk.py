"""Checks before an order may reach a venue: what is wrong with it whatever the state, and what the state refuses."""

from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from decimal import Decimal
from typing import Any

from tests.oracle.arithmetic import HUNDRED, ONE, ZERO, is_multiple, round_to_tick
from tests.oracle.domain.accounts import Margin
from tests.oracle.domain.commands import BracketLeg, OrderTerms
from tests.oracle.domain.markets import Market
from tests.oracle.domain.orders import Order
from tests.oracle.money import amount_text, price_text, quantity_text
from tradeterm.protocol.foreign_text import printable
from tradeterm.protocol.vocabulary import ErrorCode, Reason, Side

Depth = tuple[list[tuple[Decimal, Decimal]], list[tuple[Decimal, Decimal]]]


@dataclass(slots=True)
class CoreSettings:
    """What the money rules are set to. Percentages are percent, rates are fractions."""

    currency: str = "USD"
    paper_cash: Decimal = Decimal(100_000)
    leverage: Decimal = Decimal(5)
    collar_pct: Decimal = Decimal(5)
    slippage_pct: Decimal = Decimal(1)
    enforce_minimums: bool = True
    liquidation: bool = True
    cash_account: bool = False
    base_fees: bool = False  # what a buy opens pays its fee out of what it bought
    funding_rate: Decimal = ZERO  # of a position's value, three times a day; positive: longs pay
    day_zone: tzinfo = UTC
    flatten_on_day_loss: bool = False
    answers_later: bool = False  # the venue is some way off: what an order has met there may not be known here yet
    limits: dict[str, Decimal | int | None] = field(default_factory=dict)


@dataclass(slots=True)
class Denial:
    """A refusal as a value. With a `code` it is a wrong request (no order); without, the order is made and rejected."""

    reason: Reason | None
    text: str
    code: ErrorCode | None = None
    http: int = 422
    details: Any = None

    @classmethod
    def missing(cls, text: str) -> "Denial":
        return cls(None, text, ErrorCode.NOT_FOUND, 404)

    @classmethod
    def conflict(cls, client_order_id: str) -> "Denial":
        text = f"clientOrderId {client_order_id} was used for another order"
        return cls(None, text, ErrorCode.IDEMPOTENCY_CONFLICT, 409)


@dataclass(slots=True)
class Touch:
    bid: Decimal | None
    ask: Decimal | None


def terms_denial(terms: OrderTerms, market: Market | None, settings: CoreSettings) -> Denial | None:
    """What is wrong whatever the state is: unknown symbol, too large to compute with, off tick, off lot, below a minimum."""
    if market is None:
        return Denial(None, f"there is no market {printable(terms.symbol, 64)}", ErrorCode.UNKNOWN_SYMBOL)
    denial = _size_denial(terms, market) or _off_tick(_prices(terms), market)
    if denial is not None:
        return denial
    if not is_multiple(terms.quantity, market.lot):
        text = f"quantity {quantity_text(terms.quantity)} is not a multiple of the lot {quantity_text(market.lot)}"
        return Denial(None, text, ErrorCode.OFF_LOT)
    crossed = _bracket_denial(terms)
    if crossed is not None:
        return crossed
    return _below_minimum(terms, market) if settings.enforce_minimums and not terms.reduce_only else None


def _size_denial(terms: OrderTerms, market: Market) -> Denial | None:
    """Numbers that arithmetic could not carry exactly, whatever else they are."""
    denial = _too_high(_prices(terms), market)
    if denial is not None:
        return denial
    if terms.quantity > market.largest_quantity:
        text = f"quantity is above {quantity_text(market.largest_quantity)}, the most that {market.symbol} can have"
        return Denial(None, text, ErrorCode.VALIDATION_FAILED)
    return None


Prices = tuple[tuple[str, Decimal | None], ...]


def _too_high(prices: Prices, market: Market) -> Denial | None:
    for name, price in prices:
        if price is not None and price > market.largest_price:
            text = f"{name} is above {quantity_text(market.largest_price)}, the highest that {market.symbol} can have"
            return Denial(None, text, ErrorCode.VALIDATION_FAILED)
    return None


def _off_tick(prices: Prices, market: Market) -> Denial | None:
    for name, price in prices:
        if price is not None and not is_multiple(price, market.tick):
            below = price_text(round_to_tick(price, market.tick, up=False), market.price_decimals)
            above = price_text(round_to_tick(price, market.tick, up=True), market.price_decimals)
            text = f"{name} {quantity_text(price)} is off the tick of {market.symbol}; {below} and {above} are on it"
            return Denial(None, text, ErrorCode.OFF_TICK)
    return None


def legs_denial(target: BracketLeg | None, stop: BracketLeg | None, market: Market) -> Denial | None:
    """What is wrong with the prices of an exit pair by themselves; one price after the other."""
    for named in _leg_prices(target, stop):
        denial = _too_high((named,), market) or _off_tick((named,), market)
        if denial is not None:
            return denial
    return None


def _prices(terms: OrderTerms) -> Prices:
    return (
        ("price", terms.price),
        ("stopPrice", terms.stop_price),
        ("trailAmount", terms.trail_amount),
        *_leg_prices(terms.take_profit, terms.stop_loss),
    )


def _leg_prices(target: BracketLeg | None, stop: BracketLeg | None) -> Prices:
    return (
        ("takeProfit price", target.trigger if target else None),
        ("stopLoss stopPrice", stop.trigger if stop else None),
        ("stopLoss price", stop.price if stop else None),
    )


def _bracket_denial(terms: OrderTerms) -> Denial | None:
    """A bracket takes profit beyond the entry and stops before it, whichever of the three are named."""
    target = terms.take_profit.trigger if terms.take_profit else None
    stop = terms.stop_loss.trigger if terms.stop_loss else None
    named = [price for price in (stop, terms.price, target) if price is not None]
    if (target is None and stop is None) or named == sorted(set(named), reverse=terms.side is Side.SELL):
        return None
    order = "stopLoss, price, takeProfit" if terms.side is Side.BUY else "takeProfit, price, stopLoss"
    text = f"the prices of a {terms.side} bracket must rise: {order}"
    return Denial(None, text, ErrorCode.VALIDATION_FAILED)


def passed_leg_denial(terms: OrderTerms, reference: Decimal | None) -> Denial | None:
    """A bracket of an order without a price of its own is held against the price that it would trade at: a leg that has
    been passed already would fire at once."""
    if reference is None or terms.price is not None:
        return None
    return _bracket_denial(replace(terms, price=reference))


def _below_minimum(terms: OrderTerms, market: Market) -> Denial | None:
    if terms.quantity < market.min_quantity:
        text = f"quantity {quantity_text(terms.quantity)} is below the minimum {quantity_text(market.min_quantity)}"
        return Denial(None, text, ErrorCode.BELOW_MINIMUM)
    if terms.price is not None and terms.quantity * terms.price < market.min_notional:
        text = (
            f"value {amount_text(terms.quantity * terms.price)} is below the minimum {amount_text(market.min_notional)}"
        )
        return Denial(None, text, ErrorCode.BELOW_MINIMUM)
    return None


def collar_denial(order: Order, market: Market, reference: Decimal | None, percent: Decimal) -> Denial | None:
    """The collar binds the aggressive side only: a buy far above the reference, a sell far below it. 0 is no collar."""
    if order.price is None or reference is None or not percent:
        return None
    sign = order.side.sign
    bound = reference * (ONE + sign * percent / HUNDRED)
    if (order.price - bound) * sign <= 0:
        return None
    where = "above" if sign > 0 else "below"
    text = (
        f"{order.side} price {price_text(order.price, market.price_decimals)} is more than {quantity_text(percent)} % "
        f"{where} the reference {price_text(reference, market.price_decimals)}"
    )
    return Denial(Reason.PRICE_OUTSIDE_COLLAR, text)


def entry_price(
    order: Order, market: Market, touch: Touch, last: Decimal | None, settings: CoreSettings
) -> tuple[Decimal, Decimal | None]:
    """(what each unit of an entry reserves at, the limit that the venue gets where the order has none).

    A sell that would trade at once reserves at the best bid: that is what it fetches, however low its limit. A market
    entry stops at 1 % past the touch; without a collar it has no cap, and a buy reserves at `last`, the price of the last
    offer that it would take, which is a cash account's cap.
    """
    best = touch.ask if order.side is Side.BUY else touch.bid
    if order.price is not None:
        fetched = best is not None and order.side is Side.SELL and best > order.price
        return (best if fetched and best is not None else order.price), None
    if best is None:
        # Nobody to trade with: one who comes while the order is on its way would trade at a price that nothing was
        # set aside for.
        return (market.tick, market.tick) if order.side is Side.BUY else (ZERO, None)
    if settings.collar_pct:
        past = best * (ONE + order.side.sign * settings.slippage_pct / HUNDRED)
        cap = round_to_tick(past, market.tick, up=order.side is Side.SELL)
        return (cap if order.side is Side.BUY else best), cap
    if order.side is Side.SELL:
        return best, None
    needed = best if last is None else last
    return needed, needed if settings.cash_account else None


def funds_denial(order: Order, before: Margin, after: Margin, fees: Decimal, currency: str) -> Denial | None:
    """What available does not cover is accepted when the requirement does not rise; `fees` is by how much more is set
    aside for fees."""
    need = after.margin_used + after.reserved - before.margin_used - before.reserved
    if need - fees <= 0:
        return None
    text = (
        f"{order.type} {order.side} {quantity_text(order.quantity)} {order.symbol} needs {amount_text(need)} "
        f"{currency} of margin and fees, {amount_text(before.available)} is available"
    )
    return Denial(Reason.INSUFFICIENT_FUNDS, text)


def cash_denial(order: Order, before: Margin, after: Margin, currency: str) -> Denial | None:
    """A cash account pays for what it buys out of its cash, fees included."""
    need = after.reserved - before.reserved
    if need <= 0:
        return None
    text = f"needs {amount_text(need)} {currency} with fees, {amount_text(before.available)} is free"
    return Denial(Reason.INSUFFICIENT_FUNDS, text)


def uncovered_denial(order: Order, free: Decimal) -> Denial | None:
    """A cash account sells what it holds, as far as no other order is to sell it."""
    if order.leaves <= free:
        return None
    text = f"sells {quantity_text(order.leaves)} {order.symbol}, {quantity_text(max(free, ZERO))} is held and free"
    return Denial(Reason.INSUFFICIENT_FUNDS, text)
