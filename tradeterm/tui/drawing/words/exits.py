"""Reviews of what is no new order: ways out, new totals, protection. Pure reading of what is known."""

from decimal import Decimal

from tradeterm.protocol.arithmetic import ZERO, percent
from tradeterm.protocol.market import Market
from tradeterm.protocol.money import quantity_text
from tradeterm.protocol.positions import Position
from tradeterm.protocol.vocabulary import PositionSide, Side
from tradeterm.tui.drawing.order_rows import total_net
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.parts import Line, Part
from tradeterm.tui.drawing.tones import side_tone, sign_tone
from tradeterm.tui.format import price, signed, signed_money
from tradeterm.tui.orders.draft import distance
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.levels import level_of, waits
from tradeterm.tui.orders.position_effect import effect
from tradeterm.tui.orders.sendable import Amend, CancelEntries, CloseAll, Kill, Protect, Reverse

Leaving = CloseAll | Reverse | CancelEntries | Kill | Protect | Amend


def leaving_lines(thing: Leaving, trading: Trading) -> list[Line]:
    """What it does, in words, and what it costs as far as that is known."""
    match thing:
        case CloseAll():
            return [_head("FLATTEN ALL at the market"), [], *_positions(trading), *_entries_go(trading, None)]
        case Kill():
            words = "KILL: cancel all, flatten all, halt the account"
            return [_head(words), [], *_positions(trading), [Part("Only `tradeterm resume` lets it trade again.")]]
        case CancelEntries():
            return _cancel_lines(thing, trading)
        case Reverse():
            return _reverse_lines(thing, trading)
        case Protect():
            return _protect_lines(thing, trading)
        case Amend():
            return _amend_lines(thing, trading)


def _head(text: str) -> Line:
    return [Part(text, Tone.ALERT)]


def _positions(trading: Trading) -> list[Line]:
    positions = trading.desk.positions()
    lines: list[Line] = [
        [Part(f"closes {one.side.upper()} {quantity_text(one.quantity)} {one.symbol}  net "), _money(one.net_total_pnl)]
        for one in positions
    ]
    return [*lines, [Part("Net of all so far ", Tone.STRONG), _money(total_net(positions))]] if positions else lines


def _entries_go(trading: Trading, symbol: str | None) -> list[Line]:
    count = sum(not order.reduce_only for order in trading.working(symbol))
    return (
        [[Part(f"! cancels {count} working {'entry' if count == 1 else 'entries'} first", Tone.ALERT)]] if count else []
    )


def _cancel_lines(thing: CancelEntries, trading: Trading) -> list[Line]:
    entries = [order for order in trading.working(thing.only) if not order.reduce_only]
    exits = len(trading.working(thing.only)) - len(entries)
    lines: list[Line] = [_head(f"CANCEL {len(entries)} working {'entry' if len(entries) == 1 else 'entries'}"), []]
    for order in entries[:8]:
        market = trading.market(order.symbol)
        at = price(order.price or order.stop_price, market.price_decimals if market is not None else 2)
        text = f"{quantity_text(order.quantity - order.filled_quantity)} {order.symbol} @ {at}"
        lines.append([Part(f"{order.side.upper()} ", side_tone(order.side)), Part(text)])
    more = len(entries) - 8
    lines += [[Part(f"and {more} more", Tone.MUTED)]] if more > 0 else []
    return [*lines, [Part(f"{exits} {'exit stays' if exits == 1 else 'exits stay'}: positions keep their stops.")]]


def _reverse_lines(thing: Reverse, trading: Trading) -> list[Line]:
    position, market = trading.position(thing.symbol), trading.market(thing.symbol)
    if position is None or market is None:
        return [[Part(f"{thing.symbol} is flat already.", Tone.STRONG)]]
    side = Side.SELL if position.side is PositionSide.LONG else Side.BUY
    size = position.quantity * 2
    return [
        [Part(f"{side.upper()} ", side_tone(side)), Part(f"MARKET  {quantity_text(size)} {thing.symbol}", Tone.STRONG)],
        [],
        [Part(effect(trading.held(thing.symbol), side, size), Tone.ALERT)],
        [Part("Net so far "), _money(position.net_total_pnl)],
        *_entries_go(trading, thing.symbol),
    ]


def _protect_lines(thing: Protect, trading: Trading) -> list[Line]:
    position, market = trading.position(thing.symbol), trading.market(thing.symbol)
    if position is None or market is None:
        return [[Part(f"{thing.symbol} is flat already.", Tone.STRONG)]]
    if thing.stop is None and thing.target is None:
        return [_head("NO PROTECTION: its stop and target are taken away")]
    head = f"PROTECT {position.side.upper()} {quantity_text(position.quantity)} {thing.symbol}"
    levels = (("Stop  ", thing.stop), ("Target", thing.target))
    return [[Part(head, Tone.STRONG)], [], *(_level(name, at, position, market, trading) for name, at in levels)]


def _level(name: str, at: Decimal | None, position: Position, market: Market, trading: Trading) -> Line:
    if at is None:
        return [Part(f"{name}  none", Tone.ALERT if name.startswith("Stop") else Tone.MUTED)]
    sign = 1 if position.side is PositionSide.LONG else -1
    outcome = (at - position.entry_price) * position.quantity * sign + (position.net_realized_pnl or ZERO)
    share = f"  {signed(percent(outcome, trading.equity), 2)}% of equity" if trading.equity else ""
    return [Part(f"{name}  {price(at, market.price_decimals)}  net ≈ "), _money(outcome), Part(share, Tone.MUTED)]


def _amend_lines(thing: Amend, trading: Trading) -> list[Line]:
    order, market = thing.order, trading.market(thing.symbol)
    decimals = market.price_decimals if market is not None else 2
    lines: list[Line] = [
        [Part("AMEND ", Tone.STRONG), Part(f"{order.side.upper()} ", side_tone(order.side)), Part(order.type.upper())],
        [],
    ]
    name = "When " if waits(order) else "Price"
    if thing.price is not None:
        lines.append(
            [Part(f"{name}  {price(level_of(order), decimals)} → "), Part(price(thing.price, decimals), Tone.STRONG)]
        )
    if thing.quantity is not None:
        lines.append(
            [Part(f"Size   {quantity_text(order.quantity)} → "), Part(quantity_text(thing.quantity), Tone.STRONG)]
        )
    ticker = trading.desk.ticker(thing.symbol)
    if ticker is not None and market is not None and thing.price is not None:
        lines.append([Part(distance(thing.price, ticker, market.tick), Tone.MUTED)])
    keeps = thing.price is None and thing.quantity is not None and thing.quantity < order.quantity
    queue = "It keeps its place in the queue." if keeps else "It goes to the end of its new queue."
    return lines if waits(order) else [*lines, [Part(queue, Tone.MUTED)]]


def _money(value: Decimal) -> Part:
    return Part(signed_money(value), sign_tone(value))
