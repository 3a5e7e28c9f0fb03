"""An order while it is being written: what the ticket holds, what is wrong with it, and the request it makes.

Sizes are rounded down to the lot before anything is asked; a price off the tick is refused with the two nearest.
Sends nothing and knows no widget.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from tradeterm.protocol.arithmetic import divide, round_down, round_to_tick
from tradeterm.protocol.market import Market, Ticker
from tradeterm.protocol.money import price_text, quantity_text
from tradeterm.protocol.orders import OrderRequest, StopLoss, TakeProfit
from tradeterm.protocol.vocabulary import (
    AT_ONCE,
    CONDITIONAL_TYPES,
    LIMIT_TYPES,
    STOP_PRICE_TYPES,
    OrderType,
    Side,
    TimeInForce,
)
from tradeterm.tui.format import counted, fixed, size_text
from tradeterm.tui.orders.typed_level import off_tick, typed_level
from tradeterm.tui.orders.typed_number import NotANumber, typed_number
from tradeterm.tui.orders.typed_size import Means, typed_size
from tradeterm.tui.orders.typed_time import typed_time

DEFAULT_SHARE = Decimal("0.05")
TYPES = (OrderType.MARKET, OrderType.LIMIT, OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP)
TIMES = (TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.DAY, TimeInForce.GTD)
FIRST_UNTIL = "1h"
EXITS = ("stop", "target")  # the fields of what the order brings with it


@dataclass(frozen=True, slots=True)
class Draft:
    """The ticket's fields as typed: `trigger` is what lets a stop loose, or how far a trailing one stays behind; `stop` and
    `target` are the exits that an entry brings with it; `until` is when one that is good till a time ends."""

    symbol: str
    side: Side
    type: OrderType = OrderType.MARKET
    quantity: str = ""
    price: str = ""
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False
    trigger: str = ""
    stop: str = ""
    target: str = ""
    until: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """What this type is written with, in the order of the ticket."""
        return (
            "quantity",
            *(("trigger",) if self.type in CONDITIONAL_TYPES else ()),
            *(("price",) if self.type in LIMIT_TYPES else ()),
            *(("until",) if self.works_for is TimeInForce.GTD else ()),
            *(("stop", "target") if self.takes_bracket else ()),
        )

    @property
    def takes_bracket(self) -> bool:
        """May it bring its exits with it? What only gets out has none."""
        return not self.reduce_only and self.type is not OrderType.TRAILING_STOP

    @property
    def may_be_post_only(self) -> bool:
        return self.type is OrderType.LIMIT

    @property
    def times(self) -> tuple[TimeInForce, ...]:
        """How long this type may work: a market order takes what there is, what waits for a trigger waits."""
        if self.type is OrderType.MARKET:
            return (TimeInForce.IOC, TimeInForce.FOK)
        return (TimeInForce.GTC, TimeInForce.DAY, TimeInForce.GTD) if self.type in CONDITIONAL_TYPES else TIMES

    @property
    def works_for(self) -> TimeInForce:
        """Its time in force, or the type's own where it cannot have that."""
        return self.time_in_force if self.time_in_force in self.times else self.times[0]

    def typed(self, field: str, text: str) -> "Draft":
        """With this text in this field."""
        return replace(self, **{field: text})  # type: ignore[arg-type]  # the fields that are typed are texts

    def next_type(self) -> "Draft":
        return replace(self, type=TYPES[(TYPES.index(self.type) + 1) % len(TYPES)], post_only=False)

    def next_time_in_force(self) -> "Draft":
        time_in_force = self.times[(self.times.index(self.works_for) + 1) % len(self.times)]
        rests = time_in_force not in AT_ONCE
        until = self.until or (FIRST_UNTIL if time_in_force is TimeInForce.GTD else "")
        return replace(self, time_in_force=time_in_force, post_only=self.post_only and rests, until=until)


@dataclass(frozen=True, slots=True)
class FieldFault:
    """Why the draft cannot be asked for, and which field to look at (`quantity`, `price`, `trigger`, `until`, `stop`,
    `target`)."""

    field: str
    text: str


