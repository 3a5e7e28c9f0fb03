"""A column of prices with a cursor on one of them, and the keys that move both. Knows no book and no order."""

from decimal import Decimal

from textual.widget import Widget

from tradeterm.tui.drawing.ladder.price_window import PriceWindow

WHEEL = 3  # lines a notch


class PriceCursor(Widget, can_focus=True):
    """The window of prices and its cursor; whoever draws them arranges the lines anew after each move."""

    _window: PriceWindow | None = None

    def _arrange(self) -> None:
        """Work out the lines anew and repaint those that changed."""
        raise NotImplementedError

    @property
    def _start(self) -> Decimal | None:
        """Where the cursor appears with the first press."""
        raise NotImplementedError

    @property
    def _last(self) -> Decimal | None:
        raise NotImplementedError

    @property
    def cursor_price(self) -> Decimal | None:
        """What the keys mean: nothing where the market has left the cursor behind, out of view."""
        cursor = None if self._window is None else self._window.cursor
        return cursor if cursor is not None and self._window is not None and self._window.sees(cursor) else None

    @property
    def step(self) -> Decimal | None:
        return None if self._window is None else self._window.step

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
        if self._window is None or self._window.step is None:
            return
        if by > 0:
            self._window.wider(self._last)
        else:
            self._window.finer()
        self._arrange()

    def _move(self, by: int) -> None:
        if self._window is not None:
            self._window.move(by, self._start)
            self._arrange()

    def on_mouse_scroll_up(self) -> None:
        self._scroll(WHEEL)

    def on_mouse_scroll_down(self) -> None:
        self._scroll(-WHEEL)

    def _scroll(self, by: int) -> None:
        """A look elsewhere: the cursor stays, and means nothing while it is out of view."""
        if self._window is not None:
            self._window.scroll(by)
            self._arrange()

    def on_focus(self) -> None:
        self.call_next(self._arrange)  # the focus itself is set by the handler after this one

    def on_blur(self) -> None:
        self.call_next(self._arrange)
