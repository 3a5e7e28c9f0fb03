"""Which pane is in front and which has the focus, and the keys for both. Knows no market and no order."""

from dataclasses import replace

from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from tradeterm.tui.context import Context
from tradeterm.tui.desk.port import EVERYTHING, DeskLinkState, Dirty
from tradeterm.tui.drawing.panes import Pane, Shown, pane_of
from tradeterm.tui.drawing.sorting import SORTS
from tradeterm.tui.screens.filter import FilterDialog
from tradeterm.tui.screens.trade.ladder_deck import LadderDeck
from tradeterm.tui.screens.trade.painter import Painter
from tradeterm.tui.screens.trade.pane_area import PaneArea
from tradeterm.tui.terminal.pieces import PieceCompositor
from tradeterm.tui.widgets.grid.view import GridView
from tradeterm.tui.widgets.ladder import Ladder
from tradeterm.tui.widgets.ticket import Ticket
from tradeterm.tui.widgets.titles import TAB_SEPARATOR, resubtitle

LISTS = (Pane.ORDERS, Pane.POSITIONS, Pane.FILLS, Pane.EVENTS, Pane.TAPE, Pane.ALERTS)


class PaneKeys(Screen[None]):
    """The part of the Trade screen that moves between panes."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._compositor = PieceCompositor(self)
        self._ctx = context
        self._area = PaneArea()
        self._deck = LadderDeck(self, context)
        self._painter = Painter(self, context, self._deck)

    def repaint(self, dirty: Dirty) -> None:
        """Paint what changed."""
        raise NotImplementedError

    @property
    def shown(self) -> Shown:
        return self._area.pane_layout.shown

    def _show(self, shown: Shown) -> None:
        self._area.pane_layout.shown = shown
        for pane in Pane:
            self.query_one(f"#{pane}").display = pane in shown.visible
        for number, ladder in enumerate(self._deck.every, 1):
            ladder.display = Pane.LADDER in shown.visible and number <= shown.seen_ladders
        self._painter.show_columns(shown)
        self._area.refresh(layout=True)
        self.repaint(EVERYTHING)
        kept = (
            None if self.app.app_focus else self.app._last_focused_on_app_blur
        )  # until the terminal is looked at again
        holder = self.focused or kept
        if holder is None or not holder.display:
            self._focus(Pane.LADDER if Pane.LADDER in shown.visible else shown.visible[0])

    @property
    def focused_pane(self) -> Pane:
        """The pane with the focus; the ladder where nothing has it."""
        node = self.focused
        while node is not None and node.id not in set(Pane):
            node = node.parent if isinstance(node.parent, Widget) else None
        return Pane.LADDER if node is None or node.id is None else Pane(node.id)

    def _focus(self, pane: Pane) -> None:
        match pane:
            case Pane.TICKET:
                self.query_one(Ticket).query_one("#quantity").focus()
            case Pane.LADDER:
                self._deck.in_hand.focus()
            case _:
                widget = self.query_one(f"#{pane}")
                widget.focus()
                if isinstance(widget, GridView):
                    widget.show_cursor()

    def action_focus_pane(self, number: int) -> None:
        pane = pane_of(number)
        if pane is Pane.TICKET and not self.query_one(Ticket).is_open:
            self.say("No ticket is open: b buys, s sells.")
            return
        if pane is Pane.LADDER and isinstance(self.focused, Ladder):
            self._step_ladder()
            return
        self._show(self.shown.bringing(pane))
        self._focus(pane)

    def action_next_pane(self) -> None:
        self._step_pane(1)

    def action_previous_pane(self) -> None:
        self._step_pane(-1)

    def _step_pane(self, by: int) -> None:
        """Round the panes, and each of the ladders."""
        open_ticket = self.query_one(Ticket).is_open
        panes = [pane for pane in self.shown.visible if pane is not Pane.TICKET or open_ticket]
        ladders = self._deck.seen(self.shown)
        stops = [stop for pane in panes for stop in (ladders if pane is Pane.LADDER else (pane,))]
        here = self.focused if self.focused in ladders else self.focused_pane
        stop = stops[((stops.index(here) if here in stops else 0) + by) % len(stops)]
        self._focus(stop) if isinstance(stop, Pane) else stop.focus()

    def _step_ladder(self) -> None:
        """To the next of the ladders that stand side by side."""
        ladders = self._deck.seen(self.shown)
        ladders[self._deck.number % len(ladders)].focus()

    def action_zoom(self) -> None:
        pane = self.focused_pane
        self._show(replace(self.shown, zoomed=None if self.shown.zoomed else pane))
        self._focus(pane)

    @property
    def _focused_list(self) -> GridView | None:
        """The focused pane, where it is a list that can be narrowed."""
        pane = self.focused_pane
        return self.query_one(f"#{pane}", GridView) if pane in LISTS else None

    def filter_list(self, grid: GridView) -> None:
        """Ask what the rows of this list shall hold."""

        def narrow(text: str) -> None:
            grid.narrow(text)
            resubtitle(grid, f"/{text}" if text else "")

        self.app.push_screen(FilterDialog(self._ctx.keymap, str(grid.id), grid.filter, narrow))

    def action_match(self, by: int) -> None:
        """The next row of a narrowed list, round its end."""
        grid = self._focused_list
        if grid is None or not grid.filter:
            self.say("n and N go through what a filter finds: / in a list narrows it.")
        else:
            grid.step_round(by)

    def action_sort(self) -> None:
        """The focused list in its next order: by each of some columns, then as it came."""
        pane = self.focused_pane
        if pane not in SORTS:
            is_list = pane in LISTS
            self.say(f"{pane.capitalize()} stand by time." if is_list else f"o sorts a list: {self._lists}.")
            return
        by = self._painter.sort_next(pane, self.shown)
        self.repaint(EVERYTHING)
        self.say(f"{pane.capitalize()}: " + ("as they come." if by is None else f"by {by.words}. o goes on."))

    @property
    def _lists(self) -> str:
        """Those that `o` and `E` are for, with their numbers; the tape and the events can be exported too."""
        return ", ".join(f"{one.number} {one}" for one in (Pane.WATCH, *LISTS))

    def on_grid_view_title_pressed(self, event: GridView.TitlePressed) -> None:
        """A click on a tab brings its pane to the front."""
        title, at = Content.from_markup(str(event.grid.border_title)).plain, 0
        for tab in title.split(TAB_SEPARATOR):
            if at <= event.column < at + len(tab) and tab.strip()[:1].isdigit():
                self.action_focus_pane(int(tab.strip()[0]))
            at += len(tab) + len(TAB_SEPARATOR)

    def action_back(self) -> None:
        """Out of a filter, then out of the zoom; then out of the ticket, wherever the focus is."""
        grid = self._focused_list
        if grid is not None and grid.filter:
            grid.narrow("")
            resubtitle(grid, "")
        elif self.shown.zoomed:
            self.action_zoom()
        elif self.query_one(Ticket).is_open:
            self.query_one(Ticket).action_close()

    def action_redraw(self) -> None:
        self.refresh(layout=True)
        self.repaint(EVERYTHING)

    def action_resync(self) -> None:
        """Everything anew from the server; without a link, the next try now. Once, however long the key is held down."""
        if not self._ctx.trading.may_press("app.resync"):
            return
        match self._ctx.desk.link().state:
            case DeskLinkState.LIVE:
                self.say("Everything is asked of the server anew.")
            case DeskLinkState.DOWN:
                self.say("The link is tried now.")
            case DeskLinkState.CONNECTING:
                self.say("It is being connected already.")
            case DeskLinkState.REFUSED:
                self.say("The server refused: that is not tried again. ctrl+q quits.", True)
                return
        self._ctx.desk.resync()

    def _step_lower(self, by: int) -> None:
        panes = self.shown.lower_panes
        was_focused = self.focused_pane is self.shown.lower
        self._show(self.shown.bringing(panes[(panes.index(self.shown.lower) + by) % len(panes)]))
        if was_focused:
            self._focus(self.shown.lower)

    def say(self, text: str, is_alert: bool = False) -> None:
        """One line at the foot: it never takes the focus, and covers nothing but the hints."""
        self._ctx.tell(text, is_alert=is_alert)
        self._painter.paint_foot(self.focused_pane)
