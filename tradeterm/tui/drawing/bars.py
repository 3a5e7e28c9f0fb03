"""The rows that are always visible: what is traded, on which account, in which mode, and how fresh it is. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from textwrap import wrap

from tradeterm.protocol.arithmetic import ZERO, divide
from tradeterm.protocol.balances import Account
from tradeterm.protocol.market import Market, Ticker, VenueStatus
from tradeterm.protocol.positions import Position
from tradeterm.protocol.vocabulary import TradingState
from tradeterm.tui.desk.day import Day
from tradeterm.tui.desk.port import DeskLink, DeskLinkState, EventLine, Label
from tradeterm.tui.desk.valuation import day_loss_limit, is_stale
from tradeterm.tui.drawing.market_rows import change_text
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.parts import Line, Part, spread
from tradeterm.tui.drawing.tones import sign_tone
from tradeterm.tui.format import MISSING, age, clock, fit, fixed, milliseconds, money, price, signed, signed_money
from tradeterm.tui.orders.mode import Mode

LINK_BOX_WIDTH = 56  # cells within it, of which it has three rows
TIGHT_BELOW = 100  # cells: the first row does without cents and second blanks
NEAR_LIMIT = Decimal("0.8")
_LEFT_OUT = 6  # from this rank on: what the first row does without before it shortens a number
_SLOW, _DOWN = timedelta(milliseconds=250), timedelta(seconds=1)
_LITTLE, _LOW = Decimal("0.1"), Decimal("0.25")  # of an exchange's weights
_OLD, _SILENT = timedelta(seconds=1), timedelta(seconds=3)


def account_bar(
    label: Label,
    mode: Mode,
    market: Market | None,
    ticker: Ticker | None,
    account: Account | None,
    now: datetime,
    width: int,
    *,
    net: Decimal | None = None,
    armed_for: timedelta = timedelta(),
) -> Line:
    """The first row; `net` is what all positions have made after fees, None while a mark is missing; `armed_for` how long
    ARMED will last.

    What it leaves out when narrow: the account's name first, what is available, whose prices they are; then the cents of
    what is made, the change of the price, the equity, what the positions have made, and at last the price. The day and its
    limit stay.
    """
    is_tight = width < TIGHT_BELOW
    name = [Part(f" {label.account} ", Tone.MUTED, rank=9)] if label.account else []
    left = [*_label_parts(label), *name, *_symbol(market, ticker, now, is_tight)]
    state = account.trading_state if account is not None else TradingState.ACTIVE
    badges = [] if state is TradingState.ACTIVE else [Part(f"[{state.upper()}] ", Tone.ALERT)]
    right = [*badges, mode_part(mode, armed_for), Part(" ")]
    whole, short = ([*left, *_sums(account, net, is_tight, decimals)] for decimals in (2, 0))
    has_room = sum(len(part.text) for part in (*whole, *right) if part.rank < _LEFT_OUT) < width
    return spread(whole if has_room else short, right, width)


def label_part(label: Label) -> Part:
    """Real money looks like nothing else on the screen, also where there are no colours."""
    return Part(f" !! {label.text} !! ", Tone.DANGER) if label.is_live else Part(f" {label.text} ", Tone.BADGE)


def _label_parts(label: Label) -> Sequence[Part]:
    """On paper, whose prices they are may be left out; of real money nothing is."""
    whole = label_part(label)
    word, mark, rest = whole.text.partition(" · ")
    return (
        [whole] if label.is_live or not mark else [Part(f"{word} ", whole.tone), Part(f"· {rest}", whole.tone, rank=7)]
    )


def mode_part(mode: Mode, armed_for: timedelta) -> Part:
    """`[SAFE]`; `[ARMED 9:41]` with what is left of it."""
    if mode is Mode.ARMED:
        seconds = int(armed_for.total_seconds())
        return Part(f"[ARMED {seconds // 60}:{seconds % 60:02}]", Tone.DANGER)
    return Part(f"[{mode.value}]", Tone.BADGE if mode is Mode.LOCKED else Tone.STRONG)


def _symbol(market: Market | None, ticker: Ticker | None, now: datetime, is_tight: bool) -> Sequence[Part]:
    if market is None:
        return [Part(" no market yet ", Tone.MUTED)]
    if ticker is None or ticker.last is None:
        return [Part(f" {market.symbol} ", Tone.STRONG), Part("no price yet ", Tone.MUTED)]
    tone = Tone.STALE if is_stale(ticker, now) else sign_tone(ticker.change_percent_24h)
    change = change_text(ticker, now, decimals=1 if is_tight else 2)
    return [
        Part(f"{market.symbol} " if is_tight else f" {market.symbol} ", Tone.STRONG),
        Part(f"{price(ticker.last, market.price_decimals)} ", tone, rank=2),
        Part(f"{change}% " if change and not is_stale(ticker, now) else f"{change} ", tone, rank=5),
    ]


def _sums(account: Account | None, net: Decimal | None, is_tight: bool, decimals: int) -> Sequence[Part]:
    """`decimals` are those of what is made."""
    if account is None:
        return []
    gap = " " if is_tight else "  "
    return [
        Part("Eq " if is_tight else "  Eq ", Tone.MUTED, rank=4),
        Part(fixed(account.equity, 0 if is_tight else 2), rank=4),
        Part(f"{gap}Avail ", Tone.MUTED, rank=8),
        Part(f"{money(account.available)}", rank=8),
        Part(f"{gap}Net ", Tone.MUTED, rank=3),
        Part(MISSING if net is None else signed(net, decimals), sign_tone(net), rank=3),
        Part(f"{gap}Day ", Tone.MUTED, rank=1),
        Part(signed(account.day_pnl, decimals), sign_tone(account.day_pnl), rank=1),
        *_day_limit(account),
    ]


def _day_limit(account: Account) -> Sequence[Part]:
    """`/-5,000` after the day's profit: where the account stops; loud once most of the way is gone."""
    limit = day_loss_limit(account)
    if limit is None:
        return []
    is_near = account.day_pnl <= limit * NEAR_LIMIT
    return [Part(f"/{fixed(limit, 0)}", Tone.ALERT if is_near else Tone.MUTED, rank=1)]