def checked(
    draft: Draft, market: Market, client_order_id: str, means: Means | None = None, now: datetime | None = None
) -> OrderRequest | FieldFault:
    """The request that the draft makes, under this id; `means` is what words for a size are worked out with, `now` what
    spans of time count from."""
    means = means or Means(market, draft.side)
    prices = _prices(draft, market, means.entry)
    if isinstance(prices, FieldFault):
        return prices
    quantity = checked_quantity(draft.quantity, market, replace(means, stop=prices.get("stop")))
    if isinstance(quantity, FieldFault):
        return quantity
    if wrong := _wrong_exits(draft.side, prices, prices.get("price") or prices.get("trigger") or means.entry, market):
        return wrong
    expire_at = _expire_at(draft, now)
    if isinstance(expire_at, FieldFault):
        return expire_at
    percent = _trail_percent(draft)
    return OrderRequest(
        symbol=draft.symbol,
        side=draft.side,
        type=draft.type,
        quantity=quantity,
        price=prices.get("price"),
        stop_price=prices.get("trigger") if draft.type in STOP_PRICE_TYPES else None,
        trail_amount=prices.get("trigger") if draft.type is OrderType.TRAILING_STOP else None,
        trail_percent=percent,
        time_in_force=draft.works_for,
        expire_at=expire_at,
        post_only=draft.post_only,
        reduce_only=draft.reduce_only,
        stop_loss=StopLoss(stop_price=prices["stop"]) if "stop" in prices else None,
        take_profit=TakeProfit(price=prices["target"]) if "target" in prices else None,
        client_order_id=client_order_id,
    )


def _expire_at(draft: Draft, now: datetime | None) -> datetime | FieldFault | None:
    """When an order that is good till a time ends; None for any other."""
    if draft.works_for is not TimeInForce.GTD:
        return None
    assert now is not None, "who takes such a draft knows the time"
    at = typed_time(draft.until, now)
    return FieldFault("until", at) if isinstance(at, str) else at


def _prices(draft: Draft, market: Market, touch: Decimal | None) -> dict[str, Decimal] | FieldFault:
    """Every price that the draft names, by its field; `touch` is where an order without one would trade."""
    prices: dict[str, Decimal] = {}
    for name, text in (("trigger", draft.trigger), ("price", draft.price)):
        if name in draft.fields and not (name == "trigger" and _trail_percent(draft) is not None):
            price = checked_price(text, market, name)
            if isinstance(price, FieldFault):
                return price
            prices[name] = price
    exits = exit_prices(draft, prices.get("price") or prices.get("trigger") or touch, market)
    fault = next((one for one in exits.values() if isinstance(one, FieldFault)), None)
    return fault or {**prices, **{name: at for name, at in exits.items() if isinstance(at, Decimal)}}


def exit_prices(draft: Draft, entry: Decimal | None, market: Market) -> dict[str, Decimal | FieldFault]:
    """Of the exits that the draft names, by their fields; `entry` is what a distance counts from."""
    found: dict[str, Decimal | FieldFault] = {}
    for name in EXITS:
        text = getattr(draft, name)
        if name in draft.fields and text.strip():
            stop = found.get("stop")
            at = typed_level(text, draft.side, entry, market, stop if isinstance(stop, Decimal) else None)
            found[name] = FieldFault(name, at.text) if isinstance(at, NotANumber) else at
    return found


def _trail_percent(draft: Draft) -> Decimal | None:
    """`1.5%` behind the best price; None where it is no percentage."""
    text = draft.trigger.strip()
    if draft.type is not OrderType.TRAILING_STOP or not text.endswith("%"):
        return None
    typed = _number(text[:-1])
    return typed if typed is not None and 0 < typed < 100 else None


def wrong_exit(side: Side, prices: Mapping[str, Decimal], entry: Decimal | None) -> tuple[str, str] | None:
    """A stop that would be passed at once, or a target that is none: which, and where it belongs, `above` or `below`."""
    for name, sign in zip(EXITS, (-side.sign, side.sign), strict=True):
        at = prices.get(name)
        if at is not None and entry is not None and (at - entry) * sign <= 0:
            return name, "above" if sign > 0 else "below"
    return None


