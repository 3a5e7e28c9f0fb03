"""Which market the Trade screen is about, and the keys that choose another one."""

from collections.abc import Coroutine
from typing import Any

from tradeterm.protocol.market import INTERVALS
from tradeterm.protocol.vocabulary import AlertCondition
from tradeterm.tui.context import Context
from tradeterm.tui.desk.port import EVERYTHING, View
from tradeterm.tui.drawing.panes import HUGE_FROM, Pane, Shown
from tradeterm.tui.screens.trade.alert_flow import AlertFlow
from tradeterm.tui.screens.trade.cursor import CursorGone, row_at_cursor, symbol_at_cursor
from tradeterm.tui.screens.trade.export_flow import ExportFlow
from tradeterm.tui.screens.trade.pane_keys import LISTS, PaneKeys
from tradeterm.tui.screens.trade.watch_flow import WatchFlow, next_to
from tradeterm.tui.widgets.alerts import AlertGrid
from tradeterm.tui.widgets.chart import CandleChart
from tradeterm.tui.widgets.grid.view import GridView
from tradeterm.tui.widgets.watch import Edit, WatchGrid

FIRST_CANDLES, MOST_CANDLES = 500, 2000


class SymbolKeys(PaneKeys):
    """The part of the Trade screen that looks at one market among many."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._watch = WatchFlow(self, context, self.go_to, lambda: self.choose(self.symbol), self.say)
        self.alerts = AlertFlow(context.desk, self.say)
        self._exports = ExportFlow(context, self._painter, self.say)
        self.symbol = ""
        self.interval = "1m"
        self._candles = FIRST_CANDLES

    def choose(self, symbol: str) -> None:
        """Look at this market from now on."""
        if symbol != self.symbol:
            self._candles = FIRST_CANDLES
        self.symbol = symbol
        self._look()
        self._painter.paint(EVERYTHING, self.symbol, self.interval, self.shown)

    def _look(self) -> None:
        beside = tuple(dict.fromkeys(self._deck.symbols(self.shown, self.symbol)))
        watched = tuple(self._watch.watched())
        self._ctx.desk.show(View(self.symbol, self.interval, watched, self._candles, beside))

    def _show(self, shown: Shown) -> None:
        super()._show(shown)
        if self.symbol:
            self._look()

    def go_to(self, symbol: str) -> None:
        """Look at this market: a ladder that is pinned and has the focus alone, or else the page."""
        if (number := self._deck.pinned) is None:
            self.choose(symbol)
        else:
            self._ctx.habits.pins.pin(number, symbol)
            self._ladders_changed()

    def on_ladder_pinned(self) -> None:
        """Pin the ladder to the market it shows, or let it follow the page again."""
        pins, number = self._ctx.habits.pins, self._deck.number
        if self.shown.seen_ladders == 1:
            self.say("The only ladder follows the page: M puts others beside it.", True)
            return
        if pins.is_pinned(number):
            pins.follow(number)
            self.say("This ladder follows the page.")
        else:
            pins.pin(number, self._deck.in_hand.symbol)
            self.say(f"This ladder stays at {self._deck.in_hand.symbol}: L H and / choose another market for it.")
        self._ladders_changed()

    def on_ladder_more(self) -> None:
        """One, two or three ladders side by side."""
        if self.shown.width < HUGE_FROM:
            self.say(f"Ladders side by side need {HUGE_FROM} columns: here are {self.shown.width}.", True)
            return
        self._ctx.habits.pins.step()
        self._show(self.shown.having(self._ctx.habits.pins.count))
        self._ladders_changed()

    def _ladders_changed(self) -> None:
        """Show what they are about now, and begin so the next time."""
        self._look()
        self.repaint(EVERYTHING)
        try:
            self._ctx.habits.keep("ui", "ladders", self._ctx.habits.pins.kept)
        except OSError as error:
            self.say(f"The ladders could not be kept: {error}", True)

    def on_candle_chart_wants_more(self) -> None:
        """Twice as much history, as far as the server keeps it."""
        if self._candles < MOST_CANDLES:
            self._candles = min(MOST_CANDLES, self._candles * 2)
            self._look()

    def on_candle_chart_alert_wanted(self, event: CandleChart.AlertWanted) -> None:
        """Be told when the market comes to the crosshair's price, from the side where it is now."""
        ticker = self._ctx.desk.ticker(self.symbol)
        if event.price is None or ticker is None or ticker.last is None:
            self.say("v shows a crosshair, h l j k move it: a sets an alert at its price.", True)
            return
        condition = AlertCondition.ABOVE if event.price >= ticker.last else AlertCondition.BELOW
        self._start(self.alerts.set(self.symbol, condition, event.price))

    def on_alert_grid_deleted(self, event: AlertGrid.Deleted) -> None:
        try:
            row_at_cursor(self.query_one(AlertGrid))
        except CursorGone as gone:
            self.say(str(gone), True)
            return
        if (alert := self.alerts.found(event.alert_id)) is None:
            self.say("That alert has gone: j and k move the cursor.", True)
        else:
            self._start(self.alerts.delete([alert]))

    def undo_alert(self) -> bool:
        """Set the alert again that was taken away last; False where there is none."""
        if (alert := self.alerts.take_deleted()) is None:
            return False
        self._start(self.alerts.set(alert.symbol, alert.condition, alert.price))
        return True

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self.run_worker(work, group="alerts", exit_on_error=False)

    def on_candle_chart_looks(self, event: CandleChart.Looks) -> None:
        self.say(f"Chart: {event.look.value}. t goes on.")

    def on_candle_chart_moved(self) -> None:
        self._painter.paint_chart(self.symbol, self.interval)

    def action_step_symbol(self, by: int) -> None:
        here = self.symbol if self._deck.pinned is None else self._deck.in_hand.symbol
        listed = self.query_one(WatchGrid).row_ids or self._watch.watched()
        if (symbol := next_to(listed, here, by)) is not None:
            self.go_to(symbol)

    def action_search(self) -> None:
        """Narrow the focused list; anywhere else find a market."""
        if (grid := self._focused_list) is not None:
            self.filter_list(grid)
        else:
            self._watch.search()

    def action_export(self) -> None:
        """The focused list into a file."""
        pane = self.focused_pane
        if pane not in (Pane.WATCH, *LISTS):
            self.say(f"E writes a list to a file: {self._lists}.")
        elif self._ctx.trading.may_press("grid.export"):
            rows = self.query_one(f"#{pane}", GridView).row_ids
            self.run_worker(self._exports.export(pane, rows, self.symbol), group="exports", exit_on_error=False)

    def on_watch_grid_edited(self, event: WatchGrid.Edited) -> None:
        if event.edit in (Edit.UP, Edit.DOWN) and self._painter.is_sorted(Pane.WATCH):
            self.say("The list is sorted: o goes on to your own order, where J and K move.", True)
        else:
            self._watch.edit(event)

    def on_watch_grid_grouped(self) -> None:
        self._watch.next_group()

    def on_grid_view_opened(self) -> None:
        """Enter on a row goes to the market that it is about."""
        try:
            symbol = symbol_at_cursor(self, self._ctx.desk, self._ctx.trading.sender.outbox, self.focused_pane)
        except CursorGone as gone:
            self.say(str(gone), True)
            return
        if symbol is not None:
            self.choose(symbol)

    def action_step_tab(self, by: int) -> None:
        """The chart's next interval, or the next of the panes that share the lower place."""
        if self.focused_pane is not Pane.CHART:
            self._step_lower(by)
            return
        names = list(INTERVALS)
        self.choose_interval(names[(names.index(self.interval) + by) % len(names)])

    def choose_interval(self, name: str) -> None:
        """Draw candles of this length from now on."""
        self.interval = name
        self.choose(self.symbol)