def status_bar(
    link: DeskLink,
    newest_event: EventLine | None,
    now: datetime,
    width: int,
    lag: timedelta | None = None,
    venue: VenueStatus | None = None,
) -> Line:
    """Delays with a glyph and a number each: market data, orders, age of the newest data, terminal; time, last event. Of a
    real exchange (`venue`) what is left of its weights, and what is wrong with it.

    `lag` is how old what the terminal shows is; None where nobody knows.
    """
    data_age = None if link.newest is None else max(timedelta(), now - link.newest)
    parts: list[Part] = [
        *_gauge("MD", milliseconds(link.delay), _grade(link, link.delay, _SLOW, _DOWN)),
        *_gauge("OL", milliseconds(link.round_trip), _grade(link, link.round_trip, _SLOW, _DOWN)),
        *_gauge("DU", _seconds(data_age), _grade(link, data_age, _OLD, _SILENT)),
        *_gauge("TTY", milliseconds(lag), _lag_grade(lag)),
        *_server(link, now),
        *_exchange(venue, now),
        Part(f"│ {clock(now)}Z "),
    ]
    if newest_event is not None:
        tone = Tone.ALERT if newest_event.is_alert else Tone.MUTED
        room = width - sum(len(part.text) for part in parts) - 2
        parts.append(Part(f"│ {fit(newest_event.text, max(0, room))}", tone, rank=3))
    return spread(parts, [], width)


def _seconds(span: timedelta | None) -> str:
    if span is None:
        return "–"
    return (
        f"{fixed(Decimal(int(span / timedelta(milliseconds=100))) / 10, 1)}s"
        if span < timedelta(minutes=1)
        else age(span)
    )


def _grade(link: DeskLink, value: timedelta | None, slow: timedelta, down: timedelta) -> tuple[str, Tone]:
    if link.state is not DeskLinkState.LIVE or (value is not None and value >= down):
        return "○", Tone.ALERT
    if value is None:
        return "·", Tone.MUTED
    return ("◐", Tone.ALERT) if value >= slow else ("●", Tone.UP)


def _gauge(name: str, text: str, grade: tuple[str, Tone]) -> Sequence[Part]:
    glyph, tone = grade
    return [Part(f" {glyph} ", tone), Part(f"{name} ", Tone.MUTED), Part(f"{text:<5} ")]


def _lag_grade(lag: timedelta | None) -> tuple[str, Tone]:
    if lag is None:
        return "·", Tone.MUTED
    return ("○", Tone.ALERT) if lag >= _DOWN else ("◐", Tone.ALERT) if lag >= _SLOW else ("●", Tone.UP)


def _exchange(venue: VenueStatus | None, now: datetime) -> Sequence[Part]:
    if venue is None:
        return []
    if venue.banned_until is not None and venue.banned_until > now:
        return [Part(f" ○ {venue.venue} bans until {clock(venue.banned_until)}Z ", Tone.ALERT)]
    down = [] if venue.stream_up is not False else [Part(f" ○ no order stream of {venue.venue} ", Tone.ALERT)]
    if venue.weight_left is None or not venue.weight_limit:
        return down
    share = Decimal(venue.weight_left) / venue.weight_limit
    grade = ("○", Tone.ALERT) if share < _LITTLE else ("◐", Tone.ALERT) if share < _LOW else ("●", Tone.UP)
    return [*down, *_gauge("WT", f"{venue.weight_left:,}", grade)]


