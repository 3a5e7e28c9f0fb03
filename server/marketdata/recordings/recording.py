"""Reads a recorded market from a file, row by row: trades, or best bid and ask. Knows nothing of orders.

Files are taken as they are published and as people join them: packed (`packed_files`), with headers anywhere or none
(`layouts`, `row_reader`), times in any unit from row to row (`rows`), in any order (`row_order`, `sorted_rows`).
A row that cannot be read or makes no sense where it stands (`row_sense`) is skipped; how many there were is logged when
the file has been played. The order is found out before anything is played, from the times alone.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from tempfile import gettempdir
from typing import cast

import structlog

from server.domain.markets import Market
from server.marketdata.book_mirror import nearest_tick
from server.marketdata.recordings.layouts import Layout, LayoutKind, UnknownLayout, layout_of
from server.marketdata.recordings.packed_files import texts
from server.marketdata.recordings.row_order import LeftOut, RowOrder, in_order, order_of
from server.marketdata.recordings.row_reader import ENDS_IT, RowReader, cleaned, columns, reason
from server.marketdata.recordings.row_sense import once_each, without_strays
from server.marketdata.recordings.row_times import times_in
from server.marketdata.recordings.rows import (
    UNREADABLE,
    PlacedRow,
    QuoteRow,
    TradeRow,
    aside_layout,
    aside_text,
    reader,
)
from server.marketdata.recordings.sorted_rows import SortedRows

log = structlog.get_logger(__name__)

LEAD = 1_000  # rows among which the first one that can be read must be


class Recording:
    """One file of one market. Raises ValueError, one sentence, for a file that is no recording.

    `skipped` counts the rows that the last reading could not use: `unreadable`, `out_of_line`, `repeated`.
    """

    def __init__(self, path: Path, market: Market) -> None:
        self._path, self._market = path, market
        self.unreadable = self.out_of_line = self.repeated = 0
        try:
            lead = list(islice(self._rows(), LEAD))
        except ENDS_IT as error:
            raise ValueError(f"the recording {path} cannot be read: {reason(error)}") from None
        self._layout = self._layout_in(lead)
        self._sorted = self._sorted_if_needed()
        opening = next(self._opening(), None)
        if opening is None:
            raise ValueError(f"the recording {path} {self._nothing_in(lead)}")
        self.opening = opening

    @property
    def kind(self) -> LayoutKind:
        return self._layout.kind

    @property
    def skipped(self) -> int:
        return self.unreadable + self.out_of_line + self.repeated

    def trades(self) -> Iterator[TradeRow]:
        """Every trade, oldest first."""
        return cast(Iterator[TradeRow], self._ordered())

    def quotes(self) -> Iterator[QuoteRow]:
        """Every change of the touch, oldest first; rows of a crossed or one-sided touch are skipped."""
        return cast(Iterator[QuoteRow], self._ordered())

    def since(self, time: float) -> Iterator[TradeRow | QuoteRow] | None:
        """What the file holds from its first row at `time` or later on; None where there is no such row."""
        rows = self._ordered()
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
                    reader(layout, self._market)(cleaned(row))
                return layout
            except UnknownLayout as error:
                wrong = wrong or (error if any(cleaned(row)) else None)
            except UNREADABLE:
                wrong = wrong or UnknownLayout(f"does not begin with a row of {_words(layout.kind)}")
        raise ValueError(f"the recording {self._path} {wrong or 'is empty'}")

    def _nothing_in(self, lead: Sequence[Sequence[str]]) -> str:
        rows = sum(1 for row in lead if any(cleaned(row)))
        return "has no rows" if rows == 1 else f"does not begin with a row of {_words(self.kind)}"

    def _opening(self) -> Iterator[Decimal]:
        """The first price: of the first trade, or between the first quotes."""
        if self.kind is LayoutKind.TRADES:
            yield from (row[2] for row in self.trades())
        else:
            yield from (nearest_tick((row[1] + row[3]) / 2, self._market.tick) for row in self.quotes())

    # ------------------------------------------------------------ rows

    def _ordered(self) -> Iterator[TradeRow | QuoteRow]:
        left_out, played = LeftOut(), 0
        placed = in_order(self._read(), left_out) if self._sorted is None else iter(self._sorted)
        for _, _, row in without_strays(once_each(placed, left_out), left_out):
            played += 1
            yield row
        self.out_of_line, self.repeated = left_out.out_of_line, left_out.repeated
        counts = {"unreadable": self.unreadable, "out_of_line": self.out_of_line, "repeated": self.repeated}
        tell = log.warning if self.skipped else log.info
        tell("the recording has been read", rows=played, **counts)

    def _sorted_if_needed(self) -> SortedRows | None:
        """None where the rows can be put in order as they are read. Raises ValueError where there is no room to sort."""
        order = order_of(times_in(self._path, self._layout))
        if order is RowOrder.NEARLY:
            return None
        log.info("the recording is out of order: it is sorted before it is played", path=str(self._path))
        read = reader(aside_layout(self.kind), self._market)
        try:
            return SortedRows(self._read(), aside_text, read, newest_first=order is RowOrder.NEWEST_FIRST)
        except OSError as error:
            text = f"the recording {self._path} is out of order, and cannot be sorted in {gettempdir()}"
            raise ValueError(f"{text}: {reason(error)}") from None

    def _read(self) -> Iterator[PlacedRow]:
        """The rows as they stand in the file."""
        rows = RowReader(self._layout, lambda layout: reader(layout, self._market))
        yield from rows.read(self._rows())
        self.unreadable = rows.unreadable
        if rows.ends_early:
            log.warning("the recording breaks off", path=str(self._path), reason=rows.ends_early)

    def _rows(self) -> Iterator[list[str]]:
        """Every line of every file that is packed in it, in columns."""
        return chain.from_iterable(map(columns, texts(self._path)))


def _words(kind: LayoutKind) -> str:
    return ", ".join(kind.value)
