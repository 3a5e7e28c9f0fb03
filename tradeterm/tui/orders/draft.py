"""An order while it is being written: what the ticket holds, what is wrong with it, and the request it makes.

Sizes are rounded down to the lot before anything is asked; a price off the tick is refused with the two nearest.
Sends nothing and knows no widget.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from tradeterm.protocol.arithmetic import divide, is_multiple, round_down, round_to_tick
from tradeterm.protocol.market import Market, Ticker
from tradeterm.protocol.money import price_text, quantity_text
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.vocabulary import AT_ONCE, OrderType, Side, TimeInForce
from tradeterm.tui.orders.typed_number import NotANumber, typed_number

DEFAULT_SHARE = Decimal("0.05")
TYPES = (OrderType.MARKET, OrderType.LIMIT)
TIMES = (TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.DAY)


@dataclass(frozen=True, slots=True)
class Draft:
    """The ticket's fields as typed."""

    symbol: str
    side: Side
    type: OrderType = OrderType.MARKET
    quantity: str = ""
    price: str = ""
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False

    def next_type(self) -> "Draft":
        return replace(self, type=TYPES[(TYPES.index(self.type) + 1) % len(TYPES)], post_only=False)

    def next_time_in_force(self) -> "Draft":
        time_in_force = TIMES[(TIMES.index(self.time_in_force) + 1) % len(TIMES)]
        rests = time_in_force not in AT_ONCE
        return replace(self, time_in_force=time_in_force, post_only=self.post_only and rests)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why the draft cannot be asked for, and which field to look at (`quantity` or `price`)."""

    field: str
    text: str


def checked(draft: Draft, market: Market, client_order_id: str) -> OrderRequest | Fault:
    """The request that the draft makes, under this id."""
    quantity = checked_quantity(draft.quantity, market)
    if isinstance(quantity, Fault):
        return quantity
    price = checked_price(draft.price, market) if draft.type is OrderType.LIMIT else None
    if isinstance(price, Fault):
        return price
    return OrderRequest(
        symbol=draft.symbol,
        side=draft.side,
        type=draft.type,
        quantity=quantity,
        price=price,
        time_in_force=draft.time_in_force if draft.type is OrderType.LIMIT else TimeInForce.IOC,
        post_only=draft.post_only,
        reduce_only=draft.reduce_only,
        client_order_id=client_order_id,
    )


def checked_quantity(text: str, market: Market) -> Decimal | Fault:
    typed = typed_number(text)
    if isinstance(typed, NotANumber):
        return Fault("quantity", typed.text if text.strip() else "Type a size.")
    quantity = round_down(typed, market.lot)
    least = max(market.min_quantity, market.lot)
    if quantity < least:
        return Fault("quantity", f"The smallest size is {quantity_text(least)} {market.base}.")
    return quantity


def checked_price(text: str, market: Market) -> Decimal | Fault:
    price = typed_number(text)
    if isinstance(price, NotANumber):
        return Fault("price", price.text if text.strip() else "Type a price.")
    if price <= 0:
        return Fault("price", "A price is above zero.")
    if not is_multiple(price, market.tick):
        below, above = (round_to_tick(price, market.tick, up=up) for up in (False, True))
        near = " or ".join(price_text(p, market.price_decimals) for p in (below, above) if p > 0)
        return Fault("price", f"Off the tick of {quantity_text(market.tick)}: {near}.")
    return price


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
    """The price that cost is estimated with: the limit, or the touch that a market order meets."""
    if draft.type is OrderType.LIMIT:
        return _number(draft.price)
    if ticker is None:
        return None
    return (ticker.ask if draft.side is Side.BUY else ticker.bid) or ticker.last


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
    return f"{count:,} {'tick' if count == 1 else 'ticks'} {where}"


def _number(text: str) -> Decimal | None:
    typed = typed_number(text)
    return None if isinstance(typed, NotANumber) else typed
