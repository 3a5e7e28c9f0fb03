"""The watchlist, the tape and the alerts as rows of cells. Pure: values in, text and tones out."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from tradeterm.protocol.alerts import Alert
from tradeterm.protocol.market import Market, Print, Ticker
from tradeterm.protocol.vocabulary import AlertCondition, Side
from tradeterm.tui.desk.valuation import is_stale
from tradeterm.tui.drawing.cells import Cell, Row
from tradeterm.tui.drawing.columns import SPARK, columns
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.panes import Pane
from tradeterm.tui.drawing.tones import sign_tone
from tradeterm.tui.format import MISSING, age, clock, price, price_in, short_quantity, signed, sparkline


def change_text(ticker: Ticker, now: datetime, decimals: int = 2) -> str:
    """`▲+0.42`, or how old it is: `~14s`."""
    if is_stale(ticker, now):
        return f"~{age(now - ticker.time)}"
    change = ticker.change_percent_24h
    if change is None:
        return ""
    return ("▲" if change > 0 else "▼" if change < 0 else " ") + signed(change, decimals)


def watch_row(
    market: Market,
    ticker: Ticker | None,
    now: datetime,
    flash: Tone | None,
    *,
    is_wide: bool,
    closes: Sequence[Decimal] = (),
    is_favourite: bool = False,
) -> Row:
    """One market of the watchlist, with a star where it is a favourite and its name leaves room; `flash` tints the price for
    a moment, `closes` are its day as a line."""
    name = market.base + "*" * is_favourite
    cells = [Cell(name if len(name) <= columns(Pane.WATCH, is_wide=is_wide)[0].width else market.base, Tone.STRONG)]
    if ticker is None:
        cells += [Cell("–", Tone.MUTED)] * (len(columns(Pane.WATCH, is_wide=is_wide)) - 1)
        return Row(market.symbol, tuple(cells))
    stale = is_stale(ticker, now)
    tone = Tone.STALE if stale else sign_tone(ticker.change_percent_24h)
    last_tone = Tone.STALE if stale else flash or tone
    cells += [Cell(price_in(ticker.last, market.price_decimals, 10), last_tone), Cell(change_text(ticker, now), tone)]
    cells.append(Cell(sparkline(closes, SPARK), tone))
    if not is_wide:
        gap = None if ticker.bid is None or ticker.ask is None else ticker.ask - ticker.bid
        cells.append(Cell(price(gap, market.price_decimals), Tone.STALE if stale else Tone.MUTED))
    return Row(market.symbol, tuple(cells))


def tape_row(one: Print, market: Market) -> Row:
    """A trade on the tape, in the colour of who took; several that came as one say how many."""
    side = f"x{one.merged}" if one.merged is not None else one.side.upper()
    tone = Tone.UP if one.side is Side.BUY else Tone.DOWN
    return Row(
        one.id,
        (
            Cell(clock(one.time), Tone.MUTED),
            Cell(side, tone),
            Cell(price_in(one.price, market.price_decimals, 10), tone),
            Cell(short_quantity(one.quantity, market.lot, 9)),
        ),
    )


def alert_row(alert: Alert, market: Market, ticker: Ticker | None) -> Row:
    """A price that somebody waits for, and how far the last one is from it."""
    last = None if ticker is None else ticker.last
    away = MISSING if last is None else signed(alert.price - last, market.price_decimals)
    return Row(
        alert.id,
        (
            Cell(market.base, Tone.STRONG),
            Cell(">" if alert.condition is AlertCondition.ABOVE else "<", Tone.MUTED),
            Cell(price_in(alert.price, market.price_decimals, 10), Tone.ALERT),
            Cell(away, Tone.MUTED),
            Cell(clock(alert.created_at), Tone.MUTED),
        ),
    )
