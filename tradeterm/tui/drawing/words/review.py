"""A review in words: side, size, effect, cost, fee, leverage, distance, account. Pure reading of what is known."""

from collections.abc import Mapping
from decimal import Decimal

from tradeterm.protocol.market import Market, Ticker, VenueStatus
from tradeterm.protocol.money import quantity_text
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.vocabulary import STOP_TYPES, OrderType, TimeInForce
from tradeterm.tui.desk.port import Label
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.parts import Line, Part, in_box
from tradeterm.tui.drawing.tones import side_tone
from tradeterm.tui.drawing.words.closing import LISTED
from tradeterm.tui.drawing.words.cost_and_risk import (
    VAIN_EXITS,
    above_most,
    cost_line,
    has_vain_exits,
    leverage_warning,
    market_line,
    stop_note,
    target_note,
    walk_lines,
)
from tradeterm.tui.drawing.words.exits import leaving_lines
from tradeterm.tui.format import fixed, price, size_text, type_name
from tradeterm.tui.orders.draft import touch_of
from tradeterm.tui.orders.exit_room import exits_in, left_to_close
from tradeterm.tui.orders.expected import Expected, crossed_ticks, expected
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.position_effect import effect, is_alarming, is_way_out
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

SIZE_WARNING = Decimal("0.15")  # three times the ticket's usual 5 % of equity
CROSS_WARNING_TICKS = 3
ROWS = 40
ROUND_A_LIST = 10  # rows of a review beside what is listed in it


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


def review_lines(thing: Sendable, trading: Trading, label: Label, rows: int = ROWS) -> list[Line]:
    """The whole of a review, within so many rows where it can be; it is written anew while it is open, so that its figures
    are the present ones."""
    body = _body(thing, trading, max(1, rows - ROUND_A_LIST))
    account = f"Account {label.account}   " if label.account else ""
    lines = [
        banner(thing.symbol),
        [],
        *body,
        [],
        [Part(account, Tone.MUTED), Part(label.text, Tone.ALERT if label.is_live else Tone.STRONG)],
    ]
    return _close_up(in_box(lines), rows)


def _close_up(lines: list[Line], rows: int) -> list[Line]:
    """Without as many of the empty lines as it takes, the last ones first."""
    spare = len(lines) - rows
    kept: list[Line] = []
    for line in reversed(lines):
        if line or spare <= 0:
            kept.append(line)
        else:
            spare -= 1
    return kept[::-1]


def _body(thing: Sendable, trading: Trading, listed: int) -> list[Line]:
    if not isinstance(thing, OrderRequest):
        return leaving_lines(thing, trading, min(listed, LISTED))
    market, ticker = trading.market(thing.symbol), trading.desk.ticker(thing.symbol)
    assert market is not None, "only what a known market takes is reviewed"
    return _order(thing, trading, market, ticker)


def banner(symbol: str) -> Line:
    """The market's name so large that no other can be meant."""
    return [Part(f"  {' '.join(symbol)}  ", Tone.BADGE)]


def _order(request: OrderRequest, trading: Trading, market: Market, ticker: Ticker | None) -> list[Line]:
    size = size_text(request.quantity)
    head: Line = [
        Part(f"{request.side.upper()} ", side_tone(request.side)),
        Part(f"{type_name(request.type)}  {size} {request.symbol}", Tone.STRONG),
    ]
    known = expected(trading.desk, market, request)
    words = effect(trading.held(request.symbol), request.side, request.quantity, reduce_only=request.reduce_only)
    return [
        head,
        [Part(_terms(request, market, trading.desk.venue()))],
        [],
        [Part(words, Tone.ALERT if is_alarming(words) else Tone.STRONG)],
        cost_line(known, is_way_out=is_way_out(words)),
        *walk_lines(known, market),
        *_exit_lines(request, trading, market, known, words),
        market_line(market, ticker, request.price or request.stop_price),
        *warning_lines(request, trading, market, ticker, known),
    ]


def _terms(request: OrderRequest, market: Market, venue: VenueStatus | None) -> str:
    if request.type is OrderType.MARKET:
        return f"market{_reach(venue)}" + ("  reduce-only" if request.reduce_only else "")
    tif = (request.time_in_force or TimeInForce.GTC).upper()
    if request.expire_at is not None:
        tif = f"until {request.expire_at:%Y-%m-%d %H:%M}Z"
    flags = ("  post-only" if request.post_only else "") + ("  reduce-only" if request.reduce_only else "")
    return f"{_levels(request, market)}  {tif}{flags}"


def _reach(venue: VenueStatus | None) -> str:
    """Where a market order stops; nothing while that is not known."""
    if venue is None:
        return ""
    reach = venue.market_reach_pct
    return ", as far as the book goes" if reach is None else f", stops {quantity_text(reach)} % past the touch"


