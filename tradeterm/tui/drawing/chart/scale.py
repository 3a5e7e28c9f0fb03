"""Where a price and a candle lie on a chart of characters: half-cells downward, columns to the right. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tradeterm.protocol.market import Candle


@dataclass(frozen=True, slots=True)
class Places:
    """Where each candle's wick stands: `cells` apart, the last one at the right end of `columns`."""

    columns: int
    count: int
    cells: int

    def of(self, number: int) -> int:
        return self.columns - (self.count - number) * self.cells + (self.cells == 3)


@dataclass(frozen=True, slots=True)
class Scale:
    """From `high` at the top to `low` at the foot of so many rows."""

    low: Decimal
    high: Decimal
    rows: int

    def half(self, at: Decimal) -> int:
        """Half-cells from the top."""
        span = self.high - self.low
        return int((self.high - at) * (self.rows * 2 - 1) / span + Decimal("0.5"))

    def row(self, at: Decimal) -> int:
        return self.half(at) // 2

    def holds(self, at: Decimal) -> bool:
        return self.low <= at <= self.high

    @property
    def price_of_a_row(self) -> Decimal:
        return (self.high - self.low) / self.rows


def scale_of(candles: Sequence[Candle], last: Decimal | None, decimals: int, height: int, *, margin: bool) -> Scale:
    """All that is seen fits in; with `margin` a row stays free above and below it."""
    low, high = min(candle.low for candle in candles), max(candle.high for candle in candles)
    if last is not None:
        low, high = min(low, last), max(high, last)
    if low == high:
        low, high = low - Decimal(1).scaleb(-decimals), high + Decimal(1).scaleb(-decimals)
    volume_rows = 3 if height >= 14 else 2 if height >= 9 else 0
    rows = height - 1 - volume_rows
    room = (high - low) / max(1, rows - 2) if margin else Decimal(0)
    return Scale(low - room, high + room, rows)
