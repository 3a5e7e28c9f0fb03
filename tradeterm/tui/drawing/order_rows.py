"""Orders, positions, fills and events as rows of cells. Pure: values in, text and tones out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.market import Market
from tradeterm.protocol.orders import Order, OrderRequest
from tradeterm.protocol.positions import Position
from tradeterm.protocol.trades import Trade
from tradeterm.protocol.vocabulary import STOP_TYPES, OrderStatus, OrderType, PositionSide, Side
from tradeterm.tui.desk.port import EventLine
from tradeterm.tui.desk.valuation import net_percent
from tradeterm.tui.drawing.cells import Cell, Row
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.tones import side_tone, sign_tone
from tradeterm.tui.format import (
    MISSING,
    clock,
    filled_percent,
    money,
    price,
    price_in,
    short_id,
    short_quantity,
    shortest_quantity,
    signed,
    signed_money,
    type_name,
)
from tradeterm.tui.orders.in_flight import Sent
from tradeterm.tui.orders.levels import waits

_TYPES: Mapping[OrderType, str] = {
    OrderType.MARKET: "MKT",
    OrderType.LIMIT: "LMT",
    OrderType.STOP: "STP",
    OrderType.STOP_LIMIT: "STL",
    OrderType.TAKE_PROFIT: "TP",
    OrderType.TAKE_PROFIT_LIMIT: "TPL",
    OrderType.TRAILING_STOP: "TRL",
}
WAITS = "WAIT"
SHORT_WORD = 4  # cells: a longer one leaves no room for what comes after it
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


def order_row(order: Order, market: Market, away: str = "", *, is_wide: bool, names_holder: bool = False) -> Row:
    """`away`: how far from the market. `names_holder`: what the server alone holds is shown as that, for it dies with the
    server."""
    tone = Tone.ALERT if order.unconfirmed else Tone.PLAIN
    state = "SRV" if names_holder and order.held == "server" else status_text(order)
    decimals = market.price_decimals
    at = order.price if order.price is not None else order.stop_price
    shown_price = Cell(price_in(at, decimals, 9) if at is not None else "market")
    side = Cell(order.side.upper(), side_tone(order.side))
    if not is_wide:
        status = (
            filled_percent(order.filled_quantity, order.quantity) if order.filled_quantity else _short(order, state)
        )
        quantity = Cell(short_quantity(order.quantity, market.lot, 7))
        return Row(
            row_id(order),
            (Cell(market.base), side, quantity, shown_price, Cell(status, tone), Cell(away, Tone.MUTED)),
        )
    return Row(
        row_id(order),
        (
            Cell(clock(order.created_at), Tone.MUTED),
            Cell(market.base),
            side,
            Cell(_TYPES[order.type]),
            Cell(short_quantity(order.quantity, market.lot, 8)),
            shown_price,
            Cell(filled_percent(order.filled_quantity, order.quantity)),
            Cell(state, tone),
            Cell(order.time_in_force.upper(), Tone.MUTED),
            Cell(_flag(order), Tone.MUTED),
            Cell(away, Tone.MUTED),
            Cell(short_id(order.id), Tone.MUTED),
        ),
    )


def _short(order: Order, state: str) -> str:
    """Where there are no columns for type and flags: `STP RO`, a stop that waits and only reduces."""
    word, flag = _TYPES[order.type] if state == WAITS else state, _flag(order)
    return f"{word} {flag}" if flag and flag != "PO" and len(word) <= SHORT_WORD else word


def _flag(order: Order) -> str:
    """`RO`: it only reduces; `S`, `T` or `ST`: it brings a stop, a target or both; `PO`: it only rests."""
    if order.reduce_only:
        return "RO"
    brings = ("S" if order.stop_loss is not None else "") + ("T" if order.take_profit is not None else "")
    return brings or ("PO" if order.post_only else "")


def sent_row(sent: Sent, market: Market, *, is_wide: bool) -> Row:
    """An order that has not been seen to arrive."""
    request, tone = sent.request, Tone.ALERT
    base = Cell(market.base)
    side = Cell(request.side.upper(), side_tone(request.side))
    at = Cell(price_in(request.price, market.price_decimals, 9) if request.price is not None else "market")
    fate = Cell(sent.fate.value, tone)
    if not is_wide:
        quantity = Cell(short_quantity(request.quantity, market.lot, 7))
        return Row(sent.id, (base, side, quantity, at, fate, Cell("")))
    quantity = Cell(short_quantity(request.quantity, market.lot, 8))
    tif = Cell(request.time_in_force.upper() if request.time_in_force else "", Tone.MUTED)
    kind = Cell(_TYPES[request.type])
    return Row(
        sent.id,
        (
            Cell(clock(sent.sent_at), Tone.MUTED),
            base,
            side,
            kind,
            quantity,
            at,
            Cell(""),
            fate,
            tif,
            Cell(""),
            Cell(""),
            Cell(""),
        ),
    )


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
    if order.status is OrderStatus.ACCEPTED and waits(order):
        return WAITS
    return _STATUSES[order.status]


@dataclass(frozen=True, slots=True)
class Stop:
    """The nearest stop that stays with a position when entries are cancelled, and how much of the position it covers,
    together with others."""

    price: Decimal
    covered: Decimal
    held: Decimal

    @property
    def covers_all(self) -> bool:
        return self.covered >= self.held


def stop_of(position: Position, orders: Sequence[Order]) -> Stop | None:
    """What gets out of the position at a loss, of reduce-only stops alone: others are cancelled as entries."""
    exit_side = Side.SELL if position.side is PositionSide.LONG else Side.BUY
    stops = [
        order
        for order in orders
        if order.symbol == position.symbol
        and order.side is exit_side
        and order.type in STOP_TYPES
        and order.reduce_only
    ]
    prices = [order.stop_price for order in stops if order.stop_price is not None]
    if not prices:
        return None
    covered = sum((order.quantity - order.filled_quantity for order in stops), ZERO)
    nearest = max(prices) if position.side is PositionSide.LONG else min(prices)
    return Stop(nearest, covered, position.quantity)


def cover_words(symbol: str, stop: Stop | None) -> str:
    """`BTC stop 0.05 of 0.11`, where it does not cover all."""
    if stop is None or stop.covers_all:
        return ""
    base = symbol.partition("/")[0]
    return f"{base} stop {shortest_quantity(stop.covered, 8)} of {shortest_quantity(stop.held, 8)}"


def _stop_cell(stop: Stop | None, decimals: int, width: int) -> Cell:
    if stop is None:
        return Cell("none", Tone.MUTED)
    if stop.covers_all:
        return Cell(price_in(stop.price, decimals, width))
    text = price(stop.price, decimals)
    short = text.removesuffix("." + "0" * decimals) if len(text) >= width else text
    return Cell((short if len(short) < width else price_in(stop.price, decimals, width - 1)) + "½", Tone.ALERT)


def position_row(position: Position, market: Market, stop: Stop | None, *, is_wide: bool, is_old: bool = False) -> Row:
    """`is_old`: its mark is not the present price. Without any mark there is no profit to speak of, and the row says so."""
    side = Cell(position.side.upper(), Tone.BUY if position.side is PositionSide.LONG else Tone.SELL)
    net = position.net_total_pnl
    cells = [
        Cell(market.base, Tone.STRONG),
        side,
        Cell(short_quantity(position.quantity, market.lot, 8 if is_wide else 7)),
    ]
    if position.current_price is None:
        profit = [Cell("no mark", Tone.MUTED), Cell(MISSING, Tone.MUTED)]
    else:
        profit = [
            Cell(signed_money(net), Tone.STALE if is_old else sign_tone(net)),
            Cell(signed(net_percent(position), 2), Tone.STALE if is_old else sign_tone(net)),
        ]
    decimals = market.price_decimals
    if not is_wide:
        held = cells[2]
        signed_size = replace(
            held, text=("+" if position.side is PositionSide.LONG else "-") + held.text, tone=side.tone
        )
        entry = Cell(price_in(position.entry_price, decimals, 9))
        return Row(position.symbol, (cells[0], signed_size, entry, profit[0], _stop_cell(stop, decimals, 8)))
    mark = position.current_price
    return Row(
        position.symbol,
        (
            *cells,
            Cell(price_in(position.entry_price, decimals, 9)),
            Cell(price_in(position.break_even_price, decimals, 9), Tone.MUTED),
            Cell(price_in(mark, decimals, 9), Tone.STALE if is_old else Tone.PLAIN),
            *profit,
            _stop_cell(stop, decimals, 9),
        ),
    )


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
                Cell(price_in(trade.price, decimals, 10 if is_wide else 9)),
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
            Cell(price_in(trade.price, decimals, 10 if is_wide else 9)),
            Cell(money(trade.value)),
            Cell(money(trade.fee), Tone.MUTED),
            Cell("" if realised is None else signed_money(realised), sign_tone(realised)),
        ),
    )


def event_row(line: EventLine) -> Row:
    return Row(
        line.id, (Cell(clock(line.time), Tone.MUTED), Cell(line.text, Tone.ALERT if line.is_alert else Tone.PLAIN))
    )


def request_words(request: OrderRequest, market: Market) -> str:
    """`BUY LIMIT 0.5 BTC/USD @ 45,000.00`."""
    at = "" if request.price is None else f" @ {price(request.price, market.price_decimals)}"
    size = short_quantity(request.quantity, market.lot, 20)
    return f"{request.side.upper()} {type_name(request.type)} {size} {request.symbol}{at}"


def total_net(positions: Sequence[Position]) -> Decimal:
    return sum((position.net_total_pnl for position in positions), ZERO)


def _minute(moment: datetime) -> Cell:
    return Cell(clock(moment)[:5], Tone.MUTED)
