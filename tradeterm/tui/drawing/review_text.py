"""A review in words: side, size, effect, cost, fee, leverage, distance, account. Pure reading of what is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tradeterm.protocol.arithmetic import ZERO, cost, divide, fee
from tradeterm.protocol.market import Market, Ticker
from tradeterm.protocol.money import quantity_text
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.positions import Position
from tradeterm.protocol.vocabulary import OrderType, PositionSide, Side, TimeInForce
from tradeterm.tui.desk.port import Label
from tradeterm.tui.drawing.exit_text import leaving_lines
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.parts import Line, Part
from tradeterm.tui.drawing.tones import side_tone, sign_tone
from tradeterm.tui.format import fixed, money, price, signed_money
from tradeterm.tui.orders.draft import distance
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.position_effect import effect
from tradeterm.tui.orders.sendable import (
    Amend,
    CancelEntries,
    Close,
    CloseAll,
    Kill,
    Protect,
    Reverse,
    Sendable,
)

LEVERAGE_WARNING = Decimal(2)
SIZE_WARNING = Decimal("0.15")  # three times the ticket's usual 5 % of equity
CROSS_WARNING_TICKS = 3


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an order is expected to cost; `leverage` is the account's after it, None while equity is not known."""

    cost: Decimal
    fee: Decimal
    leverage: Decimal | None


_VERBS: Mapping[type, str] = {
    Close: "CLOSE",
    CloseAll: "FLATTEN ALL",
    Reverse: "REVERSE",
    CancelEntries: "CANCEL",
    Kill: "KILL",
    Protect: "PROTECT",
    Amend: "AMEND",
}


def verb(thing: Sendable) -> str:
    return f"SEND {thing.side.upper()}" if isinstance(thing, OrderRequest) else _VERBS[type(thing)]


def verb_tone(thing: Sendable) -> Tone:
    return side_tone(thing.side) if isinstance(thing, OrderRequest) else Tone.ALERT


def review_lines(thing: Sendable, trading: Trading, label: Label) -> list[Line]:
    """The whole of a review; it is written anew while it is open, so that its figures are the present ones."""
    body = _body(thing, trading)
    account = f"Account {label.account}   " if label.account else ""
    return [
        banner(thing.symbol),
        [],
        *body,
        [],
        [Part(account, Tone.MUTED), Part(label.text, Tone.ALERT if label.is_live else Tone.STRONG)],
    ]


def _body(thing: Sendable, trading: Trading) -> list[Line]:
    if not isinstance(thing, OrderRequest | Close):
        return leaving_lines(thing, trading)
    market, ticker = trading.market(thing.symbol), trading.desk.ticker(thing.symbol)
    assert market is not None, "only what a known market takes is reviewed"
    return _close(thing, trading, market) if isinstance(thing, Close) else _order(thing, trading, market, ticker)


def banner(symbol: str) -> Line:
    """The market's name so large that no other can be meant."""
    return [Part(f"  {' '.join(symbol)}  ", Tone.BADGE)]


def _order(request: OrderRequest, trading: Trading, market: Market, ticker: Ticker | None) -> list[Line]:
    size = quantity_text(request.quantity)
    head: Line = [
        Part(f"{request.side.upper()} ", side_tone(request.side)),
        Part(f"{request.type.upper()}  {size} {request.symbol}", Tone.STRONG),
    ]
    at = reference(request.side, request.price, ticker)
    taker = takes(request.side, request.price, ticker)
    known = estimate(trading, market, request.side, request.quantity, at, is_taker=taker) if at else None
    words = effect(trading.held(request.symbol), request.side, request.quantity)
    return [
        head,
        [Part(_terms(request, market))],
        [],
        [Part(words, Tone.ALERT if "FLIPS" in words else Tone.STRONG)],
        *cost_lines(known),
        market_line(market, ticker, request.price),
        *warning_lines(request, trading, market, ticker, known),
    ]


def _close(close: Close, trading: Trading, market: Market) -> list[Line]:
    position, ticker = trading.position(close.symbol), trading.desk.ticker(close.symbol)
    if position is None:
        return [[Part(f"{close.symbol} is flat already.", Tone.STRONG)]]
    side = Side.SELL if position.side is PositionSide.LONG else Side.BUY
    at = reference(side, None, ticker)
    known = estimate(trading, market, side, position.quantity, at, is_taker=True) if at else None
    entries = sum(not order.reduce_only for order in trading.working(close.symbol))
    outcome = _outcome(position, at, known)
    exits = sum(order.reduce_only for order in trading.working(close.symbol))
    lines: list[Line] = [
        [
            Part(f"{side.upper()} ", side_tone(side)),
            Part(f"MARKET  {quantity_text(position.quantity)} {close.symbol}", Tone.STRONG),
        ],
        [Part("reduce-only, at the market")],
        [],
        [Part(f"closes {position.side.upper()} {quantity_text(position.quantity)}", Tone.STRONG)],
        [
            Part(f"at ≈ {_at(at, market)}: net "),
            Part(signed_money(outcome), sign_tone(outcome)),
            Part(f"   Entry {_at(position.entry_price, market)}", Tone.MUTED),
        ],
        *([[Part(f"Value {money(known.cost)}   Fee ≈ {money(known.fee)}")]] if known is not None else cost_lines(None)),
        market_line(market, ticker, None),
    ]
    if exits:
        lines.append([Part(f"its {exits} {'exit goes' if exits == 1 else 'exits go'} with it", Tone.MUTED)])
    if entries:
        noun = "order" if entries == 1 else "orders"
        lines.append([Part(f"! cancels {entries} working entry {noun} of {close.symbol} first", Tone.ALERT)])
    return lines


