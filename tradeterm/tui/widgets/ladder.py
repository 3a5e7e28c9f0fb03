"""The price ladder: prices stand still, sizes move. Draws the book, own orders and the cursor; sends nothing."""

from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar

from rich.style import Style
from textual.binding import BindingType
from textual.events import Click

from tradeterm.protocol.money import quantity_text
from tradeterm.tui.drawing.keymap import bindings
from tradeterm.tui.drawing.ladder.lines import LadderPen, size_decimals, widths
from tradeterm.tui.drawing.ladder.price_grid import Levels, grouped
from tradeterm.tui.drawing.ladder.price_window import PriceWindow
from tradeterm.tui.drawing.ladder.view import LadderRow, LadderView, Own, rows_of
from tradeterm.tui.drawing.palette import Palette
from tradeterm.tui.drawing.segments import SegmentLine, sized
from tradeterm.tui.format import price
from tradeterm.tui.terminal.pieces import WholeLines, repaint_lines
from tradeterm.tui.widgets.backdrop import Backdrop
from tradeterm.tui.widgets.ladder_keys import LadderKeys
from tradeterm.tui.widgets.titles import resubtitle, retitle

CACHE_LIMIT = 256
TITLE_MARGIN = 4  # cells of its frame that a title leaves
TITLE_ROOM = 44  # cells from which on the title has room for all its words


