"""One row of a recording, from its texts to values: seconds, prices on the market's tick, sizes on its lot."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from decimal import Decimal, InvalidOperation

from server.domain.markets import Market
from server.marketdata.book_mirror import nearest_tick, quote_tick, whole_lots
from server.marketdata.recordings.layouts import SIDES, Layout, LayoutKind
from tradeterm.protocol.times import parse_time
from tradeterm.protocol.vocabulary import Side

TradeRow = tuple[float, Side, Decimal, Decimal]  # seconds, aggressor, price, quantity
QuoteRow = tuple[float, Decimal, Decimal, Decimal, Decimal]  # seconds, bid, its size, ask, its size
PlacedRow = tuple[
    float, int, TradeRow | QuoteRow
]  # seconds, the exchange's number of it among those of one time, itself
ReadTime = Callable[[Sequence[str]], float]
ReadRow = Callable[[Sequence[str]], PlacedRow]

UNNUMBERED = -1
LATEST_S = 1e11  # from there on a number is a time in a finer unit
REMEMBERED = 20_000  # texts of prices and sizes that are not read twice
HIGHEST_PRICE, LARGEST_SIZE = Decimal("1e12"), Decimal("1e15")
# What reading a row raises when it is none.
UNREADABLE = (ValueError, LookupError, InvalidOperation, ArithmeticError)


def reader(layout: Layout, market: Market) -> ReadRow:
    """What reads a row of the layout's kind. It raises UNREADABLE."""
    return _trade_reader(layout, market) if layout.kind is LayoutKind.TRADES else _quote_reader(layout, market)


def _trade_reader(layout: Layout, market: Market) -> ReadRow:
    time, price, quantity, side = layout.columns
    sides, prices, sizes = layout.sides, Prices(market.tick), Sizes(market.lot)
    number = _numbered(layout)

    def read(row: Sequence[str]) -> PlacedRow:
        at = seconds(row[time])
        return at, number(row), (at, sides[row[side].lower()], prices[row[price]], sizes[row[quantity]])

    return read


def _quote_reader(layout: Layout, market: Market) -> ReadRow:
    """It refuses a touch that is crossed or has one side only as well."""
    time, bid, bid_size, ask, ask_size = layout.columns
    sizes, tick = Sizes(market.lot), market.tick
    number = _numbered(layout)

    def read(row: Sequence[str]) -> PlacedRow:
        bids, asks = Decimal(row[bid]), Decimal(row[ask])
        if not 0 < bids < asks < HIGHEST_PRICE:
            raise ValueError("no market has this touch")
        at = seconds(row[time])
        quote = (
            at,
            quote_tick(Side.BUY, bids, tick),
            sizes[row[bid_size]],
            quote_tick(Side.SELL, asks, tick),
            sizes[row[ask_size]],
        )
        return at, number(row), quote

    return read


def time_reader(layout: Layout) -> ReadTime:
    """What reads when a row was, and nothing else of it but what tells its layout. It raises UNREADABLE."""
    time = layout.columns[0]
    if layout.kind is LayoutKind.QUOTES:
        return lambda row: seconds(row[time])
    side, sides = layout.columns[3], layout.sides

    def read(row: Sequence[str]) -> float:
        if row[side].lower() not in sides:
            raise ValueError(f"{row[side]} is no side")
        return seconds(row[time])

    return read


def _numbered(layout: Layout) -> Callable[[Sequence[str]], int]:
    """What reads the exchange's number of a row: UNNUMBERED where it has none."""
    column = layout.number
    if column is None:
        return lambda row: UNNUMBERED

    def number(row: Sequence[str]) -> int:
        with suppress(ValueError):
            return int(row[column])
        return UNNUMBERED

    return number


def seconds(text: str) -> float:
    """Since 1970: a number of seconds, or of a finer unit, told by its size row by row; or RFC 3339. Raises UNREADABLE.

    One moment is one number in whatever unit it is written: divided, for that is rounded once.
    """
    try:
        number = float(text)
    except ValueError:
        number = parse_time(text).timestamp()
        if number >= LATEST_S:
            raise ValueError(f"{text} is no time of any market") from None
    if number < LATEST_S:
        if number >= 0:
            return number
    elif number < 1e14:
        return number / 1e3
    elif number < 1e17:
        return number / 1e6
    elif number < 1e20:
        return float(Decimal(text).scaleb(-9))  # so many digits no float holds: it was rounded before it is divided
    raise ValueError(f"{text} is no time")


# ------------------------------------------------------------ rows that are put aside


def aside_layout(kind: LayoutKind) -> Layout:
    """How `aside_text` writes rows of that kind: the kind's names in their order, and the number behind them."""
    count = len(kind.value)
    return Layout(kind, tuple(range(count)), SIDES, has_header=True, number=count)


def aside_text(placed: PlacedRow) -> str:
    """A row as a line of text, for a reader of `aside_layout`."""
    _, number, row = placed
    if len(row) == 4:
        time, side, price, quantity = row
        return f"{time!r},{price},{quantity},{side.value},{number}\n"
    time, *values = row
    return f"{time!r},{','.join(map(str, values))},{number}\n"


# ------------------------------------------------------------ texts that come over and over


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
