"""Reviews of what is no new order: ways out, new totals, protection. Pure reading of what is known."""

from collections.abc import Sequence
from decimal import Decimal
from textwrap import wrap

from tradeterm.protocol.arithmetic import percent
from tradeterm.protocol.market import Market
from tradeterm.protocol.orders import Order
from tradeterm.protocol.positions import Position
from tradeterm.protocol.vocabulary import STOP_TYPES
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.parts import Line, Part
from tradeterm.tui.drawing.tones import side_tone, sign_tone
from tradeterm.tui.drawing.words.closing import (
    LISTED,
    close_all_lines,
    close_lines,
    flat,
    kill_lines,
    reverse_lines,
    shortened,
)
from tradeterm.tui.format import counted, price, signed, signed_money, size_text, type_name
from tradeterm.tui.orders.draft import distance
from tradeterm.tui.orders.exit_room import is_replaced
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.levels import level_of, waits
from tradeterm.tui.orders.protecting import wrong_side
from tradeterm.tui.orders.sendable import Amend, CancelEntries, Close, CloseAll, Kill, Protect, Reverse
from tradeterm.tui.orders.way_out import net_at

NOTE_WIDTH = 54  # cells in a form

Leaving = Close | CloseAll | Reverse | CancelEntries | Kill | Protect | Amend


def leaving_lines(thing: Leaving, trading: Trading, listed: int = LISTED) -> list[Line]:
    """What it does, in words, and what it costs as far as that is known; of what is many as many as are `listed`."""
    match thing:
        case Close():
            return close_lines(thing, trading)
        case CloseAll():
            return close_all_lines(trading, listed)
        case Kill():
            return kill_lines(trading, listed)
        case CancelEntries():
            return _cancel_lines(thing, trading, listed)
        case Reverse():
            return reverse_lines(thing, trading)
        case Protect():
            return _protect_lines(thing, trading)
        case Amend():
            return _amend_lines(thing, trading)


def _head(text: str) -> Line:
    return [Part(text, Tone.ALERT)]


def _cancel_lines(thing: CancelEntries, trading: Trading, listed: int) -> list[Line]:
    entries = [order for order in trading.working(thing.only) if not order.reduce_only]
    lines: list[Line] = []
    for order in entries:
        market = trading.market(order.symbol)
        at = price(order.price or order.stop_price, market.price_decimals if market is not None else 2)
        text = f"{size_text(order.quantity - order.filled_quantity)} {order.symbol} @ {at}"
        lines.append([Part(f"{order.side.upper()} ", side_tone(order.side)), Part(text)])
    exits = [order for order in trading.working(thing.only) if order.reduce_only]
    head = _head(f"CANCEL {counted(len(entries), 'working entry')}")
    return [head, [], *shortened(lines, listed), [Part(_what_stays(exits))]]


def _what_stays(exits: Sequence[Order]) -> str:
    if not exits:
        return "There is no exit that could stay: no stop works."
    has_stop = any(order.type in STOP_TYPES for order in exits)
    counted = "1 exit stays" if len(exits) == 1 else f"{len(exits)} exits stay"
    return f"{counted}: positions keep their stops." if has_stop else f"{counted}, and no stop is among them."


def _protect_lines(thing: Protect, trading: Trading) -> list[Line]:
    position, market = trading.position(thing.symbol), trading.market(thing.symbol)
    if position is None or market is None:
        return [flat(thing.symbol)]
    others = _beside(thing.symbol, market.price_decimals, trading)
    if thing.stop is None and thing.target is None:
        return [_head("NO PROTECTION: its stop and target are taken away"), *others]
    head = f"PROTECT {position.side.upper()} {size_text(position.quantity)} {thing.symbol}"
    levels = (("Stop  ", thing.stop, market.taker_fee), ("Target", thing.target, market.maker_fee))
    return [
        [Part(head, Tone.STRONG)],
        [],
        *(_level(name, at, rate, position, market, trading) for name, at, rate in levels),
        *(
            [[Part(f"! {passed.text}", Tone.ALERT)]]
            if (passed := wrong_side(position, market, thing.stop, thing.target))
            else []
        ),
        *others,
    ]


