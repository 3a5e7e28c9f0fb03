"""The Trade screen: panes, focus and keys. What they show is the painter's, what may be sent is Trading's."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Resize

from tradeterm.tui.desk.port import EVERYTHING, Dirty
from tradeterm.tui.drawing.keymap import bindings
from tradeterm.tui.screens.trade.line_keys import LineKeys
from tradeterm.tui.screens.trade.pane_area import pane_widgets
from tradeterm.tui.widgets.lines import Lines
from tradeterm.tui.widgets.order_line import OrderLine


class TradeScreen(LineKeys):
    """Everything a trader needs on one page; its keys come in layers: panes, markets, orders, the mode, the order line."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("global", "trade")
    AUTO_FOCUS = "#ladder"

    def compose(self) -> ComposeResult:
        palette = self._ctx.palette
        yield Lines(palette, widget_id="account-bar")
        with self._area:
            yield from pane_widgets(palette)
            yield Lines(palette, widget_id="link-box")
            yield OrderLine(palette, widget_id="order-line")
        yield Lines(palette, widget_id="status-bar")
        yield Lines(palette, widget_id="hint-bar")

    def on_mount(self) -> None:
        self._show(self.shown.at(self.app.size.width))

    def on_resize(self, event: Resize) -> None:
        if self.is_mounted:
            self._show(self.shown.at(event.size.width))

    def on_screen_resume(self) -> None:
        if self.is_mounted:
            self.repaint(EVERYTHING)

    def repaint(self, dirty: Dirty) -> None:
        """Called by the one timer, with what changed since the last time."""
        if self._pruning:  # the app closes, and widgets go one by one
            return
        if not self.symbol and (watched := self._watch.watched()):
            self.choose(watched[0])
        self._painter.paint(dirty, self.symbol, self.interval, self.shown)
        self._painter.paint_foot(self.focused_pane)
