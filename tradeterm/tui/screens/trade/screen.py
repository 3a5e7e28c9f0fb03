"""The Trade screen: panes, focus and keys. What they show is the painter's, what may be sent is Trading's."""

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Resize
from textual.messages import Update

from tradeterm.tui.desk.port import EVERYTHING, Dirty
from tradeterm.tui.drawing.keymap import ONE_PRESS, bindings, keys_of
from tradeterm.tui.drawing.panes import Pane
from tradeterm.tui.orders.mode import Mode
from tradeterm.tui.screens.palette import Choice, CommandPalette, choices
from tradeterm.tui.screens.trade.line_keys import LineKeys
from tradeterm.tui.screens.trade.pane_area import pane_widgets
from tradeterm.tui.widgets.lines import Lines
from tradeterm.tui.widgets.order_line import OrderLine

CONTEXTS = {
    Pane.LADDER: ("ladder", "grid"),
    Pane.CHART: ("chart", "grid"),
    Pane.WATCH: ("watch", "grid"),
    Pane.ALERTS: ("alerts", "grid"),
    Pane.TICKET: (),
}


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
            yield Lines(palette, widget_id="notice")
        yield Lines(palette, widget_id="status-bar")
        yield Lines(palette, widget_id="hint-bar")

    def on_mount(self) -> None:
        self._show(self.shown.having(self._ctx.habits.pins.count).at(self.app.size.width))

    def on_resize(self, event: Resize) -> None:
        """What has the focus stays on the screen: the next key is meant for it."""
        if self.is_mounted:
            shown = self.shown.at(event.size.width)
            self._show(shown if self.focused_pane in shown.visible else shown.bringing(self.focused_pane))

    def on_screen_resume(self) -> None:
        if self.is_mounted:
            self.repaint(EVERYTHING)

    def _compositor_refresh(self) -> None:
        """Behind a dialog, what differs is drawn as a part of it. Textual would draw all of the screen, again and again. A
        refresh of the dialog's screen would stand for all that waits there to be drawn, and take its place."""
        if self is self.app.screen:
            super()._compositor_refresh()
            return
        regions = list(self._compositor._dirty_regions)
        self._compositor._dirty_regions.clear()
        self._dirty_widgets.clear()
        if regions:
            front = self.app.screen
            front._set_dirty(*regions)
            front.post_message(Update(front))

    def repaint(self, dirty: Dirty) -> None:
        """Paint what changed since the last time."""
        for _ in self.strokes(dirty):
            pass

    def strokes(self, dirty: Dirty) -> Iterator[None]:
        """The same part by part, for the one timer. A key that comes between two of them may look at something else."""
        if self._pruning:  # the app closes, and widgets go one by one
            return
        if not self.symbol and (watched := self._watch.watched()):
            self.choose(watched[0])
        seen = self.symbol, self.interval, self.shown
        for _ in self._painter.strokes(dirty, *seen):
            yield
            if self._pruning or seen != (self.symbol, self.interval, self.shown):
                yield from self.strokes(EVERYTHING)
                return
        self._painter.paint_foot(self.focused_pane)

    # -- commands without their keys ----------------------------------------------------------------------------------

    def action_palette(self) -> None:
        """Every command of the focused pane, by its name."""
        contexts = (*CONTEXTS.get(self.focused_pane, ("grid",)), "trade", "global", "app")
        offered = choices(self._ctx.keymap, contexts, ONE_PRESS if self._is_armed else ())
        self.app.push_screen(CommandPalette(self._ctx, offered), self._do)

    def _do(self, choice: Choice | None) -> None:
        if choice is not None:
            self._press(choice.key)

    def on_lines_pressed(self, event: Lines.Pressed) -> None:
        """A click on a hint presses its key; what sends at one press is for hands alone."""
        if self._is_armed and event.binding in ONE_PRESS:
            self.say("It is armed: only the key sends, no click.", True)
        else:
            self._press(keys_of(self._ctx.keymap, event.binding)[0])

    def _press(self, key: str) -> None:
        """From the app, as a terminal's: a key that comes from a screen bubbles no further than to it."""
        self.app.call_later(self.app.simulate_key, key)

    @property
    def _is_armed(self) -> bool:
        return self._trading.modes.mode is Mode.ARMED
