"""The Trade screen: panes, focus and keys. What they show is the painter's, what may be sent is Trading's."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.events import Resize
from textual.geometry import Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.screen import Screen
from textual.widget import Widget

from tradeterm.protocol.market import INTERVALS
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.context import Context
from tradeterm.tui.desk.port import EVERYTHING, Dirty, View
from tradeterm.tui.drawing.columns import columns
from tradeterm.tui.drawing.keymap import bindings
from tradeterm.tui.drawing.panes import Pane, Shown, arranged, pane_of
from tradeterm.tui.orders.asking import break_even, cancel_entries, close_all, kill, order_at, reverse
from tradeterm.tui.orders.draft import Draft
from tradeterm.tui.screens.help import HelpScreen
from tradeterm.tui.screens.trade.cursor import CursorGone, symbol_at_cursor
from tradeterm.tui.screens.trade.order_flow import OrderFlow
from tradeterm.tui.screens.trade.painter import Painter
from tradeterm.tui.screens.trade.watch_flow import WatchFlow
from tradeterm.tui.widgets.chart import CandleChart
from tradeterm.tui.widgets.grid import GridView
from tradeterm.tui.widgets.ladder import Ladder
from tradeterm.tui.widgets.lines import Lines
from tradeterm.tui.widgets.ticket import Ticket
from tradeterm.tui.widgets.watch import WatchGrid

_EMPTY = {
    Pane.WATCH: "No markets yet.",
    Pane.ORDERS: "No working order. b buys, s sells; ^t in the ticket makes a limit.",
    Pane.POSITIONS: "No position. b buys, s sells.",
    Pane.FILLS: "No fill yet. A fill is a trade of yours.",
    Pane.EVENTS: "Nothing has happened yet.",
    Pane.TAPE: "No trade in this market yet.",
}


class PaneLayout(Layout):
    """Places the panes by `arranged`, and the box about the link over the middle."""

    name = "panes"

    def __init__(self) -> None:
        self.shown = Shown()

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        regions: dict[str, Region] = dict(arranged(self.shown, size.width, size.height).items())
        box_width = min(62, size.width - 4)
        regions["link-box"] = Region((size.width - box_width) // 2, size.height // 3, box_width, 5)
        none = size.region.reset_offset.offset
        return [
            WidgetPlacement(regions[child.id], none, child.styles.margin, child)
            for child in children
            if child.id is not None and child.id in regions
        ]


class PaneArea(Container):
    """The body of the screen, laid out by its own PaneLayout."""

    def __init__(self) -> None:
        super().__init__(id="panes")
        self.pane_layout = PaneLayout()

    @property
    def layout(self) -> Layout:
        return self.pane_layout


class TradeScreen(Screen[None]):
    """Everything a trader needs on one page."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("global", "trade")
    AUTO_FOCUS = "#ladder"

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._ctx = context
        self._trading = context.trading
        self._area = PaneArea()
        self._painter = Painter(self, context)
        self._flow = OrderFlow(self, context, self.say)
        self._watch = WatchFlow(self, context, self._choose, lambda: self._choose(self.symbol), self.say)
        self._before_ticket = (Shown(), Pane.LADDER)
        self._kept: dict[tuple[str, Side], Draft] = {}  # half-written tickets of markets one went away from
        self.symbol = ""
        self.interval = "1m"

    def compose(self) -> ComposeResult:
        palette = self._ctx.palette
        yield Lines(palette, widget_id="account-bar")
        with self._area:
            for pane in Pane:
                match pane:
                    case Pane.CHART:
                        yield CandleChart(palette, widget_id=pane)
                    case Pane.LADDER:
                        yield Ladder(palette, widget_id=pane)
                    case Pane.TICKET:
                        yield Ticket(palette, widget_id=pane)
                    case Pane.WATCH:
                        yield WatchGrid(columns(pane, is_wide=True), palette, empty=_EMPTY[pane], widget_id=pane)
                    case _:
                        yield GridView(columns(pane, is_wide=True), palette, empty=_EMPTY[pane], widget_id=pane)
            yield Lines(palette, widget_id="link-box")
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

    # -- painting -----------------------------------------------------------------------------------------------------

    @property
    def shown(self) -> Shown:
        return self._area.pane_layout.shown

    def repaint(self, dirty: Dirty) -> None:
        """Called by the one timer, with what changed since the last time."""
        if self._pruning:  # the app closes, and widgets go one by one
            return
        if not self.symbol and (watched := self._watch.watched()):
            self._choose(watched[0])
        self._painter.paint(dirty, self.symbol, self.interval, self.shown)
        self._painter.paint_foot(self.focused_pane)

    def _show(self, shown: Shown) -> None:
        self._area.pane_layout.shown = shown
        for pane in Pane:
            self.query_one(f"#{pane}").display = pane in shown.visible
        self._painter.show_columns(shown)
        self._area.refresh(layout=True)
        self.repaint(EVERYTHING)
        if self.focused is None or not self.focused.display:
            self._focus(shown.visible[0])

    # -- panes --------------------------------------------------------------------------------------------------------

    @property
    def focused_pane(self) -> Pane:
        """The pane with the focus; the ladder where nothing has it."""
        node = self.focused
        while node is not None and node.id not in set(Pane):
            node = node.parent if isinstance(node.parent, Widget) else None
        return Pane.LADDER if node is None or node.id is None else Pane(node.id)

    def _focus(self, pane: Pane) -> None:
        ticket = self.query_one(Ticket)
        (ticket.query_one("#quantity") if pane is Pane.TICKET else self.query_one(f"#{pane}")).focus()

    def action_focus_pane(self, number: int) -> None:
        pane = pane_of(number)
        if pane is Pane.TICKET and not self.query_one(Ticket).is_open:
            self.say("No ticket is open: b buys, s sells.")
            return
        self._show(self.shown.bringing(pane))
        self._focus(pane)

    def action_next_pane(self) -> None:
        self._step_pane(1)

    def action_previous_pane(self) -> None:
        self._step_pane(-1)

    def _step_pane(self, by: int) -> None:
        open_ticket = self.query_one(Ticket).is_open
        panes = [pane for pane in self.shown.visible if pane is not Pane.TICKET or open_ticket]
        here = panes.index(self.focused_pane) if self.focused_pane in panes else 0
        self._focus(panes[(here + by) % len(panes)])

    def action_zoom(self) -> None:
        pane = self.focused_pane
        shown = self.shown
        self._show(Shown(shown.is_wide, shown.left, shown.lower, None if shown.zoomed else pane))
        self._focus(pane)

    def action_back(self) -> None:
        """Out of the zoom; then out of the ticket, wherever the focus is."""
        if self.shown.zoomed:
            self.action_zoom()
        elif self.query_one(Ticket).is_open:
            self.query_one(Ticket).action_close()

    def action_redraw(self) -> None:
        self.refresh(layout=True)
        self.repaint(EVERYTHING)

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(self._ctx, self.focused_pane.capitalize()))

    def action_step_tab(self, by: int) -> None:
        if self.focused_pane is Pane.CHART:
            names = list(INTERVALS)
            self.interval = names[(names.index(self.interval) + by) % len(names)]
            self._choose(self.symbol)
            return
        panes = self.shown.lower_panes
        was_focused = self.focused_pane is self.shown.lower
        self._show(self.shown.bringing(panes[(panes.index(self.shown.lower) + by) % len(panes)]))
        if was_focused:
            self._focus(self.shown.lower)

    # -- symbols ------------------------------------------------------------------------------------------------------

    def _choose(self, symbol: str) -> None:
        """Look at another market. An open ticket belongs to the old one and is put away."""
        ticket = self.query_one(Ticket)
        if ticket.draft is not None and symbol != self.symbol:
            self._kept[self.symbol, ticket.draft.side] = ticket.draft
            self.say(f"The ticket of {self.symbol} is put away: it opens again there as it was.")
            ticket.action_close()
        self.symbol = symbol
        self._ctx.desk.show(View(symbol, self.interval, tuple(self._watch.watched())))
        self._painter.paint(EVERYTHING, self.symbol, self.interval, self.shown)

    def action_step_symbol(self, by: int) -> None:
        if (symbol := self._watch.next_to(self.symbol, by)) is not None:
            self._choose(symbol)

    def action_search(self) -> None:
        self._watch.search()

    def on_watch_grid_edited(self, event: WatchGrid.Edited) -> None:
        self._watch.edit(event)

    def on_grid_view_opened(self, event: GridView.Opened) -> None:
        if event.grid.id in (Pane.WATCH, Pane.POSITIONS):
            self._choose(event.row_id)

    # -- orders -------------------------------------------------------------------------------------------------------

    def _meant(self) -> str | None:
        """The market that an order key means: the one that is highlighted, or the page's. None, and a word, if gone."""
        try:
            at = symbol_at_cursor(self, self._ctx.desk, self._trading.outbox, self.focused_pane)
        except CursorGone as gone:
            self.say(str(gone), True)
            return None
        return at or self.symbol

    def action_ticket(self, side: str) -> None:
        symbol = self._meant()
        draft = self._flow.new_draft(symbol, Side(side)) if symbol is not None else None
        if draft is not None:
            self._open_ticket(self._kept.pop((draft.symbol, draft.side), draft))

    def _open_ticket(self, draft: Draft) -> None:
        """The page follows the ticket to its market."""
        market = self._trading.market(draft.symbol)
        if market is None:
            return
        if draft.symbol != self.symbol:
            self._choose(draft.symbol)
        ticket = self.query_one(Ticket)
        if not ticket.is_open:
            self._before_ticket = (self.shown, self.focused_pane)
        self._show(self.shown.bringing(Pane.TICKET))
        ticket.open(draft, market)

    def on_ticket_changed(self, event: Ticket.Changed) -> None:
        if self.query_one(Ticket).wants_price:
            self._flow.suggest_price(event.draft, self.query_one(Ladder).cursor_price)
        self._painter.paint_ticket(self.symbol)

    def on_ticket_reviewed(self, event: Ticket.Reviewed) -> None:
        self._flow.review_ticket(event.draft)

    def on_ticket_closed(self) -> None:
        """Back to the panes and the focus of before."""
        shown, pane = self._before_ticket
        if shown.is_wide == self.shown.is_wide:
            self._show(shown)
        elif self.shown.left is Pane.TICKET:
            self._show(self.shown.bringing(Pane.CHART))
        self._focus(pane if pane in self.shown.visible else Pane.LADDER)

    def action_flatten(self) -> None:
        if (symbol := self._meant()) is not None:
            self._flow.flatten(symbol)

    def on_ladder_wanted(self, event: Ladder.Wanted) -> None:
        cursor = self.query_one(Ladder).cursor_price
        self._flow.ask("order.at", lambda: order_at(self._trading, self.symbol, event.placing, cursor))

    def action_at_cursor(self, placing: str) -> None:
        if self.focused_pane is Pane.LADDER:
            self.query_one(Ladder).action_want(placing)
        else:
            self.say("B and S order at the ladder's price: 3 goes there, j and k move it.", True)

    def on_ladder_sized(self, event: Ladder.Sized) -> None:
        self._trading.resize(self.symbol, event.by, is_preset=event.is_preset)
        self.repaint(EVERYTHING)

    def action_flatten_all(self) -> None:
        self._flow.ask("position.flatten_all", lambda: close_all(self._trading))

    def action_cancel_entries(self, only_symbol: bool) -> None:
        symbol = self._meant() if only_symbol else None
        if symbol is not None or not only_symbol:
            self._flow.ask("order.cancel_entries", lambda: cancel_entries(self._trading, symbol))

    def action_kill(self) -> None:
        self._flow.ask("safety.kill", lambda: kill(self._trading))

    def action_reverse(self) -> None:
        if (symbol := self._meant()) is not None:
            self._flow.ask("position.reverse", lambda: reverse(self._trading, symbol))

    def action_protect(self) -> None:
        if (symbol := self._meant()) is not None:
            self._flow.protect(symbol)

    def action_break_even(self) -> None:
        if (symbol := self._meant()) is not None:
            self._flow.ask("position.breakeven", lambda: break_even(self._trading, symbol))

    def action_amend(self) -> None:
        self._flow.amend(self._order_at_cursor())

    def action_nudge(self, ticks: int) -> None:
        self._flow.nudge(self._order_at_cursor(), ticks)

    def _order_at_cursor(self) -> str | None:
        """The row of the order at the focused pane's cursor: in the orders, or at the ladder's price."""
        if self.focused_pane is Pane.ORDERS:
            return self.query_one(f"#{Pane.ORDERS}", GridView).cursor_id
        ladder = self.query_one(Ladder)
        if self.focused_pane is not Pane.LADDER or ladder.cursor_price is None or ladder.step is None:
            return None
        return self._flow.row_at_price(self.symbol, ladder.cursor_price, ladder.step)

    def action_undo(self) -> None:
        draft = self._flow.undo_draft()
        if draft is not None:
            self._open_ticket(draft)

    def action_cancel_order(self) -> None:
        """Cancel at the cursor of the focused pane, and nowhere else."""
        match self.focused_pane:
            case Pane.ORDERS:
                self._flow.cancel_row(self.query_one(f"#{Pane.ORDERS}", GridView).cursor_id)
            case Pane.LADDER:
                ladder = self.query_one(Ladder)
                if ladder.step is not None:
                    self._flow.cancel_at_price(self.symbol, ladder.cursor_price, ladder.step)
            case _:
                self.say("c cancels the order at the cursor: 4 goes to the orders.", True)

    def on_ladder_cancel_at_cursor(self, event: Ladder.CancelAtCursor) -> None:
        self._flow.cancel_at_price(self.symbol, event.price, event.step)

    def say(self, text: str, is_alert: bool = False) -> None:
        """One line at the foot: it never takes the focus, and covers nothing but the hints."""
        self._ctx.tell(text, is_alert=is_alert)
        self._painter.paint_foot(self.focused_pane)
