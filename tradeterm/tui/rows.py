"""Orders, positions, fills and markets as rows of cells. Pure: values in, text and tones out."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.market import Market, Print, Ticker
from tradeterm.protocol.orders import Order, OrderRequest
from tradeterm.protocol.positions import Position
from tradeterm.protocol.trades import Trade
from tradeterm.protocol.vocabulary import OrderStatus, OrderType, PositionSide, Side
from tradeterm.tui.desk import EventLine
from tradeterm.tui.format import (
    MISSING,
    age,
    clock,
    filled_percent,
    money,
    price,
    short_quantity,
    signed,
    signed_money,
    sparkline,
)
from tradeterm.tui.outbox import Sent
from tradeterm.tui.palette import Tone
from tradeterm.tui.panes import Pane
from tradeterm.tui.widgets.grid import Cell, Column, Row

STALE_AFTER = timedelta(seconds=3)

_TYPES: Mapping[OrderType, str] = {
    OrderType.MARKET: "MKT",
    OrderType.LIMIT: "LMT",
    OrderType.STOP: "STP",
    OrderType.STOP_LIMIT: "STL",
    OrderType.TAKE_PROFIT: "TP",
    OrderType.TAKE_PROFIT_LIMIT: "TPL",
    OrderType.TRAILING_STOP: "TRL",
}
_STATUSES: Mapping[OrderStatus, str] = {
    OrderStatus.PENDING: "PEND",
    OrderStatus.SUBMITTED: "SENT",
    OrderStatus.ACCEPTED: "NEW",
    OrderStatus.PARTIALLY_FILLED: "PART",
    OrderStatus.FILLED: "FILLED",
    OrderStatus.CANCELLED: "CANC",
    OrderStatus.REJECTED: "REJ",
    OrderStatus.EXPIRED: "EXP",
}

_STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})


def columns(pane: Pane, *, is_wide: bool) -> tuple[Column, ...]:
    """The columns of a table pane; fixed, so that nothing moves when numbers do."""
    return _COLUMNS[pane, is_wide]


def _titled(*columns: tuple[str, int]) -> tuple[Column, ...]:
    """A title that starts with `>` is aligned right."""
    return tuple(Column(title.removeprefix(">"), width, title.startswith(">")) for title, width in columns)


SPARK = 6
_WATCH = _titled(("Sym", 5), (">Last", 10), (">24h", 7), ("", SPARK))
_TAPE = _titled(("Time", 8), ("", 4), (">Price", 10), (">Qty", 9))
_EVENTS = _titled(("Time", 8), ("What happened", 200))
_COLUMNS: Mapping[tuple[Pane, bool], tuple[Column, ...]] = {
    (Pane.WATCH, True): _WATCH,
    (Pane.WATCH, False): _titled(("Sym", 5), (">Last", 10), (">24h", 7), ("", SPARK), (">Spread", 7)),
    (Pane.ORDERS, True): _titled(
        ("Time", 8),
        ("Sym", 5),
        ("Side", 4),
        ("Type", 4),
        (">Qty", 9),
        (">Price", 10),
        (">Fill", 5),
        ("St", 9),
        ("TIF", 4),
        ("Id", 9),
    ),
    (Pane.ORDERS, False): _titled(("Time", 5), ("Sym", 4), ("Side", 4), (">Qty", 7), (">Price", 9), ("St", 7)),
    (Pane.POSITIONS, True): _titled(
        ("Sym", 4),
        ("Side", 5),
        (">Qty", 8),
        (">Entry", 9),
        (">B/E", 9),
        (">Mark", 9),
        (">Net", 9),
        (">%", 6),
        (">Stop", 9),
    ),
    (Pane.POSITIONS, False): _titled(("Sym", 4), ("Side", 5), (">Qty", 8), (">Net", 10), (">%", 7)),
    (Pane.FILLS, True): _titled(
        ("Time", 8),
        ("Sym", 5),
        ("Side", 4),
        ("Type", 5),
        (">Qty", 9),
        (">Price", 10),
        (">Value", 11),
        (">Fee", 7),
        (">Realised", 9),
    ),
    (Pane.FILLS, False): _titled(("Time", 5), ("Sym", 4), ("Side", 4), (">Qty", 8), (">Price", 9), (">Fee", 6)),
    (Pane.TAPE, True): _TAPE,
    (Pane.TAPE, False): _TAPE,
    (Pane.EVENTS, True): _EVENTS,
    (Pane.EVENTS, False): _EVENTS,
}


def side_tone(side: Side) -> Tone:
    return Tone.BUY if side is Side.BUY else Tone.SELL


def sign_tone(value: Decimal | None) -> Tone:
    return Tone.PLAIN if not value else Tone.UP if value > 0 else Tone.DOWN


def is_stale(ticker: Ticker, now: datetime) -> bool:
    return ticker.stale or now - ticker.time >= STALE_AFTER


def change_text(ticker: Ticker, now: datetime) -> str:
    """`▲+0.42`, or how old it is: `~14s`."""
    if is_stale(ticker, now):
        return f"~{age(now - ticker.time)}"
    change = ticker.change_percent_24h
    if change is None:
        return ""
    return ("▲" if change > 0 else "▼" if change < 0 else " ") + signed(change, 2)


def watch_row(
    market: Market,
    ticker: Ticker | None,
    now: datetime,
    flash: Tone | None,
    *,
    is_wide: bool,
    closes: Sequence[Decimal] = (),
) -> Row:
    """One market of the watchlist; `flash` tints the price for a moment, `closes` are its day as a line."""
    cells = [Cell(market.base, Tone.STRONG)]
    if ticker is None:
        cells += [Cell("–", Tone.MUTED)] * (len(columns(Pane.WATCH, is_wide=is_wide)) - 1)
        return Row(market.symbol, tuple(cells))
    stale = is_stale(ticker, now)
    tone = Tone.STALE if stale else sign_tone(ticker.change_percent_24h)
    last_tone = Tone.STALE if stale else flash or tone
    cells += [Cell(price(ticker.last, market.price_decimals), last_tone), Cell(change_text(ticker, now), tone)]
    cells.append(Cell(sparkline(closes, SPARK), tone))
    if not is_wide:
        gap = None if ticker.bid is None or ticker.ask is None else ticker.ask - ticker.bid
        cells.append(Cell(price(gap, market.price_decimals), Tone.STALE if stale else Tone.MUTED))
    return Row(market.symbol, tuple(cells))


def order_row(order: Order, market: Market, *, is_wide: bool) -> Row:
    tone = Tone.ALERT if order.unconfirmed else Tone.PLAIN
    decimals = market.price_decimals
    at = order.price if order.price is not None else order.stop_price
    shown_price = Cell(price(at, decimals) if at is not None else "market")
    side = Cell(order.side.upper(), side_tone(order.side))
    if not is_wide:
        status = filled_percent(order.filled_quantity, order.quantity) if order.filled_quantity else status_text(order)
        quantity = Cell(short_quantity(order.quantity, market.lot, 7))
        return Row(
            row_id(order),
            (_minute(order.created_at), Cell(market.base), side, quantity, shown_price, Cell(status, tone)),
        )
    return Row(
        row_id(order),
        (
            Cell(clock(order.created_at), Tone.MUTED),
            Cell(market.base),
            side,
            Cell(_TYPES[order.type]),
            Cell(short_quantity(order.quantity, market.lot, 9)),
            shown_price,
            Cell(filled_percent(order.filled_quantity, order.quantity)),
            Cell(status_text(order), tone),
            Cell(order.time_in_force.upper(), Tone.MUTED),
            Cell(short_id(order.id), Tone.MUTED),
        ),
    )


def sent_row(sent: Sent, market: Market, *, is_wide: bool) -> Row:
    """An order that has not been seen to arrive."""
    request, tone = sent.request, Tone.ALERT
    head = (Cell(clock(sent.sent_at), Tone.MUTED) if is_wide else _minute(sent.sent_at), Cell(market.base))
    side = Cell(request.side.upper(), side_tone(request.side))
    at = Cell(price(request.price, market.price_decimals) if request.price is not None else "market")
    fate = Cell(sent.fate.value, tone)
    if not is_wide:
        return Row(sent.id, (*head, side, Cell(short_quantity(request.quantity, market.lot, 7)), at, fate))
    quantity = Cell(short_quantity(request.quantity, market.lot, 9))
    tif = Cell(request.time_in_force.upper() if request.time_in_force else "", Tone.MUTED)
    kind = Cell(_TYPES[request.type])
    return Row(sent.id, (*head, side, kind, quantity, at, Cell(""), fate, tif, Cell("")))


def row_id(order: Order) -> str:
    """The client's id where there is one, so that a row stays itself from the key press to the last fill."""
    return order.client_order_id or order.id


