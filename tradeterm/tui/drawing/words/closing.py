"""Reviews of what closes positions: one, all, all and a halt, or one turned round. Pure reading of what is known."""

from collections.abc import Sequence
from decimal import Decimal

from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.market import Market
from tradeterm.protocol.orders import Order
from tradeterm.protocol.positions import Position
from tradeterm.protocol.vocabulary import STOP_TYPES
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.parts import Line, Part
from tradeterm.tui.drawing.tones import side_tone, sign_tone
from tradeterm.tui.drawing.words.cost_and_risk import cost_line, market_line, walk_lines
from tradeterm.tui.format import counted, price, signed_money, size_text
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.levels import level_of
from tradeterm.tui.orders.position_effect import effect
from tradeterm.tui.orders.sendable import Close, Reverse
from tradeterm.tui.orders.way_out import WayOut, way_out

LISTED = 12  # of what is many, where there is room


def close_lines(close: Close, trading: Trading) -> list[Line]:
    """One position at the market."""
    position, market = trading.position(close.symbol), trading.market(close.symbol)
    if position is None or market is None:
        return [flat(close.symbol)]
    out = way_out(trading.desk, market, position)
    known = out.known
    return [
        _head(out),
        [Part("reduce-only, at the market")],
        [],
        [Part(f"closes {_size(position)}", Tone.STRONG)],
        [*_net_part(out, market), Part(f"   Entry {_at(position.entry_price, market)}", Tone.MUTED)],
        cost_line(known, is_way_out=True),
        *walk_lines(known, market),
        market_line(market, trading.desk.ticker(close.symbol), None),
        *_orders_go(trading, close.symbol, market),
    ]


def reverse_lines(reverse: Reverse, trading: Trading) -> list[Line]:
    """One position closed, and the same size opened on the other side, by one order."""
    position, market = trading.position(reverse.symbol), trading.market(reverse.symbol)
    if position is None or market is None:
        return [flat(reverse.symbol)]
    out = way_out(trading.desk, market, position, times=2)
    return [
        _head(out),
        [],
        [Part(effect(trading.held(reverse.symbol), out.order.side, out.order.quantity), Tone.ALERT)],
        [Part(f"closes {_size(position)} "), *_net_part(out, market)],
        cost_line(out.known),
        *walk_lines(out.known, market),
        market_line(market, trading.desk.ticker(reverse.symbol), None),
        *_orders_go(trading, reverse.symbol, market),
    ]


def close_all_lines(trading: Trading, listed: int = LISTED) -> list[Line]:
    """Every position, as many as are `listed` with what each will have made."""
    exits = sum(order.reduce_only for order in trading.working())
    return [
        [Part("FLATTEN ALL at the market", Tone.ALERT)],
        [],
        *_all_out(trading, listed),
        *entries_go(trading, None),
        *([[Part(f"cancels {counted(exits, 'exit')}", Tone.MUTED)]] if exits else []),
    ]


def kill_lines(trading: Trading, listed: int = LISTED) -> list[Line]:
    """Every order and every position, and no new ones."""
    count = len(trading.working())
    return [
        [Part("KILL: cancel all, flatten all, halt the account", Tone.ALERT)],
        [],
        *_all_out(trading, listed),
        *([[Part(f"! cancels {counted(count, 'order')}, exits too", Tone.ALERT)]] if count else []),
        [Part("Nothing is traded any more until :unlock.")],
    ]


def flat(symbol: str) -> Line:
    """The position has gone while its review was open."""
    return [Part(f"{symbol} is flat already.", Tone.STRONG)]


def entries_go(trading: Trading, symbol: str | None) -> list[Line]:
    """How many entries have to go first; nothing where there is none."""
    count = sum(not order.reduce_only for order in trading.working(symbol))
    of = "" if symbol is None else f" of {symbol}"
    return [[Part(f"! cancels {counted(count, 'working entry')}{of} first", Tone.ALERT)]] if count else []


def _orders_go(trading: Trading, symbol: str, market: Market) -> list[Line]:
    exits = [order for order in trading.working(symbol) if order.reduce_only]
    gone: list[Line] = [[Part(f"cancels its {_exit_words(exits, market)}", Tone.MUTED)]] if exits else []
    return [*gone, *entries_go(trading, symbol)]


def _exit_words(exits: Sequence[Order], market: Market) -> str:
    """`stop 44,000.00 and target 46,000.00`; of more than two, how many."""
    if len(exits) > 2:
        return f"{len(exits)} exits"
    names = [f"{'stop' if one.type in STOP_TYPES else 'target'} {_at(level_of(one), market)}" for one in exits]
    return " and ".join(sorted(names))


def shortened(lines: Sequence[Line], listed: int) -> list[Line]:
    """The first so many of a list, and how many more there are."""
    more = len(lines) - listed
    return [*lines[:listed], [Part(f"and {more} more", Tone.MUTED)]] if more > 0 else [*lines]


def _all_out(trading: Trading, listed: int) -> list[Line]:
    """`closes LONG 0.5 BTC/USD at ≈ 45,012.50: net +6.73`, and the sum of all where it is known."""
    held = [(one, market) for one in trading.desk.positions() if (market := trading.market(one.symbol)) is not None]
    outs = [(one, market, way_out(trading.desk, market, one)) for one, market in held]
    each: list[Line] = [
        [Part(f"closes {_size(one)} {one.symbol} "), *_net_part(out, market)] for one, market, out in outs
    ]
    lines = shortened(each, listed)
    nets = [out.net for _, _, out in outs if out.net is not None]
    if not nets or len(nets) < len(outs):
        return lines
    return [*lines, [Part("Net of all ≈ ", Tone.STRONG), _money(sum(nets, ZERO))]]


def _head(out: WayOut) -> Line:
    order = out.order
    size = f"MARKET  {size_text(order.quantity)} {order.symbol}"
    return [Part(f"{order.side.upper()} ", side_tone(order.side)), Part(size, Tone.STRONG)]


def _size(position: Position) -> str:
    return f"{position.side.upper()} {size_text(position.quantity)}"


def _net_part(out: WayOut, market: Market) -> Line:
    return [Part(f"at ≈ {_at(out.at, market)}: net "), _money(out.net)]


def _at(value: Decimal | None, market: Market) -> str:
    return price(value, market.price_decimals)


def _money(value: Decimal | None) -> Part:
    return Part(signed_money(value), sign_tone(value))