def _outcome(position: Position, at: Decimal | None, known: Estimate | None) -> Decimal | None:
    """What the position will have made when it is closed at this price, its last fee included."""
    if at is None or known is None:
        return None
    sign = 1 if position.side is PositionSide.LONG else -1
    gross = (at - position.entry_price) * position.quantity * sign
    return (position.net_realized_pnl or ZERO) + gross - known.fee


def _terms(request: OrderRequest, market: Market) -> str:
    if request.price is None:
        return "market, stops 1 % past the touch"
    tif = (request.time_in_force or TimeInForce.GTC).upper()
    flags = ("  post-only" if request.post_only else "") + ("  reduce-only" if request.reduce_only else "")
    return f"@ {_at(request.price, market)}  {tif}{flags}"


def reference(side: Side, limit: Decimal | None, ticker: Ticker | None) -> Decimal | None:
    """The price that cost is estimated with: the limit, or the touch that a market order meets."""
    if limit is not None:
        return limit
    if ticker is None:
        return None
    return (ticker.ask if side is Side.BUY else ticker.bid) or ticker.last


def takes(side: Side, limit: Decimal | None, ticker: Ticker | None) -> bool:
    """Would it trade at once, and so pay the taker's fee? `limit` is None for a market order."""
    if limit is None or ticker is None:
        return True
    if side is Side.BUY:
        return ticker.ask is not None and limit >= ticker.ask
    return ticker.bid is not None and limit <= ticker.bid


def estimate(
    trading: Trading, market: Market, side: Side, quantity: Decimal, at: Decimal, *, is_taker: bool
) -> Estimate:
    """What the order would cost if all of it filled at `at`, and the leverage of the position that it would leave."""
    value = cost(quantity, at)
    paid = fee(quantity, at, market.taker_fee if is_taker else market.maker_fee)
    account = trading.desk.account()
    if account is None or account.equity <= 0:
        return Estimate(value, paid, None)
    others = [position for position in trading.desk.positions() if position.symbol != market.symbol]
    exposure = sum((p.quantity * (p.current_price or p.entry_price) for p in others), ZERO)
    after = abs(trading.held(market.symbol) + side.sign * quantity) * at
    return Estimate(value, paid, divide(exposure + after, account.equity))


def cost_lines(known: Estimate | None) -> list[Line]:
    if known is None:
        return [[Part("Cost not known: no price yet", Tone.ALERT)]]
    leverage: list[Line] = [] if known.leverage is None else [[Part(f"Leverage after it {fixed(known.leverage, 2)}x")]]
    return [[Part(f"Cost {money(known.cost)}   Fee ≈ {money(known.fee)}")], *leverage]


def market_line(market: Market, ticker: Ticker | None, limit: Decimal | None) -> Line:
    if ticker is None:
        return [Part("No market data yet", Tone.ALERT)]
    away = "" if limit is None else "   " + distance(limit, ticker, market.tick)
    quotes = f"{_at(ticker.bid, market)} / {_at(ticker.ask, market)}"
    return [Part(f"Market {quotes}", Tone.ALERT if ticker.stale else Tone.MUTED), Part(away, Tone.MUTED)]


def warning_lines(
    request: OrderRequest, trading: Trading, market: Market, ticker: Ticker | None, known: Estimate | None
) -> list[Line]:
    """What a careful friend would say before the order goes out."""
    account = trading.desk.account()
    texts: list[str] = []
    if known is not None and known.leverage is not None and known.leverage > LEVERAGE_WARNING:
        texts.append(f"leverage {fixed(known.leverage, 2)}x is above {LEVERAGE_WARNING}x")
    if known is not None and account is not None and account.equity > 0 and known.cost > account.equity * SIZE_WARNING:
        texts.append(f"size is {fixed(known.cost * 100 / account.equity, 0)}% of equity")
    if ticker is not None and ticker.stale:
        texts.append("prices are stale")
    if request.type is OrderType.LIMIT and (ticks := _crossed_ticks(request, market, ticker)) > CROSS_WARNING_TICKS:
        texts.append(f"crosses the spread by {ticks:,} ticks: it trades at once")
    return [[Part(f"! {text}", Tone.ALERT)] for text in texts]


def _crossed_ticks(request: OrderRequest, market: Market, ticker: Ticker | None) -> int:
    if ticker is None or request.price is None:
        return 0
    touch = ticker.ask if request.side is Side.BUY else ticker.bid
    return 0 if touch is None else int((request.price - touch) * request.side.sign / market.tick)


def _at(value: Decimal | None, market: Market) -> str:
    return price(value, market.price_decimals)
