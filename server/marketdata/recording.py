"""Reads a recorded market from a file, row by row: trades, or best bid and ask. Knows formats, and nothing of orders.

A file is CSV, plain or compressed (gzip, or a zip of one file), however large: one row is in memory at a time. With a
header its columns are found by name; without one by their number, as Binance publishes its files:

    aggTrades    id, price, quantity, first id, last id, time, buyer is maker[, best match]
    trades       id, price, quantity, quote quantity, time, buyer is maker[, best match]
    plain trades `time,price,quantity,side`            side is the aggressor's: buy or sell
    plain quotes `time,bid,bid_size,ask,ask_size`

Times are RFC 3339, or a number since 1970: seconds, or milli-, micro- or nanoseconds, told apart by their size. Prices
and sizes are brought on the market's tick and lot. A row that cannot be read is skipped and counted.
"""

import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from pathlib import Path
from typing import IO

import structlog

from server.domain.markets import Market
from server.marketdata.book_mirror import nearest_tick, quote_tick, whole_lots
from tradeterm.protocol.times import parse_time
from tradeterm.protocol.vocabulary import Side

log = structlog.get_logger(__name__)

REMEMBERED = 20_000  # texts of prices and sizes that are not read twice
UNREADABLE = (ValueError, IndexError, InvalidOperation, ArithmeticError)
BROKEN = (OSError, EOFError, zlib.error, csv.Error, UnicodeDecodeError, zipfile.BadZipFile)
NAMES = {
    "time": {"time", "timestamp", "transact_time", "transaction_time"},
    "price": {"price"},
    "quantity": {"quantity", "qty", "size", "amount"},
    "side": {"side", "is_buyer_maker", "isbuyermaker"},
    "bid": {"bid", "best_bid_price"},
    "bid_size": {"bid_size", "best_bid_qty"},
    "ask": {"ask", "best_ask_price"},
    "ask_size": {"ask_size", "best_ask_qty"},
}
SIDES = {"buy": Side.BUY, "sell": Side.SELL}
BUYER_IS_MAKER = {"true": Side.SELL, "false": Side.BUY, "1": Side.SELL, "0": Side.BUY}

TradeRow = tuple[float, Side, Decimal, Decimal]  # seconds, aggressor, price, quantity
QuoteRow = tuple[float, Decimal, Decimal, Decimal, Decimal]  # seconds, bid, its size, ask, its size


class Kind(Enum):
    TRADES = ("time", "price", "quantity", "side")
    QUOTES = ("time", "bid", "bid_size", "ask", "ask_size")


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns of a file hold what, in the order of the kind's names."""

    kind: Kind
    columns: tuple[int, ...]
    sides: dict[str, Side]
    has_header: bool


class Recording:
    """One file of one market. Raises ValueError, one sentence, for a file that is no recording."""

    def __init__(self, path: Path, market: Market) -> None:
        self._path, self._market = path, market
        self.skipped = 0
        try:
            first = self._first_rows()
        except BROKEN as error:
            raise ValueError(f"the recording {path} cannot be read: {_reason(error)}") from None
        if not first:
            raise ValueError(f"the recording {path} is empty")
        self._layout = layout_of(first[0], path)
        rows = first[1:] if self._layout.has_header else first[:1]
        if not rows:
            raise ValueError(f"the recording {path} has no rows")
        try:
            self._unit = _unit(rows[0][self._layout.columns[0]])
            self.opening = self._opening(rows[0])
        except UNREADABLE:
            raise ValueError(f"the recording {path} does not begin with a row of {self._words()}") from None

    @property
    def kind(self) -> Kind:
        return self._layout.kind

    def trades(self) -> Iterator[TradeRow]:
        """Every trade, oldest first."""
        time, price, quantity, side = self._layout.columns
        sides, prices, sizes, lot = self._layout.sides, self._prices(), dict[str, Decimal](), self._market.lot
        for row in self._rows():
            try:
                size = sizes.get(row[quantity])
                if size is None:
                    if len(sizes) > REMEMBERED:
                        sizes.clear()
                    size = sizes[row[quantity]] = _size(row[quantity], lot)
                yield self._seconds(row[time]), sides[row[side].lower()], prices[row[price]], size
            except (KeyError, *UNREADABLE):
                self._skip(row)

    def quotes(self) -> Iterator[QuoteRow]:
        """Every change of the touch, oldest first; rows of a crossed or one-sided touch are skipped."""
        time, bid, bid_size, ask, ask_size = self._layout.columns
        tick, lot = self._market.tick, self._market.lot
        for row in self._rows():
            try:
                bids, asks = Decimal(row[bid]), Decimal(row[ask])
                if not 0 < bids < asks:
                    raise ValueError
                yield (
                    self._seconds(row[time]),
                    quote_tick(Side.BUY, bids, tick),
                    _size(row[bid_size], lot),
                    quote_tick(Side.SELL, asks, tick),
                    _size(row[ask_size], lot),
                )
            except UNREADABLE:
                self._skip(row)

    # ------------------------------------------------------------ rows

    def _rows(self) -> Iterator[list[str]]:
        """All rows but the header. A file that breaks off ends there."""
        try:
            with _opened(self._path) as file:
                rows = csv.reader(file)
                if self._layout.has_header:
                    next(rows, None)
                yield from rows
        except BROKEN as error:
            log.warning("the recording breaks off", path=str(self._path), reason=_reason(error))

    def _first_rows(self) -> list[list[str]]:
        with _opened(self._path) as file:
            rows = csv.reader(file)
            return [row for row in (next(rows, []), next(rows, [])) if row]

    def _skip(self, row: Sequence[str]) -> None:
        if row and not self.skipped:
            log.warning("a row of the recording cannot be read and is skipped, as are more", path=str(self._path))
        self.skipped += bool(row)

    # ------------------------------------------------------------ values

    def _seconds(self, text: str) -> float:
        return float(text) * self._unit if self._unit else parse_time(text).timestamp()

    def _prices(self) -> "Prices":
        return Prices(self._market.tick)

    def _opening(self, row: Sequence[str]) -> Decimal:
        """The first price: of the first trade, or between the first quotes. Also what finds an unreadable file out."""
        self._seconds(row[self._layout.columns[0]])
        if self.kind is Kind.TRADES:
            self._layout.sides[row[self._layout.columns[3]].lower()]
            return self._prices()[row[self._layout.columns[1]]]
        bid, ask = (Decimal(row[self._layout.columns[place]]) for place in (1, 3))
        return nearest_tick((bid + ask) / 2, self._market.tick)

    def _words(self) -> str:
        return ", ".join(self.kind.value)


