"""Reads a recorded market from a file, row by row: trades, or best bid and ask. Knows nothing of orders.

Files are taken as they are published and as people join them: packed (`packed_files`), with headers anywhere or none
(`layouts`), times in any unit from row to row (`recorded_rows`), out of order (`row_order`). A row that cannot be read
or placed is skipped; how many there were is logged when the file has been played.
"""

import csv
from collections.abc import Iterator, Sequence
from contextlib import suppress
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import IO, cast

import structlog

from server.domain.markets import Market
from server.marketdata.book_mirror import nearest_tick
from server.marketdata.layouts import ROUND, Layout, LayoutKind, UnknownLayout, delimiter_of, layout_of
from server.marketdata.packed_files import BROKEN, LineTooLong, texts
from server.marketdata.recorded_rows import UNREADABLE, QuoteRow, ReadQuote, ReadTrade, TradeRow, reader
from server.marketdata.row_order import InOrder

log = structlog.get_logger(__name__)

LEAD = 1_000  # rows among which the first one that can be read must be
LONGEST_RUN = 20_000  # rows without one that can be read: the rest of the file is something else
BLANK = ROUND + "\r\n\t"
ENDS_IT = (csv.Error, LineTooLong, *BROKEN)


class Recording:
    """One file of one market. Raises ValueError, one sentence, for a file that is no recording.

    `skipped` counts the rows that the last reading could not use: `unreadable`, or out of line.
    """

    def __init__(self, path: Path, market: Market) -> None:
        self._path, self._market = path, market
        self.unreadable = self.out_of_line = 0
        try:
            lead = list(islice(self._rows(), LEAD))
        except ENDS_IT as error:
            raise ValueError(f"the recording {path} cannot be read: {_reason(error)}") from None
        self._layout = self._layout_in(lead)
        opening = next(self._opening(), None)
        if opening is None:
            raise ValueError(f"the recording {path} {self._nothing_in(lead)}")
        self.opening = opening

    @property
    def kind(self) -> LayoutKind:
        return self._layout.kind

    @property
    def skipped(self) -> int:
        return self.unreadable + self.out_of_line

    def trades(self) -> Iterator[TradeRow]:
        """Every trade, oldest first."""
        return cast(Iterator[TradeRow], self._in_order())

    def quotes(self) -> Iterator[QuoteRow]:
        """Every change of the touch, oldest first; rows of a crossed or one-sided touch are skipped."""
        return cast(Iterator[QuoteRow], self._in_order())

    def since(self, time: float) -> Iterator[TradeRow | QuoteRow] | None:
        """What the file holds from its first row at `time` or later on; None where there is no such row."""
        rows = self._in_order()
        first = next((row for row in rows if row[0] >= time), None)
        return None if first is None else chain([first], rows)

    # ------------------------------------------------------------ what a file is

    def _layout_in(self, lead: Sequence[Sequence[str]]) -> Layout:
        """The layout of the first row that is a header or can be read. Raises ValueError."""
        wrong: UnknownLayout | None = None
        for row in lead:
            try:
                layout = layout_of(row)
                if not layout.has_header:
                    reader(layout, self._market)(_cleaned(row))
                return layout
            except UnknownLayout as error:
                wrong = wrong or (error if any(_cleaned(row)) else None)
            except UNREADABLE:
                wrong = wrong or UnknownLayout(f"does not begin with a row of {_words(layout.kind)}")
        raise ValueError(f"the recording {self._path} {wrong or 'is empty'}")

    def _nothing_in(self, lead: Sequence[Sequence[str]]) -> str:
        rows = sum(1 for row in lead if any(_cleaned(row)))
        return "has no rows" if rows == 1 else f"does not begin with a row of {_words(self.kind)}"

    def _opening(self) -> Iterator[Decimal]:
        """The first price: of the first trade, or between the first quotes."""
        if self.kind is LayoutKind.TRADES:
            yield from (row[2] for row in self.trades())
        else:
            yield from (nearest_tick((row[1] + row[3]) / 2, self._market.tick) for row in self.quotes())

    # ------------------------------------------------------------ rows

    def _in_order(self) -> Iterator[TradeRow | QuoteRow]:
        self.unreadable = self.out_of_line = played = 0
        ordered = InOrder(self._read())
        for played, row in enumerate(ordered, 1):  # noqa: B007
            yield row
        self.out_of_line = ordered.left_out
        tell = log.warning if self.skipped else log.info
        tell("the recording has been read", rows=played, unreadable=self.unreadable, out_of_line=self.out_of_line)

    def _read(self) -> Iterator[TradeRow | QuoteRow]:
        """The rows as they stand in the file. One that breaks off ends there."""
        read, run = reader(self._layout, self._market), 0
        try:
            for row in self._rows():
                try:
                    values = read(row)
                except UNREADABLE:
                    found = self._look_again(row, read)
                    if found is None:
                        run += 1
                        if run > LONGEST_RUN:
                            log.warning("the recording is something else from here on", path=str(self._path))
                            return
                        continue
                    read, again = found
                    if again is None:
                        continue
                    values = again
                run = 0
                yield values
        except ENDS_IT as error:
            log.warning("the recording breaks off", path=str(self._path), reason=_reason(error))

    def _look_again(
        self, row: Sequence[str], read: ReadTrade | ReadQuote
    ) -> tuple[ReadTrade | ReadQuote, TradeRow | QuoteRow | None] | None:
        """What a row is that does not read as those before it: one with quotes round it, a header, or the first of
        another layout. What reads from now on, and this row's values if it has any. None: it is skipped, and counts
        unless it is blank."""
        cleaned = _cleaned(row)
        if not any(cleaned):
            return None
        if cleaned != row:
            with suppress(*UNREADABLE):
                return read, read(cleaned)
        layout = self._other_layout(cleaned)
        if layout is not None:
            other = reader(layout, self._market)
            if layout.has_header:
                return other, None
            with suppress(*UNREADABLE):
                return other, other(cleaned)
        self.unreadable += 1
        return None

    def _other_layout(self, row: Sequence[str]) -> Layout | None:
        """Of the same kind. Columns that have names are not taken for others by their shape."""
        try:
            layout = layout_of(row)
        except UnknownLayout:
            return None
        can_follow = layout.has_header or not self._layout.has_header
        return layout if can_follow and layout.kind is self.kind else None

    def _rows(self) -> Iterator[list[str]]:
        """Every line of every file that is packed in it, in columns."""
        return chain.from_iterable(_columns(text) for text in texts(self._path))


def _columns(text: IO[str]) -> Iterator[list[str]]:
    for line in text:
        if not line.strip(BLANK):
            yield []
            continue
        yield from csv.reader(chain([line], text), delimiter=delimiter_of(line), quoting=csv.QUOTE_NONE)


def _cleaned(row: Sequence[str]) -> list[str]:
    return [value.strip(ROUND) for value in row]


def _words(kind: LayoutKind) -> str:
    return ", ".join(kind.value)


def _reason(error: Exception) -> str:
    """Without the path, which the sentence names."""
    return str(getattr(error, "strerror", None) or error) or type(error).__name__