def _levels(request: OrderRequest, market: Market) -> str:
    """`@ 45,000.00`, `when 46,000.00 trades, @ 46,010.00`, `trails by 1%`."""
    limit = "" if request.price is None else f"@ {_at(request.price, market)}"
    if request.stop_price is not None:
        return f"when {_at(request.stop_price, market)} trades, {limit or 'at the market'}"
    if request.trail_percent is not None:
        return f"trails the best price by {quantity_text(request.trail_percent)}%"
    if request.trail_amount is not None:
        return f"trails the best price by {_at(request.trail_amount, market)}"
    return limit


def _exit_lines(
    request: OrderRequest, trading: Trading, market: Market, known: Expected | None, words: str
) -> list[Line]:
    """The exits that the order brings with it, each with what it makes."""
    if has_vain_exits(request, words):
        return [[Part(VAIN_EXITS, Tone.ALERT)]]
    stop = request.stop_loss.stop_price if request.stop_loss is not None else None
    target = request.take_profit.price if request.take_profit is not None else None
    lines: list[Line] = []
    if stop is not None and known is not None:
        note = stop_note(known, request.side, stop, market, trading.equity)
        lines.append([Part(f"Stop   {_at(stop, market)}  net ≈ "), *note, Part(" of equity", Tone.MUTED)])
    if target is not None and known is not None:
        lines.append(
            [Part(f"Target {_at(target, market)}  net ≈ "), *target_note(known, request.side, target, market, stop)]
        )
    return lines


def warning_lines(
    request: OrderRequest, trading: Trading, market: Market, ticker: Ticker | None, known: Expected | None
) -> list[Line]:
    """What a careful friend would say before the order goes out."""
    account = trading.desk.account()
    texts = [one for one in (above_most(request, trading.desk, market), leverage_warning(known)) if one is not None]
    if known is not None and account is not None and account.equity > 0 and known.value > account.equity * SIZE_WARNING:
        texts.append(f"size is {fixed(known.value * 100 / account.equity, 0)}% of equity")
    if ticker is not None and ticker.stale:
        texts.append("prices are stale")
    if request.type is OrderType.LIMIT and (ticks := _crossed(request, market, ticker)) > CROSS_WARNING_TICKS:
        comes = "post-only, it will be refused" if request.post_only else "it trades at once"
        texts.append(f"crosses the spread by {ticks:,} ticks: {comes}")
    if _is_past_its_stop(request, market, ticker):
        texts.append("it fills past its own stop: out again at once")
    texts += [one for one in (_passed(request, market, ticker), _covered(request, trading, market, ticker)) if one]
    return [[Part(f"! {text}", Tone.ALERT)] for text in texts]


def _is_past_its_stop(request: OrderRequest, market: Market, ticker: Ticker | None) -> bool:
    """Has the market passed the stop of a limit that would fill there? Other entries are refused for that."""
    touch, stop = touch_of(request.side, ticker), request.stop_loss
    fills = request.type is OrderType.LIMIT and not request.post_only and _crossed(request, market, ticker) >= 0
    return fills and touch is not None and stop is not None and (stop.stop_price - touch) * request.side.sign >= 0


def _passed(request: OrderRequest, market: Market, ticker: Ticker | None) -> str | None:
    """That the market has gone past the trigger, while this stood open maybe."""
    last = None if ticker is None else ticker.last
    if last is None or request.stop_price is None:
        return None
    sign = request.side.sign if request.type in STOP_TYPES else -request.side.sign
    if (request.stop_price - last) * sign > 0:
        return None
    return f"the last price, {_at(last, market)}, is past its trigger: it would be refused"


def _covered(request: OrderRequest, trading: Trading, market: Market, ticker: Ticker | None) -> str | None:
    """That other exits leave one that waits or rests less of the position to close than it is for."""
    is_limit = request.type is OrderType.LIMIT and not request.post_only
    trades_now = request.type is OrderType.MARKET or (is_limit and _crossed(request, market, ticker) >= 0)
    if not request.reduce_only or trades_now:
        return None
    others = exits_in(trading.working(request.symbol), stops=request.type in STOP_TYPES)
    left = left_to_close(trading.held(request.symbol), others)
    if not others or left >= request.quantity:
        return None
    kind = "stops" if request.type in STOP_TYPES else "targets"
    then = f"it is cut to {size_text(left)}" if left else "it would be refused"
    return f"{kind} that work leave it {size_text(left) if left else 'nothing'} to close: {then}"


def _crossed(request: OrderRequest, market: Market, ticker: Ticker | None) -> int:
    return 0 if request.price is None else crossed_ticks(request.side, request.price, ticker, market)


def _at(value: Decimal | None, market: Market) -> str:
    return price(value, market.price_decimals)