class Ladder(WholeLines, LadderKeys):
    """Every line is a price of the window; the keys move its cursor and say what is wanted there."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("grid", "ladder")

    def __init__(self, palette: Palette, *, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self._palette, self._backdrop = palette, Backdrop(self, palette)
        self._view: LadderView | None = None
        self._levels: Levels | None = None
        self._shown: list[LadderRow | None] = []
        self._decimals: int | None = None
        self._volume_decimals: int | None = None
        self._price_width = 0
        self._kept: dict[tuple[object, ...], SegmentLine] = {}
        self._carried: tuple[Decimal | None, Own] | None = None  # what was drawn in the hand, and where

    # -- what is shown ------------------------------------------------------------------------------------------------

    @property
    def shown_prices(self) -> list[Decimal]:
        """From the top, without the line of the spread."""
        return [row.price for row in self._shown if row is not None and row.spread is None]

    @property
    def symbol(self) -> str:
        return self._view.market.symbol if self._view is not None else ""

    @property
    def _start(self) -> Decimal | None:
        return max(self._levels.bids, default=None) if self._levels is not None else None

    @property
    def _last(self) -> Decimal | None:
        return self._view.last if self._view is not None else None

    def show(self, view: LadderView) -> None:
        """Show a new state, repainting the lines that differ; another market starts afresh."""
        if self._view is None or self._view.market.symbol != view.market.symbol:
            self._window, self.held, self.is_stop = PriceWindow(view.market.tick), None, False
            self._decimals = self._volume_decimals = None
        self._view = view
        self._arrange()

    def show_size(self, text: str) -> None:
        """What the order keys would send, at the foot; what is in the hand comes before it."""
        if self.held is not None and self._view is not None and self.cursor_price is not None:
            decimals = self._view.market.price_decimals
            way = f"{price(self.held.price, decimals)} → {price(self.cursor_price, decimals)}"
            text = f"{way}  enter · esc"
        resubtitle(self, text)

    def _arrange(self) -> None:
        """Work out the lines anew and repaint the ones that changed."""
        view, window, height = self._view, self._window, self.size.height - 1
        if view is None or window is None or height < 1:
            return
        window.lines = height
        window.look(view.bids, view.asks, view.last)
        assert window.step is not None, "it has looked"
        self._levels = grouped(view.bids, view.asks, window.step)
        self._make_room(len(price(window.top, view.market.price_decimals)))
        rows = rows_of(view, self._levels, window, has_focus=self.has_focus)
        self._fit_sizes(view.market.lot, self._levels, rows)
        self._paint(rows)
        self._show_title(view, window)

    def _fit_sizes(self, lot: Decimal, levels: Levels, rows: Sequence[LadderRow | None]) -> None:
        """One number of decimals for all sizes of the book, and one for what traded."""
        room, before = widths(self.size.width, self._price_width), (self._decimals, self._volume_decimals)
        self._decimals = size_decimals(lot, [*levels.bids.values(), *levels.asks.values()], room.size, self._decimals)
        traded = [row.volume for row in rows if row is not None]
        self._volume_decimals = size_decimals(lot, traded, room.volume - 1, self._volume_decimals)
        if before != (self._decimals, self._volume_decimals):
            self.refresh()  # also the lines that show what they did

    def _make_room(self, price_width: int) -> None:
        """For prices of so many cells, on all lines."""
        if price_width != self._price_width:
            self._price_width = price_width
            self.refresh()

    def _show_title(self, view: LadderView, window: PriceWindow) -> None:
        assert window.step is not None, "it has looked"
        how = "" if window.follows else " fixed"
        how = how or (" auto" if window.is_auto else "")  # there is no room for more than one word
        seen = self.shown_prices
        above = sum(len(view.own[at]) for at in view.own if at >= seen[0] + window.step) if seen else 0
        below = sum(len(view.own[at]) for at in view.own if at < seen[-1]) if seen else 0
        own = " own" if self.size.width > TITLE_ROOM else ""
        name, step = f"3 {view.name or 'Ladder'}", quantity_text(window.step)
        unseen = f"  ▲{above} ▼{below}{own}" if above or below else ""
        titles = [f"{name}  step {step}{how}{unseen}"]
        if window.is_led:  # it stays there, and says what brings it back as well as there is room for
            ways = (
                f"step {step} away: {view.home} centres",
                f"step {step} {view.home} centres",
                f"{step} {view.home} centres",
            )
            titles = [f"{name}  {way}{unseen}" for way in (*ways, f"step {step} away")]
        retitle(self, next((one for one in titles if len(one) <= self.size.width - TITLE_MARGIN), titles[-1]))

    def _paint(self, rows: list[LadderRow | None]) -> None:
        before, self._shown = self._shown, rows
        carried = None if self.held is None else (self.cursor_price, self.held.own)
        if len(before) != len(rows) or carried != self._carried:
            self._carried = carried
            self.refresh()
            return
        changed = [n for n, row in enumerate(rows) if before[n] != row]
        if changed:
            repaint_lines(self, (n + 1 for n in changed))

    def on_resize(self) -> None:
        if self._window is not None and self._window.goes_along:
            self._window.recentre()
        self._decimals = self._volume_decimals = None
        self._arrange()

    def on_click(self, event: Click) -> None:
        row = event.y - self.gutter.top - 1
        if self._window is None or not 0 <= row < len(self._shown):
            return
        if (line := self._shown[row]) is not None and line.spread is None:
            self._window.cursor = line.price
            self._arrange()

    # -- drawing ------------------------------------------------------------------------------------------------------

    @property
    def ground(self) -> Style:
        return self._backdrop.style

    def segments(self, y: int, width: int) -> SegmentLine:
        row = self._shown[y - 1] if 0 < y <= len(self._shown) else None
        moved = self.held.own if self.held is not None and row is not None and row.is_cursor else None
        look = self._decimals, self._volume_decimals, self._price_width, self._palette.changes
        key = (y == 0, row, moved, width, self.symbol, *look)
        line = self._kept.get(key)
        if line is None:
            if len(self._kept) >= CACHE_LIMIT:
                self._kept.clear()
            line = self._kept[key] = self._draw(y, row, moved, width)
        return line

    def _draw(self, y: int, row: LadderRow | None, moved: Own | None, width: int) -> SegmentLine:
        decimals = self._view.market.price_decimals if self._view is not None else 0
        pen = LadderPen(
            *(self._palette, decimals, self._decimals or 0, width, self._price_width, self._volume_decimals or 0)
        )
        if y == 0:
            return pen.heading()
        return sized((), width) if row is None else pen.line(row, moved)
