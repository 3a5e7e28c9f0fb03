"""How far the market is from where an order stands, in a few cells. Pure."""

from decimal import Decimal

from tradeterm.protocol.arithmetic import divide
from tradeterm.protocol.market import Market, Ticker
from tradeterm.protocol.orders import Order
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.format import signed
from tradeterm.tui.orders.levels import level_of, waits

WIDTH = 5  # cells: `+999t`, `-2.3%`
MOST_TICKS = 999
HUNDRED = Decimal(100)


def away_text(order: Order, market: Market, ticker: Ticker | None) -> str:
    """`-4t`: what rests stands so many ticks from the best price of its own side; what waits for its trigger, that from the
    last trade. Percent where those are many; nothing where either is unknown."""
    level, at = level_of(order), _market_of(order, ticker)
    if level is None or not at:
        return ""
    ticks = int((level - at) / market.tick)
    if abs(ticks) <= MOST_TICKS:
        return f"{ticks:+}t" if ticks else "0t"
    percent = (level - at) * HUNDRED / at
    texts = (signed(percent, decimals) + "%" for decimals in (1, 0))
    return next((text for text in texts if len(text) <= WIDTH), "far")


def away_share(order: Order, ticker: Ticker | None) -> Decimal | None:
    """The same as a share of the market, whichever way: what stands nearest is least, in whatever market."""
    return share_between(level_of(order), _market_of(order, ticker))


def share_between(level: Decimal | None, at: Decimal | None) -> Decimal | None:
    """How far a level is from where the market is, as a share of that; None where either is unknown."""
    return None if level is None or not at else abs(divide(level - at, at))


def _market_of(order: Order, ticker: Ticker | None) -> Decimal | None:
    if ticker is None:
        return None
    if waits(order):
        return ticker.last
    return ticker.bid if order.side is Side.BUY else ticker.ask
