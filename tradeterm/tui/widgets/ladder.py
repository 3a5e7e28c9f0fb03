"""The price ladder: prices stand still, sizes move. Draws the book, own orders and the cursor; sends nothing."""

from decimal import Decimal
from typing import ClassVar

from textual.binding import BindingType
from textual.events import Click
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tradeterm.protocol.money import quantity_text
from tradeterm.tui.drawing.keymap import bindings
from tradeterm.tui.drawing.ladder_lines import LadderPen, LadderRow, LadderView, rows_of, size_decimals
from tradeterm.tui.drawing.palette import Palette
from tradeterm.tui.drawing.price_grid import Levels, grouped
from tradeterm.tui.drawing.price_window import PriceWindow
from tradeterm.tui.orders.placing import Placing
from tradeterm.tui.widgets.titles import resubtitle, retitle

CACHE_LIMIT = 256


class Ladder(Widget, can_focus=True):
    """Every line is a price of the window; the keys move its cursor and say what is wanted there."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("grid", "ladder")

    class CancelAtCursor(Message):
        """The user wants own orders between these prices cancelled (`low` ≤ price < `high`)."""

        def __init__(self, price: Decimal, step: Decimal) -> None:
            super().__init__()
            self.price = price
            self.step = step

    class Wanted(Message):
        """The user wants an order placed like this."""

        def __init__(self, placing: Placing) -> None:
            super().__init__()
            self.placing = placing

    class Sized(Message):
        """The next size, or the one before: of the presets, or one step of the size itself."""

        def __init__(self, by: int, is_preset: bool) -> None:
            super().__init__()
            self.by = by
            self.is_preset = is_preset

    def __init__(self, palette: Palette, *, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self._palette = palette
        self._view: LadderView | None = None
        self._window: PriceWindow | None = None
        self._levels: Levels | None = None
        self._shown: list[LadderRow | None] = []
        self._decimals: int | None = None
        self._strips: dict[tuple[object, ...], Strip] = {}

    # -- what is shown ------------------------------------------------------------------------------------------------

    @property
    def cursor_price(self) -> Decimal | None:
        return None if self._window is None else self._window.cursor

    @property
    def step(self) -> Decimal | None:
        return None if self._window is None else self._window.step

    @property
    def shown_prices(self) -> list[Decimal]:
        """From the top, without the line of the spread."""
        return [row.price for row in self._shown if row is not None and row.spread is None]

    def show(self, view: LadderView) -> None:
        """Show a new state, repainting the lines that differ; another market starts afresh."""
        if self._view is None or self._view.market.symbol != view.market.symbol:
            self._window, self._decimals = PriceWindow(view.market.tick), None
        self._view = view
        self._arrange()

    def show_size(self, text: str) -> None:
        """What the order keys would send, at the foot."""
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
        self._decimals = size_decimals(view.market.lot, self._levels, self.size.width, self._decimals)
        self._paint(rows_of(view, self._levels, window, has_focus=self.has_focus))
        self._show_title(view, window)

    def _show_title(self, view: LadderView, window: PriceWindow) -> None:
        assert window.step is not None, "it has looked"
        how = (" auto" if window.is_auto else "") + ("" if window.follows else " fixed")
        seen = self.shown_prices
        above = sum(price >= seen[0] + window.step for price in view.own) if seen else 0
        below = sum(price < seen[-1] for price in view.own) if seen else 0
        unseen = f"  ▲{above} ▼{below} own" if above or below else ""
        retitle(self, f"3 Ladder  step {quantity_text(window.step)}{how}{unseen}")

    def _paint(self, rows: list[LadderRow | None]) -> None:
        before, self._shown = self._shown, rows
        if len(before) != len(rows):
            self.refresh()
            return
        changed = [n for n, row in enumerate(rows) if before[n] != row]
        if changed:
            self.refresh(*(Region(0, n + 1, self.size.width, 1) for n in changed))

    # -- the cursor and the window ------------------------------------------------------------------------------------

    def action_up(self, by: int = 1) -> None:
        self._move(by)

    def action_down(self, by: int = 1) -> None:
        self._move(-by)

    def action_page_up(self) -> None:
        self._move(10)

    def action_page_down(self) -> None:
        self._move(-10)

    def action_recentre(self) -> None:
        if self._window is not None:
            self._window.recentre()
            self._arrange()

    def action_auto_centre(self) -> None:
        if self._window is not None:
            self._window.follows = not self._window.follows
            self._arrange()

    def action_regroup(self, by: int) -> None:
        if self._window is None or self._view is None:
            return
        if by > 0:
            self._window.wider(self._view.last)
        else:
            self._window.finer()
        self._arrange()

    def _move(self, by: int) -> None:
        if self._window is not None:
            bids = self._levels.bids if self._levels is not None else {}
            self._window.move(by, max(bids, default=None))
            self._arrange()

    def on_focus(self) -> None:
        self.call_next(self._arrange)  # the focus itself is set by the handler after this one

    def on_blur(self) -> None:
        self.call_next(self._arrange)

    def on_resize(self) -> None:
        if self._window is not None and self._window.follows:
            self._window.recentre()
        self._decimals = None
        self._arrange()

    def on_click(self, event: Click) -> None:
        row = event.y - self.gutter.top - 1
        if self._window is None or not 0 <= row < len(self._shown):
            return
        if (line := self._shown[row]) is not None and line.spread is None:
            self._window.cursor = line.price
            self._arrange()

    # -- orders -------------------------------------------------------------------------------------------------------

    def action_cancel_at_cursor(self) -> None:
        if self.cursor_price is not None and self.step is not None:
            self.post_message(self.CancelAtCursor(self.cursor_price, self.step))

    def action_want(self, placing: str) -> None:
        self.post_message(self.Wanted(Placing[placing]))

    def action_size(self, by: int, is_preset: bool) -> None:
        self.post_message(self.Sized(by, is_preset))

    # -- drawing ------------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        row = self._shown[y - 1] if 0 < y <= len(self._shown) else None
        symbol = self._view.market.symbol if self._view is not None else ""
        key = (y == 0, row, width, symbol, self._decimals, self._palette.name)
        strip = self._strips.get(key)
        if strip is None:
            if len(self._strips) >= CACHE_LIMIT:
                self._strips.clear()
            strip = self._strips[key] = self._draw(y, row, width).apply_style(self.rich_style)
        return strip

    def _draw(self, y: int, row: LadderRow | None, width: int) -> Strip:
        decimals = self._view.market.price_decimals if self._view is not None else 0
        pen = LadderPen(self._palette, decimals, self._decimals or 0, width)
        if y == 0:
            return pen.heading()
        return Strip.blank(width) if row is None else pen.line(row)