def _server(link: DeskLink, now: datetime) -> Sequence[Part]:
    return [] if link.state is DeskLinkState.LIVE else [Part(f" ○ {link_words(link, now)} ", Tone.ALERT)]


def link_words(link: DeskLink, now: datetime) -> str:
    match link.state:
        case DeskLinkState.LIVE:
            return "connected"
        case DeskLinkState.CONNECTING:
            return "connecting"
        case DeskLinkState.REFUSED:
            return "refused"
        case DeskLinkState.DOWN:
            return f"no link for {age(now - link.since)}" if link.since else "no link"


def link_lines(link: DeskLink, working: int, now: datetime) -> list[Line]:
    """What the box over the panes says while there is no link."""
    if link.state is DeskLinkState.REFUSED:
        said = wrap(f"○ the server refused: {link.reason}", LINK_BOX_WIDTH, max_lines=2, placeholder="…")
        return [*([Part(line, Tone.ALERT)] for line in said), [Part("It is not tried again; ctrl+q quits.")]]
    if link.state is DeskLinkState.CONNECTING and link.since is None:
        return [[Part(f"◐ {link.reason or 'connecting to the server'}…", Tone.STRONG)]]
    lost = f" lost {clock(link.since)}Z" if link.since else " lost"
    retry = f", try {link.attempt}" if link.attempt else ""
    if link.retry_at is not None and link.retry_at > now:
        retry += f" in {age(link.retry_at - now)}"
    stay = "Working orders stay on the server" + (f" ({working})." if working else ".")
    return [
        [Part(f"○ link{lost}{retry}", Tone.ALERT)],
        [Part(stay)],
        [Part(f"Frozen at seq {link.seq:,}; it comes back by itself.", Tone.MUTED)],
    ]


def account_lines(account: Account | None, positions: Sequence[Position], symbol: str, day: Day) -> list[Line]:
    """What stands in the ticket's place while no ticket is open: the account, and the day at a glance."""
    hint: Line = [
        Part("b", Tone.STRONG),
        Part(" buys, ", Tone.MUTED),
        Part("s", Tone.STRONG),
        Part(f" sells {symbol}", Tone.MUTED),
    ]
    if account is None:
        return [hint]
    exposure = account.exposure
    if exposure is None:
        exposure = sum((p.quantity * (p.current_price or p.entry_price) for p in positions), ZERO)
    leverage = divide(exposure, account.equity) if account.equity > 0 else ZERO
    level = "" if account.margin_level is None else f" level {_level(account.margin_level)}"
    return [
        _figure("Cash", money(account.cash), f"  res. {fixed(account.reserved, 0)}" if account.reserved else ""),
        _figure("Available", money(account.available)),
        _figure("Margin used", money(account.margin_used), level),
        _figure("Exposure", money(exposure), f"  {fixed(leverage, 2)}x"),
        _figure("Realised", signed_money(account.realized_pnl), tone=sign_tone(account.realized_pnl)),
        _day_line(account),
        *_trades_of(day),
        hint,
    ]


def _day_line(account: Account) -> Line:
    """The day's profit, and how much of the loss limit is left."""
    limit = day_loss_limit(account)
    left = "" if limit is None else f"  left {fixed(max(ZERO, account.day_pnl - limit), 0)}"
    tone = Tone.ALERT if limit is not None and account.day_pnl <= limit * NEAR_LIMIT else Tone.MUTED
    return [*_figure("Day", signed_money(account.day_pnl), tone=sign_tone(account.day_pnl))[:2], Part(left, tone)]


def _trades_of(day: Day) -> list[Line]:
    """Trades, how many of them won, their average; the best, the worst, and what all cost."""
    if not day.results:
        return [[Part("No trade closed today", Tone.MUTED), Part(f"  fees {money(day.fees)}", Tone.MUTED, rank=1)], []]
    count, average = len(day.results), day.average
    best, worst = max(day.results), min(day.results)
    return [
        [
            Part(f"Trades {count}   win {fixed(Decimal(day.wins * 100) / count, 0)}%   avg ", Tone.MUTED),
            Part(signed_money(average), sign_tone(average)),
        ],
        [
            Part("Best ", Tone.MUTED),
            Part(signed_money(best), sign_tone(best)),
            Part(" worst ", Tone.MUTED),
            Part(signed_money(worst), sign_tone(worst)),
            Part(f" fees {money(day.fees)}", Tone.MUTED, rank=1),
        ],
    ]


def _figure(name: str, text: str, note: str = "", tone: Tone = Tone.PLAIN) -> Line:
    return [Part(f"{name:<11}", Tone.MUTED), Part(f"{text:>12}", tone), Part(note, Tone.MUTED, rank=1)]


def _level(level: Decimal) -> str:
    """How many times equity covers the maintenance margin: beyond a hundred nobody counts."""
    return fixed(level, 1) if level < 100 else ">99"