def status_text(order: Order) -> str:
    if order.unconfirmed:
        return "? unknown"
    if order.pending_cancel:
        return "CANCEL…"
    if order.pending_replace:
        return "AMEND…"
    return _STATUSES[order.status]


def position_row(
    position: Position, market: Market, stop: Decimal | None, *, is_wide: bool, is_old: bool = False
) -> Row:
    """`is_old`: its mark is not the present price. Without any mark there is no profit to speak of, and the row says so."""
    side = Cell(position.side.upper(), Tone.BUY if position.side is PositionSide.LONG else Tone.SELL)
    net, percent = position.net_total_pnl, position.unrealized_pnl_percent
    cells = [Cell(market.base, Tone.STRONG), side, Cell(short_quantity(position.quantity, market.lot, 8))]
    if position.current_price is None:
        profit = [Cell("no mark", Tone.MUTED), Cell(MISSING, Tone.MUTED)]
    else:
        profit = [
            Cell(signed_money(net), Tone.STALE if is_old else sign_tone(net)),
            Cell(signed(percent, 2), Tone.STALE if is_old else sign_tone(percent)),
        ]
    if not is_wide:
        return Row(position.symbol, (*cells, *profit))
    decimals = market.price_decimals
    mark = position.current_price
    return Row(
        position.symbol,
        (
            *cells,
            Cell(price(position.entry_price, decimals)),
            Cell(price(position.break_even_price, decimals), Tone.MUTED),
            Cell(price(mark, decimals), Tone.STALE if is_old else Tone.PLAIN),
            *profit,
            Cell(price(stop, decimals) if stop is not None else "none", Tone.PLAIN if stop is not None else Tone.MUTED),
        ),
    )