class Prices(dict[str, Decimal]):
    """Price texts as prices on the market's tick. A market trades at few prices, over and over."""

    def __init__(self, tick: Decimal) -> None:
        super().__init__()
        self._tick = tick

    def __missing__(self, text: str) -> Decimal:
        price = Decimal(text)
        if not 0 < price < Decimal("1e12"):
            raise ValueError(f"{text} is no price")
        if len(self) > REMEMBERED:
            self.clear()
        self[text] = price = nearest_tick(price, self._tick)
        return price


def layout_of(first: Sequence[str], path: Path) -> Layout:
    """What a file's first row says of its columns. Raises ValueError."""
    names = [name.strip().lower().lstrip("\ufeff") for name in first]
    if not any(_is_number(name) for name in names[1:]):
        return _by_name(names, path)
    match len(first):
        case 4:
            return Layout(Kind.TRADES, (0, 1, 2, 3), SIDES, has_header=False)
        case 5:
            return Layout(Kind.QUOTES, (0, 1, 2, 3, 4), {}, has_header=False)
        case 6 | 7 if names[5] in BUYER_IS_MAKER:
            return Layout(Kind.TRADES, (4, 1, 2, 5), BUYER_IS_MAKER, has_header=False)
        case 7 | 8 if names[6] in BUYER_IS_MAKER:
            return Layout(Kind.TRADES, (5, 1, 2, 6), BUYER_IS_MAKER, has_header=False)
    raise ValueError(f"the recording {path} has {len(first)} columns without names, which is no known format")


def _by_name(names: Sequence[str], path: Path) -> Layout:
    for kind in Kind:
        found = [next((place for place, name in enumerate(names) if name in NAMES[what]), -1) for what in kind.value]
        if -1 not in found:
            sides = SIDES if kind is Kind.TRADES and names[found[3]] == "side" else BUYER_IS_MAKER
            return Layout(kind, tuple(found), sides, has_header=True)
    raise ValueError(f"the recording {path} names no columns for {' or for '.join(', '.join(k.value) for k in Kind)}")


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    """The text of a file, whatever it is packed in."""
    with path.open("rb") as raw:
        start = raw.read(4)
        raw.seek(0)
        if start[:2] == b"\x1f\x8b":
            with gzip.open(raw, "rt", encoding="utf-8", newline="") as text:
                yield text
        elif start == b"PK\x03\x04":
            with zipfile.ZipFile(raw) as packed, packed.open(packed.namelist()[0]) as inner:
                yield io.TextIOWrapper(inner, encoding="utf-8", newline="")
        else:
            yield io.TextIOWrapper(raw, encoding="utf-8", newline="")


def _unit(text: str) -> float:
    """The unit of a numeric time in seconds; 0 for a written date."""
    with suppress(ValueError):
        number = abs(float(text))
        return next((unit for least, unit in ((1e17, 1e-9), (1e14, 1e-6), (1e11, 1e-3)) if number >= least), 1.0)
    return 0.0


def _size(text: str, lot: Decimal) -> Decimal:
    size = Decimal(text)
    if not 0 < size < Decimal("1e15"):
        raise ValueError(f"{text} is no size")
    return whole_lots(size, lot)


def _is_number(text: str) -> bool:
    with suppress(ValueError):
        float(text)
        return True
    return False


def _reason(error: Exception) -> str:
    """Without the path, which the sentence names."""
    return str(getattr(error, "strerror", None) or error) or type(error).__name__
