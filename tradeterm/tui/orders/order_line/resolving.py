"""From what a line says to what may be reviewed: sizes, prices and levels as the market and the account are now.

Rounding is never against the asker: a size is cut down to the lot, a computed price never goes past the one that was said.
Sends nothing.
"""

from dataclasses import replace
from decimal import Decimal

from tradeterm.protocol.arithmetic import divide, round_to_tick
from tradeterm.protocol.market import Market
from tradeterm.protocol.orders import OrderRequest, StopLoss, TakeProfit
from tradeterm.protocol.vocabulary import OrderType, Side, TimeInForce
from tradeterm.tui.format import fixed, size_text
from tradeterm.tui.orders.expected import means_at
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.order_line.commands import (
    Anchor,
    Flag,
    OrderWords,
    Price,
    SizeUnit,
)
from tradeterm.tui.orders.typed_level import Level, Unit, length, level_price, off_tick
from tradeterm.tui.orders.typed_number import NotANumber
from tradeterm.tui.orders.typed_size import typed_size
from tradeterm.tui.orders.typed_time import next_time


class Unfit(Exception):
    """What the market or the account says to it; `part` names the words that it is about."""

    def __init__(self, part: str, text: str) -> None:
        super().__init__(text)
        self.part, self.text = part, text


def market_of(trading: Trading, name: str | None, here: str) -> Market:
    """The market that is meant: by its name, by its base where that is one market's, or the one on the page. Raises Unfit."""
    markets = trading.desk.markets()
    if name is None:
        found = [market for market in (markets.get(here),) if market is not None]
    else:
        found = [market for symbol, market in markets.items() if symbol.lower() == name]
        found = found or [market for market in markets.values() if market.base.lower() == name]
    if not found:
        raise Unfit("symbol", f"There is no market {name or here}.")
    if len(found) > 1:
        raise Unfit("symbol", f"Which one? {', '.join(market.symbol for market in found)}.")
    return found[0]


def request_of(words: OrderWords, trading: Trading, here: str) -> OrderRequest:
    """The order that the line would make now, with an id of its own. Raises Unfit."""
    market = market_of(trading, words.symbol, here)
    if refusal := trading.no_link() or trading.not_now(market.symbol, words.side):
        raise Unfit("", refusal)
    limit = None if words.price.anchor is Anchor.MARKET else price_at(words.price, words.side, market, trading)
    when = None if words.when is None else _trigger(words.when, market, trading)
    entry = limit or when or _touch(market, trading, words.side)
    stop = None if words.stop is None else _exit(words.stop, "stop", words.side, entry, market, None)
    target = None if words.target is None else _exit(words.target, "target", words.side, entry, market, stop)
    quantity = _quantity(words, market, trading, entry, stop)
    return OrderRequest(
        symbol=market.symbol,
        side=words.side,
        type=_type(words, limit, when, market, trading),
        quantity=quantity,
        price=limit,
        stop_price=when,
        trail_amount=_trail(words, Unit.TICKS, market),
        trail_percent=_trail(words, Unit.PERCENT, market),
        time_in_force=_time_in_force(words, limit, when),
        expire_at=None if words.until is None else next_time(words.until, trading.clocks.now()),
        post_only=Flag.POST in words.flags,
        reduce_only=Flag.REDUCE in words.flags,
        stop_loss=None if stop is None else StopLoss(stop_price=stop),
        take_profit=None if target is None else TakeProfit(price=target),
        client_order_id=trading.clocks.new_id(),
    )


# ---------------------------------------------------------------- prices


def price_at(said: Price, side: Side, market: Market, trading: Trading) -> Decimal:
    """On the tick; what is counted from a quote is rounded so that a buy pays no more, and a sell gets no less. Raises Unfit."""
    if said.value is not None:
        return _on_tick(said.value, market, "price")
    exact = _quote(said.anchor, market, trading) + _away(said, market, trading)
    rounded = round_to_tick(exact, market.tick, up=side is Side.SELL)
    if rounded <= 0:
        raise Unfit("price", "That is below zero.")
    return rounded


def _trigger(said: Price, market: Market, trading: Trading) -> Decimal:
    """The price that wakes it; what is counted from a quote is rounded away from the market, so that it wakes no sooner.
    Raises Unfit."""
    if said.value is not None:
        return _on_tick(said.value, market, "when")
    exact = _quote(said.anchor, market, trading, "when") + _away(said, market, trading)
    rounded = round_to_tick(exact, market.tick, up=exact > _quote(Anchor.LAST, market, trading, "when"))
    if rounded <= 0:
        raise Unfit("when", "That is below zero.")
    return rounded


