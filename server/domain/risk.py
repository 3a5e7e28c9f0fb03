"""Checks before an order may reach a venue: what is wrong with it whatever the state, and what the state refuses."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any

from server.domain.accounts import Account, Margin
from server.domain.commands import BracketLeg, OrderTerms
from server.domain.limits import MOST_LEVERAGE
from server.domain.markets import Market
from server.domain.orders import Order
from tradeterm.protocol.arithmetic import HUNDRED, ONE, ZERO, is_multiple, round_to_tick
from tradeterm.protocol.foreign_text import printable
from tradeterm.protocol.money import amount_text, price_text, quantity_text
from tradeterm.protocol.vocabulary import ErrorCode, Reason, Side

Limits = Mapping[str, Decimal | int | None]  # by name
_BUY = Side.BUY  # looked up once


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
    only_account: str | None = None  # whose account at a real exchange this is; None: on paper, where everybody has one
    limits: dict[str, Decimal | int | None] = field(default_factory=dict)

    @property
    def usual_leverage(self) -> Decimal:
        """How many times what it binds an entry may be worth, for an account with no leverage of its own."""
        return ONE if self.cash_account else self.leverage

    @property
    def market_reach_pct(self) -> Decimal | None:
        """How far past the touch a market entry goes, in percent; None: as far as the book goes."""
        return self.slippage_pct if self.collar_pct else None

    def limits_of(self, account: Account) -> Limits:
        """The risk limits that hold for an account: its own, else the server's; None is off."""
        return {**self.limits, **account.limits} if account.limits else self.limits

    def collar_of(self, account: Account) -> Decimal:
        """How far past the mark an aggressive price of an account may go, in percent; 0 is no collar."""
        own = account.limits.get("collarPct")
        return self.collar_pct if own is None else Decimal(own)

    def leverage_of(self, account: Account) -> Decimal:
        own = account.limits.get("leverage")
        # Databases of before this was checked may hold one that nobody can compute with.
        return self.leverage if own is None else min(max(Decimal(own), ONE), MOST_LEVERAGE)


@dataclass(slots=True)
class Denial:
    """A refusal as a value. With a `code` it is a wrong request (no order); without, the order is made and rejected."""

    reason: Reason | None
    text: str
    code: ErrorCode | None = None
    details: Any = None

    @classmethod
    def missing(cls, text: str) -> "Denial":
        return cls(None, text, ErrorCode.NOT_FOUND)

    @classmethod
    def no_market(cls, symbol: str) -> "Denial":
        return cls(None, f"there is no market {_shown(symbol)}", ErrorCode.UNKNOWN_SYMBOL)

    @classmethod
    def no_position(cls, symbol: str) -> "Denial":
        return cls.missing(f"there is no position in {_shown(symbol)}")

    @classmethod
    def conflict(cls, client_order_id: str) -> "Denial":
        text = f"clientOrderId {client_order_id} was used for another order"
        return cls(None, text, ErrorCode.IDEMPOTENCY_CONFLICT)


def _shown(symbol: str) -> str:
    """A symbol as somebody wrote it, fit to stand in a sentence."""
    return printable(symbol, 64)


def terms_denial(terms: OrderTerms, market: Market | None, settings: CoreSettings) -> Denial | None:
    """What is wrong whatever the state is: unknown symbol, too large to compute with, off tick, off lot, below a minimum."""
    if market is None:
        return Denial.no_market(terms.symbol)
    prices = _prices(terms)
    denial = _too_large(terms, market, prices) or _off_grid(terms, market, prices)
    if denial is None and terms.is_bracket:
        denial = _bracket_denial(terms)
    if denial is None and settings.enforce_minimums and not terms.reduce_only:
        return _below_minimum(terms, market)
    return denial


def _prices(terms: OrderTerms) -> list[tuple[str, Decimal]]:
    """The prices that an order names."""
    found = []
    if terms.price is not None:
        found.append(("price", terms.price))
    if terms.stop_price is not None:
        found.append(("stopPrice", terms.stop_price))
    if terms.trail_amount is not None:
        found.append(("trailAmount", terms.trail_amount))
    if terms.is_bracket:
        found += _leg_prices(terms.take_profit, terms.stop_loss)
    return found


def _leg_prices(target: BracketLeg | None, stop: BracketLeg | None) -> list[tuple[str, Decimal]]:
    named = (
        ("takeProfit price", target.trigger if target else None),
        ("stopLoss stopPrice", stop.trigger if stop else None),
        ("stopLoss price", stop.price if stop else None),
    )
    return [(name, price) for name, price in named if price is not None]


def _too_large(terms: OrderTerms, market: Market, prices: list[tuple[str, Decimal]]) -> Denial | None:
    """Numbers that arithmetic could not carry exactly, whatever else they are."""
    for name, price in prices:
        denial = _too_high(name, price, market)
        if denial is not None:
            return denial
    if terms.quantity > market.largest_quantity:
        text = f"quantity is above {quantity_text(market.largest_quantity)}, the most that {market.symbol} can have"
        return Denial(None, text, ErrorCode.VALIDATION_FAILED)
    return None


