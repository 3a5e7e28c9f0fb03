"""What an order is expected to cost and to risk, as lines: the same words in the ticket, the review and the order line. Pure."""

from decimal import Decimal

from tradeterm.protocol.arithmetic import HUNDRED, ZERO, divide, percent
from tradeterm.protocol.market import Market, Ticker
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.desk.port import DeskReads
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.parts import Line, Part
from tradeterm.tui.drawing.tones import sign_tone
from tradeterm.tui.format import fixed, money, price, signed_money, size_text
from tradeterm.tui.orders.draft import distance
from tradeterm.tui.orders.expected import Expected, exit_outcome, most_of
from tradeterm.tui.orders.position_effect import is_way_out

LEVERAGE_WARNING = Decimal(2)


def cost_line(known: Expected | None, *, is_way_out: bool = False) -> Line:
    """Cost, fee, and the leverage after it where there is room; what only closes costs nothing but its fee."""
    if known is None:
        return [Part("Cost not known: no price yet", Tone.ALERT)]
    leverage = "" if known.leverage is None else f" lev {fixed(known.leverage, 2)}x"
    name = "Value" if is_way_out else "Cost"
    return [Part(f"{name} {money(known.value)} Fee ≈ {money(known.fee)}"), Part(leverage, Tone.MUTED, rank=1)]


def leverage_warning(known: Expected | None) -> str | None:
    if known is None or known.leverage is None or known.leverage <= LEVERAGE_WARNING:
        return None
    return f"leverage {fixed(known.leverage, 2)}x is above {LEVERAGE_WARNING}x"


def above_most(request: OrderRequest, desk: DeskReads, market: Market) -> str | None:
    """`more than max, which is 2.2221 BTC`: what the word `max` would come to, where more is asked for."""
    most = most_of(desk, market, request)
    if most is None or request.quantity <= most:
        return None
    return f"more than max, which is {size_text(most)} {market.base}"


def has_vain_exits(request: OrderRequest, words: str) -> bool:
    """Does an order that only closes, by the `words` of its effect, bring exits? Those are made of what it opens: nothing."""
    return is_way_out(words) and (request.stop_loss is not None or request.take_profit is not None)


VAIN_EXITS = "! it only closes: no stop and no target comes of it"


def walk_lines(known: Expected | None, market: Market) -> list[Line]:
    """What it does to the book: the average, and what that costs more than the best price; nothing where it does neither."""
    if known is None:
        return []
    lines: list[Line] = []
    met = known.walk
    if met.levels > 1 and met.average is not None:
        average = price(met.average, market.price_decimals)
        share = fixed(divide(met.slippage * HUNDRED, met.value), 3)
        lines.append(
            [
                Part(f"≈ {average} avg", Tone.STRONG),
                Part(f"  {met.levels} levels,", rank=2),
                Part(f" slippage {money(met.slippage)}"),
                Part(f" ({share}%)", rank=1),
            ]
        )
    if known.lapses:
        there = f"only {size_text(known.quantity)} is" if known.quantity else "nothing is"
        rest = "the rest" if known.quantity else "all of it"
        lines.append([Part(f"! {there} there now: {rest} expires", Tone.ALERT)])
    if known.beyond:
        lines.append([Part(f"! {size_text(known.beyond)} beyond the known book", Tone.ALERT)])
    return lines


def market_line(market: Market, ticker: Ticker | None, limit: Decimal | None) -> Line:
    if ticker is None:
        return [Part("No market data yet", Tone.ALERT)]
    away = "" if limit is None else "   " + distance(limit, ticker, market.tick)
    quotes = f"{price(ticker.bid, market.price_decimals)} / {price(ticker.ask, market.price_decimals)}"
    return [Part(f"Market {quotes}", Tone.ALERT if ticker.stale else Tone.MUTED), Part(away, Tone.MUTED)]


def stop_note(known: Expected, side: Side, at: Decimal, market: Market, equity: Decimal | None) -> Line:
    """What the stop loses, in money and in percent of equity: `-112.32  0.11%`."""
    outcome = exit_outcome(known, side, at, market.taker_fee)
    share = f"  {fixed(abs(percent(outcome, equity)), 2)}%" if equity else ""
    return [Part(signed_money(outcome), sign_tone(outcome)), Part(share, Tone.MUTED, rank=2)]


def target_note(known: Expected, side: Side, at: Decimal, market: Market, stop: Decimal | None) -> Line:
    """What the target makes, and how many times what the stop loses, both with all fees: `+994.75  1.97R net`. Who said `2r`
    counted prices alone."""
    outcome = exit_outcome(known, side, at, market.maker_fee)
    lost = ZERO if stop is None else -exit_outcome(known, side, stop, market.taker_fee)
    times = f"  {fixed(divide(outcome, lost), 2)}R net" if lost > 0 else ""
    return [Part(signed_money(outcome), sign_tone(outcome)), Part(times, Tone.MUTED, rank=2)]
