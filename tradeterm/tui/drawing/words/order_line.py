"""What an order line would do, under it while it is typed: the order, its effect and cost, its exits; or a caret and a word."""

from collections.abc import Sequence
from datetime import datetime

from tradeterm.protocol.alerts import Alert
from tradeterm.protocol.market import Market
from tradeterm.protocol.money import quantity_text
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.vocabulary import AlertCondition, OrderType, TimeInForce
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.parts import Line, Part
from tradeterm.tui.drawing.tones import side_tone
from tradeterm.tui.drawing.words.cost_and_risk import (
    VAIN_EXITS,
    above_most,
    cost_line,
    has_vain_exits,
    stop_note,
    target_note,
)
from tradeterm.tui.format import moment, price, size_text
from tradeterm.tui.orders.expected import Expected, expected
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.position_effect import effect, is_alarming, is_way_out

_NAMES = {
    OrderType.STOP: "stop entry",
    OrderType.STOP_LIMIT: "stop-limit entry",
    OrderType.TAKE_PROFIT: "take-profit entry",
    OrderType.TAKE_PROFIT_LIMIT: "take-profit-limit entry",
    OrderType.TRAILING_STOP: "trailing stop",
}


def refusal_lines(at: int, text: str, offset: int) -> list[Line]:
    """A caret under the column, where the line begins `offset` cells in, and the sentence."""
    return [[Part(" " * (offset + at) + "^", Tone.ALERT)], [Part(" " * offset + text, Tone.ALERT)]]


def alerts_line(alerts: Sequence[Alert]) -> Line:
    """The alerts that wait, as many as there is room for."""
    if not alerts:
        return [Part("No alert waits.", Tone.MUTED)]
    signs = {AlertCondition.ABOVE: ">", AlertCondition.BELOW: "<"}
    texts = [f"{one.symbol} {signs[one.condition]} {one.price:,}   " for one in alerts]
    return [Part(f"{len(alerts)} wait: ", Tone.MUTED), *(Part(text, rank=n) for n, text in enumerate(texts, 1))]


def order_preview(request: OrderRequest, trading: Trading) -> list[Line]:
    """The order in words; its effect and what it costs; what its exits would win or lose."""
    market = trading.market(request.symbol)
    assert market is not None, "the line was resolved in a market that is known"
    known = expected(trading.desk, market, request)
    words = effect(trading.held(request.symbol), request.side, request.quantity, reduce_only=request.reduce_only)
    return [
        [
            Part(f"{request.side.upper()} ", side_tone(request.side)),
            Part(f"{size_text(request.quantity)} {request.symbol}  ", Tone.STRONG),
            Part(_terms(request, market, trading.clocks.now())),
        ],
        [
            Part(f"{words}   ", Tone.ALERT if is_alarming(words) else Tone.STRONG),
            *([Part(f"! {above}   ", Tone.ALERT)] if (above := above_most(request, trading.desk, market)) else []),
            *cost_line(known, is_way_out=is_way_out(words)),
        ],
        _exits(request, trading, market, known, words) if known is not None else [],
    ]


def _terms(request: OrderRequest, market: Market, now: datetime) -> str:
    kind = _NAMES.get(request.type, request.type.value)
    wakes = f" when {price(request.stop_price, market.price_decimals)}" if request.stop_price is not None else ""
    if request.trail_percent is not None:
        wakes = f" {quantity_text(request.trail_percent)}% behind"
    elif request.trail_amount is not None:
        wakes = f" {price(request.trail_amount, market.price_decimals)} behind"
    limit = f" @ {price(request.price, market.price_decimals)}" if request.price is not None else ""
    tif = request.time_in_force or TimeInForce.GTC
    until = f" {moment(request.expire_at, now)}" if request.expire_at is not None else ""
    flags = ("  post-only" if request.post_only else "") + ("  reduce-only" if request.reduce_only else "")
    return f"{kind}{wakes}{limit}  {tif.upper()}{until}{flags}"


def _exits(request: OrderRequest, trading: Trading, market: Market, known: Expected, words: str) -> Line:
    """`stop 44,000.00 -1,231.40 1.23%   tp …`: the fees of both ways are in the money."""
    if has_vain_exits(request, words):
        return [Part(VAIN_EXITS, Tone.ALERT)]
    parts: list[Part] = []
    stop = None if request.stop_loss is None else request.stop_loss.stop_price
    if stop is not None:
        note = stop_note(known, request.side, stop, market, trading.equity)
        parts += [Part(f"stop {price(stop, market.price_decimals)} ", Tone.MUTED), *note, Part("   ")]
    if request.take_profit is not None:
        target = request.take_profit.price
        note = target_note(known, request.side, target, market, stop)
        parts += [Part(f"tp {price(target, market.price_decimals)} ", Tone.MUTED), *note]
    return parts