def _wrong_exits(side: Side, prices: dict[str, Decimal], entry: Decimal | None, market: Market) -> FieldFault | None:
    wrong = wrong_exit(side, prices, entry)
    if wrong is None or entry is None:
        return None
    name, where = wrong
    return FieldFault(name, f"A {side}'s {name} is {where} {fixed(entry, market.price_decimals)}.")


def checked_quantity(text: str, market: Market, means: Means | None = None) -> Decimal | FieldFault:
    """The size in whole lots, from a number or from a word for one."""
    if not text.strip():
        return FieldFault("quantity", "Type a size.")
    typed = typed_size(text, means or Means(market, Side.BUY))
    if isinstance(typed, NotANumber):
        return FieldFault("quantity", typed.text)
    least = max(market.min_quantity, market.lot)
    if typed < least:
        return FieldFault("quantity", f"The smallest size is {size_text(least)} {market.base}.")
    return typed


def checked_price(text: str, market: Market, field: str = "price") -> Decimal | FieldFault:
    price = typed_number(text)
    if isinstance(price, NotANumber):
        return FieldFault(field, price.text if text.strip() else f"Type a {field}.")
    if price <= 0:
        return FieldFault(field, "A price is above zero.")
    wrong = off_tick(price, market)
    return price if wrong is None else FieldFault(field, wrong)


def default_quantity(
    equity: Decimal | None, price: Decimal | None, market: Market, share: Decimal = DEFAULT_SHARE
) -> str:
    """A share of equity, about 5 %, rounded down to the lot; never below what the market takes."""
    least = max(market.min_quantity, market.lot)
    if not equity or not price or equity < 0:
        return quantity_text(least)
    return quantity_text(max(least, round_down(divide(equity * share, price), market.lot)))


def stepped_quantity(text: str, market: Market, steps: int) -> str:
    """A step is the power of ten below the size, so that arrows are useful at 0.01 and at 1,000; never under the lot."""
    typed = _number(text) or Decimal(0)
    step = max(market.lot, Decimal(1).scaleb(typed.adjusted() - 1) if typed else market.lot)
    return quantity_text(max(max(market.min_quantity, market.lot), round_down(typed + steps * step, market.lot)))


def stepped_price(text: str, market: Market, steps: int) -> str:
    """Ticks; a price between two goes to the next one in the direction of the step."""
    typed = _number(text)
    if typed is None:
        return text
    on_tick = round_to_tick(typed, market.tick, up=steps < 0)
    return price_text(max(market.tick, on_tick + steps * market.tick), market.price_decimals)


def reference_price(draft: Draft, ticker: Ticker | None) -> Decimal | None:
    """The price that its cost is reckoned with: the limit, the trigger, or the touch that a market order meets."""
    if draft.type in LIMIT_TYPES:
        return _number(draft.price)
    if draft.type in STOP_PRICE_TYPES:
        return _number(draft.trigger)
    return touch_of(draft.side, ticker)


def touch_of(side: Side, ticker: Ticker | None) -> Decimal | None:
    """The best price of the other side, which a market order meets; the last one where nobody stands there."""
    if ticker is None:
        return None
    return (ticker.ask if side is Side.BUY else ticker.bid) or ticker.last


def distance(price: Decimal, ticker: Ticker, tick: Decimal) -> str:
    """Where a price stands to the market: `4 ticks below bid`, `crosses the ask`, `at bid`."""
    if ticker.ask is not None and price >= ticker.ask:
        return _ticks(price - ticker.ask, tick, "above ask")
    if ticker.bid is not None and price <= ticker.bid:
        return _ticks(ticker.bid - price, tick, "below bid")
    return "inside the spread" if ticker.bid is not None and ticker.ask is not None else ""


def _ticks(gap: Decimal, tick: Decimal, where: str) -> str:
    if not gap:
        return "at " + where.split()[1]
    count = int(gap / tick)
    return f"{counted(count, 'tick')} {where}"


def _number(text: str) -> Decimal | None:
    typed = typed_number(text)
    return None if isinstance(typed, NotANumber) else typed