def stop_of(position: Position, orders: Sequence[Order]) -> Decimal | None:
    """The nearest working stop that would get out of the position."""
    exit_side = Side.SELL if position.side is PositionSide.LONG else Side.BUY
    stops = [
        order.stop_price
        for order in orders
        if order.symbol == position.symbol
        and order.side is exit_side
        and order.type in _STOPS
        and order.stop_price is not None
    ]
    if not stops:
        return None
    return max(stops) if position.side is PositionSide.LONG else min(stops)


def fill_row(trade: Trade, market: Market, *, is_wide: bool) -> Row:
    side = Cell(trade.side.upper(), side_tone(trade.side))
    decimals = market.price_decimals
    if not is_wide:
        quantity = Cell(short_quantity(trade.quantity, market.lot, 8))
        return Row(
            trade.id,
            (
                _minute(trade.executed_at),
                Cell(market.base),
                side,
                quantity,
                Cell(price(trade.price, decimals)),
                Cell(money(trade.fee), Tone.MUTED),
            ),
        )
    realised = trade.realized_pnl
    return Row(
        trade.id,
        (
            Cell(clock(trade.executed_at), Tone.MUTED),
            Cell(market.base),
            side,
            Cell(trade.type.value),
            Cell(short_quantity(trade.quantity, market.lot, 9)),
            Cell(price(trade.price, decimals)),
            Cell(money(trade.value)),
            Cell(money(trade.fee), Tone.MUTED),
            Cell("" if realised is None else signed_money(realised), sign_tone(realised)),
        ),
    )


def tape_row(one: Print, market: Market) -> Row:
    """A trade on the tape, in the colour of who took; several that came as one say how many."""
    side = f"x{one.merged}" if one.merged is not None else one.side.upper()
    tone = Tone.UP if one.side is Side.BUY else Tone.DOWN
    return Row(
        one.id,
        (
            Cell(clock(one.time), Tone.MUTED),
            Cell(side, tone),
            Cell(price(one.price, market.price_decimals), tone),
            Cell(short_quantity(one.quantity, market.lot, 9)),
        ),
    )


def event_row(line: EventLine) -> Row:
    return Row(
        line.id, (Cell(clock(line.time), Tone.MUTED), Cell(line.text, Tone.ALERT if line.is_alert else Tone.PLAIN))
    )


def short_id(order_id: str) -> str:
    """The end of an id: the front of a time-ordered one is the same for all orders of a minute."""
    return order_id[-6:]


def request_words(request: OrderRequest, market: Market) -> str:
    """`BUY LIMIT 0.5 BTC/USD @ 45,000.00`."""
    at = "" if request.price is None else f" @ {price(request.price, market.price_decimals)}"
    size = short_quantity(request.quantity, market.lot, 20)
    return f"{request.side.upper()} {request.type.upper()} {size} {request.symbol}{at}"


def total_net(positions: Sequence[Position]) -> Decimal:
    return sum((position.net_total_pnl for position in positions), ZERO)


def _minute(moment: datetime) -> Cell:
    return Cell(clock(moment)[:5], Tone.MUTED)