def price_denial(name: str, price: Decimal, market: Market) -> Denial | None:
    """What is wrong with a price by itself: too high to compute with, or off the tick."""
    return _too_high(name, price, market) or _off_tick(name, price, market)


def legs_denial(target: BracketLeg | None, stop: BracketLeg | None, market: Market) -> Denial | None:
    """What is wrong with the prices of an exit pair by themselves, of an order's bracket or of a position's protection."""
    denials = (price_denial(name, price, market) for name, price in _leg_prices(target, stop))
    return next((denial for denial in denials if denial is not None), None)


def _too_high(name: str, price: Decimal, market: Market) -> Denial | None:
    if price <= market.largest_price:
        return None
    text = f"{name} is above {quantity_text(market.largest_price)}, the highest that {market.symbol} can have"
    return Denial(None, text, ErrorCode.VALIDATION_FAILED)


def _off_tick(name: str, price: Decimal, market: Market) -> Denial | None:
    if is_multiple(price, market.tick):
        return None
    below = price_text(round_to_tick(price, market.tick, up=False), market.price_decimals)
    above = price_text(round_to_tick(price, market.tick, up=True), market.price_decimals)
    text = f"{name} {quantity_text(price)} is off the tick of {market.symbol}; {below} and {above} are on it"
    return Denial(None, text, ErrorCode.OFF_TICK)


def _off_grid(terms: OrderTerms, market: Market, prices: list[tuple[str, Decimal]]) -> Denial | None:
    for name, price in prices:
        denial = _off_tick(name, price, market)
        if denial is not None:
            return denial
    if not is_multiple(terms.quantity, market.lot):
        text = f"quantity {quantity_text(terms.quantity)} is not a multiple of the lot {quantity_text(market.lot)}"
        return Denial(None, text, ErrorCode.OFF_LOT)
    return None


def _bracket_denial(terms: OrderTerms) -> Denial | None:
    """A bracket takes profit beyond the entry and stops before it, whichever of the three are named. At the entry's own
    price is neither: its fill would fire the stop."""
    target = terms.take_profit.trigger if terms.take_profit else None
    stop = terms.stop_loss.trigger if terms.stop_loss else None
    named = [price for price in (stop, terms.price, target) if price is not None]
    if named == sorted(set(named), reverse=terms.side is Side.SELL):
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
    order: Order, market: Market, best: Decimal | None, last: Decimal | None, settings: CoreSettings
) -> tuple[Decimal, Decimal | None]:
    """(what each unit of an entry reserves at, the limit that the venue gets where the order has none). `best` is what
    stands first on the other side.

    A sell that would trade at once reserves at the best bid: that is what it fetches, however low its limit. A market
    entry stops at 1 % past the touch; without a collar it has no cap, and a buy reserves at `last`, the price of the last
    level that it needs, which is a cash account's cap.
    """
    buying = order.side is _BUY
    if order.price is not None:
        fetched = best is not None and not buying and best > order.price
        return (best if fetched and best is not None else order.price), None
    if best is None:
        # Nobody to trade with. Who comes while the order is on its way would trade at a price that nothing was set aside
        # for: a buy pays the least that there is, and sets that aside.
        return (market.tick, market.tick) if buying else (ZERO, None)
    reach = settings.market_reach_pct
    if reach is not None:
        cap = _past(best, reach, market.tick, order.side)
        return (cap if buying else best), cap
    if not buying:
        return best, None
    needed = best if last is None else last
    return needed, needed if settings.cash_account else None


@lru_cache(maxsize=4096)  # every market order that comes at one touch has the same
def _past(touch: Decimal, percent: Decimal, tick: Decimal, side: Side) -> Decimal:
    """The last price on the tick that is no more than so far past the touch."""
    return round_to_tick(touch * (ONE + side.sign * percent / HUNDRED), tick, up=side is Side.SELL)


def trail_level(order: Order, price: Decimal, market: Market) -> Decimal | None:
    """Where a trailing stop's level is once the market was at `price`; None where it is already: it never loosens."""
    sign = order.side.sign
    if order.peak is not None and (price - order.peak) * sign >= 0:
        return None
    if order.trail_amount is not None:
        level = price + sign * order.trail_amount
    else:
        assert order.trail_percent is not None
        exact = price * (ONE + sign * order.trail_percent / HUNDRED)
        level = round_to_tick(exact, market.tick, up=order.side is Side.BUY)
    if order.stop_price is not None and (level - order.stop_price) * sign >= 0:
        return None
    return level


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


def cash_denial(before: Margin, after: Margin, currency: str) -> Denial | None:
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