def _quote(anchor: Anchor, market: Market, trading: Trading, part: str = "price") -> Decimal:
    ticker = trading.desk.ticker(market.symbol)
    bid, ask, last = (None, None, None) if ticker is None else (ticker.bid, ticker.ask, ticker.last)
    mid = divide(bid + ask, Decimal(2)) if bid is not None and ask is not None else None
    found = {Anchor.BID: bid, Anchor.ASK: ask, Anchor.MID: mid, Anchor.LAST: last}[anchor]
    if found is None:
        raise Unfit(part, f"There is no {anchor} in {market.symbol} now.")
    return found


def _away(said: Price, market: Market, trading: Trading) -> Decimal:
    if said.away is None:
        return Decimal(0)
    return length(said.away.value, said.away.unit, _quote(said.anchor, market, trading), market)


def _on_tick(price: Decimal, market: Market, part: str) -> Decimal:
    if (wrong := off_tick(price, market)) is not None:
        raise Unfit(part, wrong)
    return price


def _touch(market: Market, trading: Trading, side: Side) -> Decimal:
    ticker = trading.desk.ticker(market.symbol)
    found = None if ticker is None else (ticker.ask if side is Side.BUY else ticker.bid) or ticker.last
    if found is None:
        raise Unfit("symbol", f"Nobody quotes {market.symbol} now: say a price with @.")
    return found


# ---------------------------------------------------------------- exits


def _exit(said: Level, part: str, side: Side, entry: Decimal, market: Market, stop: Decimal | None) -> Decimal:
    """Where an exit stands; it loses no more, and gains no less, than was said. On the wrong side of the entry it is none."""
    price = exit_price(said, part, side, entry, market, stop)
    belongs_below = (side is Side.BUY) is (part == "stop")
    if price == entry or (price < entry) is not belongs_below:
        where = "below" if belongs_below else "above"
        at = fixed(entry, market.price_decimals)
        raise Unfit(part, f"The {part} of a {side.value} is {where} its entry {at}.")
    return price


def exit_price(
    said: Level, part: str, side: Side, entry: Decimal, market: Market, stop: Decimal | None = None
) -> Decimal:
    """The level as a price on the tick. `side` is that of the entry. Raises Unfit."""
    found = level_price(said, side, entry, market, stop)
    if isinstance(found, NotANumber):
        raise Unfit(part, found.text)
    return found


def _trail(words: OrderWords, unit: Unit, market: Market) -> Decimal | None:
    if words.trail is None or words.trail.unit is not unit:
        return None
    value = abs(words.trail.value)
    return value * market.tick if unit is Unit.TICKS else value


# ---------------------------------------------------------------- the size


def _quantity(words: OrderWords, market: Market, trading: Trading, entry: Decimal, stop: Decimal | None) -> Decimal:
    """In whole lots. Raises Unfit."""
    if words.size.unit is SizeUnit.AT_RISK and stop is None:
        raise Unfit("size", "%risk is what the stop would cost: it needs a stop.")
    is_market = words.price.anchor is Anchor.MARKET and words.when is None and words.trail is None
    means = means_at(trading.desk, market, words.side, entry, is_market=is_market)
    quantity = typed_size(words.size.text, replace(means, stop=stop))
    if isinstance(quantity, NotANumber):
        raise Unfit("size", quantity.text)
    least = max(market.min_quantity, market.lot)
    if quantity < least:
        raise Unfit("size", f"The smallest size is {size_text(least)} {market.base}.")
    return quantity


# ---------------------------------------------------------------- type and time


def _type(
    words: OrderWords, limit: Decimal | None, when: Decimal | None, market: Market, trading: Trading
) -> OrderType:
    """What wakes at a price is a stop where the market has to come to it from behind, else it takes profit."""
    if words.trail is not None:
        return OrderType.TRAILING_STOP
    if when is None:
        return OrderType.MARKET if limit is None else OrderType.LIMIT
    ticker = trading.desk.ticker(market.symbol)
    last = None if ticker is None else ticker.last
    if last is None:
        raise Unfit("when", f"{market.symbol} has no last price to wait from.")
    if when == last:
        raise Unfit("when", "That is the last price: it would wake at once.")
    is_stop = (when > last) is (words.side is Side.BUY)
    kinds = (OrderType.STOP, OrderType.STOP_LIMIT) if is_stop else (OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT)
    return kinds[limit is not None]


def _time_in_force(words: OrderWords, limit: Decimal | None, when: Decimal | None) -> TimeInForce:
    if words.until is not None:
        return TimeInForce.GTD
    said = next((flag for flag in (Flag.IOC, Flag.FOK, Flag.GTC, Flag.DAY) if flag in words.flags), None)
    if said is not None:
        return TimeInForce(said.value)
    rests = limit is not None or when is not None or words.trail is not None
    return TimeInForce.GTC if rests else TimeInForce.IOC
