"""One row of a recording, from its texts to values: seconds, prices on the market's tick, sizes on its lot."""

from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation

from server.domain.markets import Market
from server.marketdata.book_mirror import nearest_tick, quote_tick, whole_lots
from server.marketdata.layouts import Layout, LayoutKind
from tradeterm.protocol.times import parse_time
from tradeterm.protocol.vocabulary import Side

TradeRow = tuple[float, Side, Decimal, Decimal]  # seconds, aggressor, price, quantity
QuoteRow = tuple[float, Decimal, Decimal, Decimal, Decimal]  # seconds, bid, its size, ask, its size
ReadTrade = Callable[[Sequence[str]], TradeRow]
ReadQuote = Callable[[Sequence[str]], QuoteRow]

REMEMBERED = 20_000  # texts of prices and sizes that are not read twice
HIGHEST_PRICE, LARGEST_SIZE = Decimal("1e12"), Decimal("1e15")
# What reading a row raises when it is none.
UNREADABLE = (ValueError, LookupError, InvalidOperation, ArithmeticError)


def trade_reader(layout: Layout, market: Market) -> ReadTrade:
    """What reads a row of trades. It raises UNREADABLE."""
    time, price, quantity, side = layout.columns
    sides, prices, sizes = layout.sides, Prices(market.tick), Sizes(market.lot)

    def read(row: Sequence[str]) -> TradeRow:
        return seconds(row[time]), sides[row[side].lower()], prices[row[price]], sizes[row[quantity]]

    return read


def quote_reader(layout: Layout, market: Market) -> ReadQuote:
    """What reads a row of quotes. It raises UNREADABLE, also for a touch that is crossed or has one side only."""
    time, bid, bid_size, ask, ask_size = layout.columns
    sizes, tick = Sizes(market.lot), market.tick

    def read(row: Sequence[str]) -> QuoteRow:
        bids, asks = Decimal(row[bid]), Decimal(row[ask])
        if not 0 < bids < asks < HIGHEST_PRICE:
            raise ValueError("no market has this touch")
        return (
            seconds(row[time]),
            quote_tick(Side.BUY, bids, tick),
            sizes[row[bid_size]],
            quote_tick(Side.SELL, asks, tick),
            sizes[row[ask_size]],
        )

    return read


def reader(layout: Layout, market: Market) -> ReadTrade | ReadQuote:
    """What reads a row of the layout's kind."""
    return trade_reader(layout, market) if layout.kind is LayoutKind.TRADES else quote_reader(layout, market)


def seconds(text: str) -> float:
    """Since 1970: a number of seconds, or of a finer unit, told by its size row by row; or RFC 3339. Raises UNREADABLE."""
    try:
        number = float(text)
    except ValueError:
        return parse_time(text).timestamp()
    if number < 1e11:
        if number >= 0:
            return number
    elif number < 1e14:
        return number * 1e-3
    elif number < 1e17:
        return number * 1e-6
    elif number < 1e20:
        return number * 1e-9
    raise ValueError(f"{text} is no time")


class Prices(dict[str, Decimal]):
    """Price texts as prices on the market's tick. A market trades at few prices, over and over."""

    def __init__(self, tick: Decimal) -> None:
        super().__init__()
        self._tick = tick

    def __missing__(self, text: str) -> Decimal:
        price = Decimal(text)
        if not 0 < price < HIGHEST_PRICE:
            raise ValueError(f"{text} is no price")
        if len(self) > REMEMBERED:
            self.clear()
        self[text] = price = nearest_tick(price, self._tick)
        return price


class Sizes(dict[str, Decimal]):
    """Size texts as sizes on the market's lot."""

    def __init__(self, lot: Decimal) -> None:
        super().__init__()
        self._lot = lot

    def __missing__(self, text: str) -> Decimal:
        size = Decimal(text)
        if not 0 < size < LARGEST_SIZE:
            raise ValueError(f"{text} is no size")
        if len(self) > REMEMBERED:
            self.clear()
        self[text] = size = whole_lots(size, self._lot)
        return size