def kept_exits(symbol: str, trading: Trading) -> list[Line]:
    """The exits that their owner made by hand: no protection takes their place."""
    market = trading.market(symbol)
    kept = [order for order in trading.working(symbol) if order.reduce_only and not is_replaced(order)]
    if not kept or market is None:
        return []
    named = ", ".join(_exit(order, market.price_decimals) for order in kept)
    text = f"Beside it stays {named}: made by hand, and changed in the orders."
    return [[Part(line, Tone.MUTED)] for line in wrap(text, NOTE_WIDTH)]


def _beside(symbol: str, decimals: int, trading: Trading) -> list[Line]:
    """The exits that work now: whose place the protection takes, and those that their owner made by hand, which stay."""
    exits = [order for order in trading.working(symbol) if order.reduce_only]
    groups = (
        ("Replaces", [order for order in exits if is_replaced(order)]),
        ("Beside it stays", [order for order in exits if not is_replaced(order)]),
    )
    return [
        [Part(f"{words} {', '.join(_exit(order, decimals) for order in orders)}", Tone.MUTED)]
        for words, orders in groups
        if orders
    ]


def _exit(order: Order, decimals: int) -> str:
    """`stop 44,000.00 of 0.2`."""
    left = size_text(order.quantity - order.filled_quantity)
    at = level_of(order)
    where = "" if at is None else f" {price(at, decimals)}"
    return f"{type_name(order.type).lower()}{where} of {left}"


def _level(name: str, at: Decimal | None, rate: Decimal, position: Position, market: Market, trading: Trading) -> Line:
    if at is None:
        return [Part(f"{name}  none", Tone.ALERT if name.startswith("Stop") else Tone.MUTED)]
    outcome = net_at(position, at, rate)
    share = f"  {signed(percent(outcome, trading.equity), 2)}% of equity" if trading.equity else ""
    return [Part(f"{name}  {price(at, market.price_decimals)}  net ≈ "), _money(outcome), Part(share, Tone.MUTED)]


def _amend_lines(thing: Amend, trading: Trading) -> list[Line]:
    order, market = thing.order, trading.market(thing.symbol)
    decimals = market.price_decimals if market is not None else 2
    lines: list[Line] = [
        [
            Part("AMEND ", Tone.STRONG),
            Part(f"{order.side.upper()} ", side_tone(order.side)),
            Part(type_name(order.type)),
        ],
        [],
    ]
    name = "When " if waits(order) else "Price"
    if thing.price is not None:
        lines.append(
            [Part(f"{name}  {price(level_of(order), decimals)} → "), Part(price(thing.price, decimals), Tone.STRONG)]
        )
    if thing.quantity is not None:
        lines.append([Part(f"Size   {size_text(order.quantity)} → "), Part(size_text(thing.quantity), Tone.STRONG)])
    lines += _brought_lines(order, decimals)
    ticker = trading.desk.ticker(thing.symbol)
    if ticker is not None and market is not None and thing.price is not None:
        lines.append([Part(distance(thing.price, ticker, market.tick), Tone.MUTED)])
    keeps = thing.price is None and thing.quantity is not None and thing.quantity < order.quantity
    queue = "It keeps its place in the queue." if keeps else "It goes to the end of its new queue."
    return lines if waits(order) else [*lines, [Part(queue, Tone.MUTED)]]


def _brought_lines(order: Order, decimals: int) -> list[Line]:
    """The exits that an entry brings when it fills: they stay where they were."""
    stop = order.stop_loss.stop_price if order.stop_loss is not None else None
    target = order.take_profit.price if order.take_profit is not None else None
    named = [f"{name} {price(at, decimals)}" for name, at in (("stop", stop), ("target", target)) if at is not None]
    return [[Part(f"It brings its {' and '.join(named)}.", Tone.MUTED)]] if named else []


def _money(value: Decimal) -> Part:
    return Part(signed_money(value), sign_tone(value))
