"""The price ladder: prices stand still, sizes move. Draws the book, own orders and the cursor; sends nothing."""

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from textual.binding import BindingType
from textual.events import Click
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tradeterm.protocol.arithmetic import round_to_tick
from tradeterm.protocol.money import quantity_text
from tradeterm.tui.drawing.keymap import bindings
from tradeterm.tui.drawing.ladder_lines import LadderPen, LadderRow, LadderView, Own, by_step, share_of, widths
from tradeterm.tui.drawing.palette import Palette
from tradeterm.tui.drawing.price_grid import Levels, fitting_step, grouped, middle, other_step
from tradeterm.tui.format import decimals_of, fixed
from tradeterm.tui.widgets.titles import retitle

CACHE_LIMIT = 256
FOLLOW_SHARE = 4  # the market may move over the middle half before the ladder follows


class Ladder(Widget, can_focus=True):
    """Every line is a price, a multiple of the step. The cursor holds a price, never a line."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("grid", "ladder")

    class CancelAtCursor(Message):
        """The user wants own orders between these prices cancelled (`low` ≤ price < `high`)."""

        def __init__(self, price: Decimal, step: Decimal) -> None:
            super().__init__()
            self.price = price
            self.step = step

    def __init__(self, palette: Palette, *, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self._palette = palette
        self._view: LadderView | None = None
        self._step: Decimal | None = None
        self._is_fitted = False
        self._centre: Decimal | None = None
        self._follows = True
        self._cursor: Decimal | None = None
        self._levels: Levels | None = None
        self._shown: list[LadderRow | None] = []
        self._size_decimals = 0
        self._has_decimals = False
        self._strips: dict[tuple[object, ...], Strip] = {}

    # -- what is shown ------------------------------------------------------------------------------------------------

    @property
    def cursor_price(self) -> Decimal | None:
        return self._cursor

    @property
    def step(self) -> Decimal | None:
        return self._step

    @property
    def shown_prices(self) -> list[Decimal]:
        """From the top, without the line of the spread."""
        return [row.price for row in self._shown if row is not None and row.spread is None]

    def show(self, view: LadderView) -> None:
        """Show a new state, repainting the lines that differ; another market starts afresh."""
        if self._view is None or self._view.market.symbol != view.market.symbol:
            self._step, self._is_fitted, self._centre, self._cursor, self._follows = None, False, None, None, True
            self._has_decimals = False
        self._view = view
        self._arrange()

    def _arrange(self) -> None:
        """Work out the lines anew and repaint the ones that changed."""
        view, height = self._view, self._lines
        if view is None or height < 1:
            return
        if not self._is_fitted:
            self._fit(view, height)
        assert self._step is not None
        self._levels = grouped(view.bids, view.asks, self._step)
        self._follow(view, height)
        self._show_title()
        self._paint(self._rows(view, self._levels, height))

    def _fit(self, view: LadderView, height: int) -> None:
        """Find the step for this book. What stood on the old step's prices would stand between the new one's."""
        step = fitting_step(view.bids, view.asks, view.market.tick, height)
        if step != self._step:
            self._step, self._centre = step, None
            self._cursor = None if self._cursor is None else max(step, round_to_tick(self._cursor, step, up=False))
        self._is_fitted = bool(view.bids and view.asks)

    def _show_title(self) -> None:
        assert self._step is not None
        retitle(self, f"3 Ladder  step {quantity_text(self._step)}  {'auto-centre' if self._follows else 'fixed'}")

    def _follow(self, view: LadderView, height: int) -> None:
        assert self._step is not None
        best = (view.bids[0][0] if view.bids else None, view.asks[0][0] if view.asks else None)
        market = middle(*best, view.last, self._step)
        if market is None:
            return
        is_off = self._centre is None or abs(market - self._centre) > self._step * (height // FOLLOW_SHARE)
        if self._centre is None or (self._follows and is_off):
            self._centre = market

    def _rows(self, view: LadderView, levels: Levels, height: int) -> list[LadderRow | None]:
        if self._centre is None:
            return [None] * height
        spread_under = max(levels.bids, default=None)
        top = self._centre + levels.step * (height // 2 - 1)
        rows: list[LadderRow | None] = []
        at = top
        largest = max([*levels.bids.values(), *levels.asks.values()], default=Decimal(0))
        self._settle_decimals(view.market.lot, largest)
        own = by_step(view.own, levels.step)
        while len(rows) < height:
            if at == spread_under and rows and levels.asks:
                rows.append(self._row(view, levels, at, largest, own, spread=view.asks[0][0] - view.bids[0][0]))
                if len(rows) == height:
                    break
            rows.append(self._row(view, levels, at, largest, own) if at > 0 else None)
            at -= levels.step
        return rows

    def _settle_decimals(self, lot: Decimal, largest: Decimal) -> None:
        """As many decimals as the largest size leaves room for, the same on every line; they shrink, and never grow."""
        width = widths(self.size.width).size
        decimals = decimals_of(lot)
        while decimals and len(fixed(largest, decimals)) > width:
            decimals -= 1
        self._size_decimals = min(decimals, self._size_decimals) if self._has_decimals else decimals
        self._has_decimals = largest > 0

    def _row(
        self,
        view: LadderView,
        levels: Levels,
        at: Decimal,
        largest: Decimal,
        own: Mapping[Decimal, tuple[Own, ...]],
        *,
        spread: Decimal | None = None,
    ) -> LadderRow:
        bid, ask = levels.bids.get(at, Decimal(0)), levels.asks.get(at, Decimal(0))
        is_last = view.last is not None and at <= view.last < at + levels.step
        is_cursor = at == self._cursor and spread is None
        return LadderRow(
            price=at,
            bid=bid,
            ask=ask,
            bid_share=share_of(bid, largest),
            ask_share=share_of(ask, largest),
            own=own.get(at, ()),
            volume=view.volume.get(at, Decimal(0)),
            is_last=is_last,
            spread=spread,
            is_cursor=is_cursor,
            is_focused=is_cursor and self.has_focus,
            is_stale=view.is_stale,
        )

    def _paint(self, rows: list[LadderRow | None]) -> None:
        before, self._shown = self._shown, rows
        if len(before) != len(rows):
            self.refresh()
            return
        changed = [n for n, row in enumerate(rows) if before[n] != row]
        if changed:
            self.refresh(*(Region(0, n + 1, self.size.width, 1) for n in changed))

    # -- keys ---------------------------------------------------------------------------------------------------------

    def action_up(self) -> None:
        self._move(1)

    def action_down(self) -> None:
        self._move(-1)

    def action_up10(self) -> None:
        self._move(10)

    def action_down10(self) -> None:
        self._move(-10)

    def action_page_up(self) -> None:
        self._move(10)

    def action_page_down(self) -> None:
        self._move(-10)

    def action_recentre(self) -> None:
        self._centre = None
        self._arrange()

    def action_auto_centre(self) -> None:
        self._follows = not self._follows
        self._arrange()

    def action_wider(self) -> None:
        self._regroup(1)

    def action_finer(self) -> None:
        self._regroup(-1)

    def action_cancel_at_cursor(self) -> None:
        if self._cursor is not None and self._step is not None:
            self.post_message(self.CancelAtCursor(self._cursor, self._step))

    def on_focus(self) -> None:
        self.call_next(self._arrange)  # the focus itself is set by the handler after this one

    def on_blur(self) -> None:
        self.call_next(self._arrange)

    def on_resize(self) -> None:
        self._centre = None if self._follows else self._centre
        self._has_decimals = False
        self._arrange()

    def on_click(self, event: Click) -> None:
        row = event.y - self.gutter.top - 1
        if 0 <= row < len(self._shown) and (line := self._shown[row]) is not None and line.spread is None:
            self._cursor = line.price
            self._arrange()

    def _move(self, by: int) -> None:
        """Move the cursor by lines; the first press puts it on the best bid. The ladder scrolls to keep it in view."""
        if self._step is None or self._centre is None or self._view is None:
            return
        if self._cursor is None:
            self._cursor = self._centre if not self._view.bids else max(self._levels_bids(), default=self._centre)
        else:
            self._cursor = max(self._step, self._cursor + by * self._step)
        away, half = (self._cursor - self._centre) / self._step, self._lines // 2
        if abs(away) >= half - 1:
            self._follows = False
            self._centre = self._cursor
        self._arrange()

    def _levels_bids(self) -> Mapping[Decimal, Decimal]:
        return self._levels.bids if self._levels is not None else {}

    def _regroup(self, by: int) -> None:
        if self._view is None or self._step is None:
            return
        self._step = other_step(self._step, self._view.market.tick, by)
        self._centre = self._cursor = None
        self._arrange()

    # -- drawing ------------------------------------------------------------------------------------------------------

    @property
    def _lines(self) -> int:
        return self.size.height - 1

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        row = self._shown[y - 1] if 0 < y <= len(self._shown) else None
        symbol = self._view.market.symbol if self._view is not None else ""
        key = (y == 0, row, width, symbol, self._size_decimals, self._palette.name)
        strip = self._strips.get(key)
        if strip is None:
            if len(self._strips) >= CACHE_LIMIT:
                self._strips.clear()
            drawn = self._draw(y, row, width)
            strip = self._strips[key] = drawn.apply_style(self.rich_style)
        return strip

    def _draw(self, y: int, row: LadderRow | None, width: int) -> Strip:
        decimals = self._view.market.price_decimals if self._view is not None else 0
        pen = LadderPen(self._palette, decimals, self._size_decimals, width)
        if y == 0:
            return pen.heading()
        return Strip.blank(width) if row is None else pen.line(row)
