"""Which part of the candles a chart shows: how near, how far back, and where its crosshair stands. Pure; knows no widget."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from itertools import groupby

from tradeterm.protocol.arithmetic import round_to_tick
from tradeterm.protocol.market import Candle
from tradeterm.tui.drawing.chart.candle_plot import ChartType, Plot
from tradeterm.tui.drawing.chart.indicators import FAST, SLOW, Averages
from tradeterm.tui.drawing.chart.overlays import Cross, Curve
from tradeterm.tui.drawing.chart.scale import scale_of
from tradeterm.tui.drawing.chart.title import readout
from tradeterm.tui.drawing.palette import Tone

PAN = 8
ZOOMS = ((3, 1), (2, 1), (1, 1), (1, 2), (1, 3), (1, 5), (1, 10))  # cells a candle, candles summed into one
FIRST_ZOOM = 1
AXIS = 12  # about what prices take on the right
CURVES = ("none", "VWAP", f"VWAP MA{FAST} MA{SLOW}")


@dataclass(slots=True)
class ChartView:
    """Of one chart; `width` and `height` are its cells. The crosshair counts columns from the right end."""

    width: int = 0
    height: int = 0
    zoom: int = FIRST_ZOOM
    back: int = 0
    cross: int | None = None
    cross_price: Decimal | None = None
    curves: int = 1
    look: ChartType | None = None  # None: what the plot brings
    _plot: Plot | None = None
    _averages: Averages = field(default_factory=Averages)

    @property
    def cells(self) -> int:
        return ZOOMS[self.zoom][0]

    @property
    def times(self) -> int:
        """How many candles are one on the screen."""
        return ZOOMS[self.zoom][1]

    def show(self, plot: Plot) -> None:
        """Look at this; another market or interval starts at its present."""
        before = self._plot
        if before is None or _kind(before) != _kind(plot):
            self.back, self.cross, self.cross_price = 0, None, None
        self._plot = plot
        self._averages.see(plot.candles)

    # -- moving -------------------------------------------------------------------------------------------------------

    def pan(self, by: int) -> bool:
        """Go back by columns, or come forward; True where the oldest known candle is reached."""
        count = len(self._plot.candles) if self._plot is not None else 0
        oldest = max(0, count - (self.width - AXIS) // self.cells * self.times)
        self.back = max(0, min(oldest, self.back + by * self.times))
        return by > 0 and self.back >= oldest

    def zoom_by(self, by: int) -> None:
        self.zoom = max(0, min(len(ZOOMS) - 1, self.zoom + by))

    def next_curves(self) -> None:
        self.curves = (self.curves + 1) % len(CURVES)

    def next_look(self) -> ChartType:
        """Candles, hollow ones, a line; and what comes after it, as it is drawn from now on. Where there are no colours full
        candles would not say which way they went, and are left out."""
        brought = self._plot.look if self._plot is not None else ChartType.CANDLES
        looks = [one for one in ChartType if one is not ChartType.CANDLES or brought is not ChartType.HOLLOW]
        self.look = looks[(looks.index(self.look or brought) + 1) % len(looks)]
        return self.look

    def toggle_cross(self) -> None:
        """On at the newest candle that is seen, at its price; or off."""
        shown = self._shown()
        if self.cross is not None or not shown:
            self.cross = self.cross_price = None
        else:
            self.cross, self.cross_price = 0, shown[-1].close

    def move_cross(self, by: int) -> bool:
        """To older candles, at the edge the view goes along; True as `pan`."""
        assert self.cross is not None, "it is on"
        columns = min((self.width - AXIS) // self.cells, len(self._shown()))
        wanted = self.cross + by
        self.cross = max(0, min(columns - 1, wanted))
        return self.pan(wanted - self.cross) if wanted != self.cross else False

    def lift_cross(self, rows: int, tick: Decimal) -> None:
        """Up by rows of the chart, on the tick."""
        shown = self._shown()
        if self.cross_price is None or self._plot is None or not shown:
            return
        row = scale_of(shown, self._plot.last, self._plot.decimals, self.height, margin=True).price_of_a_row
        step = max(tick, round_to_tick(row, tick, up=True))
        self.cross_price = max(tick, round_to_tick(self.cross_price, tick, up=False) + rows * step)

    # -- what is seen -------------------------------------------------------------------------------------------------

    @property
    def crossed(self) -> Candle | None:
        """The candle under the crosshair, as it is drawn."""
        shown = self._shown()
        at = None if self.cross is None else len(shown) - 1 - self.cross
        return shown[at] if at is not None and 0 <= at < len(shown) else None

    @property
    def vwap(self) -> float | None:
        """At the newest candle, where its curve is drawn."""
        count = len(self._plot.candles) if self._plot is not None else 0
        return self._averages.vwap(count - 1) if self.curves and count else None

    def plot(self) -> Plot | None:
        """The plot of what is seen."""
        plot, shown = self._plot, self._shown()
        if plot is None:
            return None
        cross = None
        if self.cross is not None and self.cross_price is not None and (crossed := self.crossed) is not None:
            cross = Cross(len(shown) - 1 - self.cross, self.cross_price, readout(crossed, plot.decimals))
        return replace(
            plot,
            candles=shown,
            seconds=plot.seconds * self.times,
            last=None if self.back else plot.last,
            cells=self.cells,
            look=self.look or plot.look,
            curves=self._curves(shown, plot.seconds * self.times),
            cross=cross,
        )

    def _seen(self) -> Sequence[Candle]:
        """Single candles up to the right edge."""
        candles = self._plot.candles if self._plot is not None else ()
        return candles[: len(candles) - self.back] if self.back else candles

    def _shown(self) -> Sequence[Candle]:
        """Candles as they are drawn, each a column."""
        if self._plot is None:
            return ()
        return summed(self._seen()[-(max(1, self.width // self.cells)) * self.times :], self._plot.seconds, self.times)

    def _curves(self, shown: Sequence[Candle], seconds: int) -> Sequence[Curve]:
        if not self.curves or not shown:
            return ()
        ends = self._ends(self._seen(), shown, seconds)
        curves = [Curve(_values(ends, self._averages.vwap), "·", Tone.STRONG)]
        if self.curves > 1:
            curves.append(Curve(_values(ends, lambda at: self._averages.moving(at, FAST)), "˙", Tone.PLAIN))
            curves.append(Curve(_values(ends, lambda at: self._averages.moving(at, SLOW)), ".", Tone.MUTED))
        return curves

    def _ends(self, seen: Sequence[Candle], shown: Sequence[Candle], seconds: int) -> Sequence[int]:
        """The last candle of each column."""
        if self.times == 1:
            return range(len(seen) - len(shown), len(seen))
        return [bisect_left(seen, one.time + timedelta(seconds=seconds), key=lambda c: c.time) - 1 for one in shown]


def _kind(plot: Plot) -> tuple[str, int]:
    return (plot.candles[-1].symbol if plot.candles else "", plot.seconds)


def _values(ends: Sequence[int], value: Callable[[int], float | None]) -> Sequence[Decimal | None]:
    found = [value(end) for end in ends]
    return [None if one is None else Decimal(one) for one in found]


def summed(candles: Sequence[Candle], seconds: int, count: int) -> Sequence[Candle]:
    """Every `count` candles as one, from round times on, so that columns do not change as time goes on."""
    if count == 1:
        return candles
    chunks = groupby(candles, key=lambda candle: int(candle.time.timestamp()) // (seconds * count))
    return [_sum(list(chunk)) for _, chunk in chunks]


def _sum(chunk: Sequence[Candle]) -> Candle:
    return chunk[0].model_copy(
        update={
            "high": max(candle.high for candle in chunk),
            "low": min(candle.low for candle in chunk),
            "close": chunk[-1].close,
            "volume": sum(candle.volume for candle in chunk),
            "trades": sum(candle.trades for candle in chunk),
        }
    )
