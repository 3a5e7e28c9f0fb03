"""Brings the Trade screen's panes up to date from the desk: only what is dirty, only when it looks different.

It reads selectors and writes to widgets; it neither hears keys nor sends anything.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from textual.dom import DOMNode

from tradeterm.protocol.market import Print
from tradeterm.tui.context import Context
from tradeterm.tui.desk.day import Day, day_of
from tradeterm.tui.desk.port import DeskLinkState, Dirty
from tradeterm.tui.drawing.bars import account_bar, account_lines, link_lines, status_bar
from tradeterm.tui.drawing.hint_bar import (
    TICKET_FOOT,
    dialog_hint_bar,
    hint_bar,
    hint_words,
    line_hint_bar,
    notice_lines,
)
from tradeterm.tui.drawing.keymap import shown_keys
from tradeterm.tui.drawing.order_rows import total_net
from tradeterm.tui.drawing.panes import Pane, Shown
from tradeterm.tui.drawing.parts import Line
from tradeterm.tui.drawing.sorting import Sort
from tradeterm.tui.drawing.words.ticket import ticket_text
from tradeterm.tui.screens.dialog import Dialog
from tradeterm.tui.screens.trade.ladder_deck import LadderDeck
from tradeterm.tui.screens.trade.list_painter import ListPainter
from tradeterm.tui.screens.trade.market_painter import MarketPainter
from tradeterm.tui.widgets.lines import Lines
from tradeterm.tui.widgets.order_line import OrderLine
from tradeterm.tui.widgets.ticket import Ticket
from tradeterm.tui.widgets.titles import resubtitle, retitle

SLOW_EVERY = 5  # ticks: what only ages is looked at twice a second


class Painter:
    """One tick of the clock paints; everything else follows from what is dirty."""

    def __init__(self, screen: DOMNode, context: Context, deck: LadderDeck) -> None:
        self._screen = screen
        self._ctx, self._desk, self._deck = context, context.desk, deck
        self._lists, self._market = ListPainter(screen, context), MarketPainter(screen, context, deck)
        self._ticks = 0
        self._day = Day()
        self._hints: dict[tuple[Pane, bool], Line] = {}

    def paint(self, dirty: Dirty, symbol: str, interval: str, shown: Shown) -> None:
        for _ in self.strokes(dirty, symbol, interval, shown):
            pass

    def strokes(self, dirty: Dirty, symbol: str, interval: str, shown: Shown) -> Iterator[None]:
        """The same in three parts that take about as long: lists, ladders, and what shows one market and its money. They are
        few, for each turn of the loop between them costs too."""
        now = self._ctx.clocks.now()
        self._ticks += 1
        is_slow_tick = dirty.everything or self._ticks % SLOW_EVERY == 0
        self._lists.paint(dirty, symbol, now, shown, is_slow_tick=is_slow_tick)
        if symbol in dirty.tickers or is_slow_tick:
            self._market.see(symbol)
        yield
        self._market.paint_ladders(dirty, symbol, now, shown, is_due=dirty.orders or is_slow_tick)
        yield
        if (symbol in dirty.candles or is_slow_tick or self._market.has_traded(symbol)) and Pane.CHART in shown.visible:
            self._market.paint_chart(symbol, interval, now)
        if dirty.fills or is_slow_tick:
            self._day = day_of(self._desk.fills(), now)
        self._paint_bars(symbol, now)
        self.paint_ticket(symbol)
        self._paint_link(dirty, now)

    def paint_chart(self, symbol: str, interval: str) -> None:
        self._market.paint_chart(symbol, interval, self._ctx.clocks.now())

    def show_columns(self, shown: Shown) -> None:
        """Give the tables the columns of this width; `paint` with everything must follow."""
        self._lists.show_columns(shown)

    def sort_next(self, pane: Pane, shown: Shown) -> Sort | None:
        """Put this list in its next order; `paint` with everything must follow."""
        return self._lists.sort_next(pane, shown)

    def is_sorted(self, pane: Pane) -> bool:
        return self._lists.sorting.of(pane) is not None

    def tape(self, symbol: str) -> list[Print]:
        """The lines that the tape has of this market."""
        return self._lists.tape(symbol)

    def sift_tape(self, least: Decimal) -> None:
        """Let the tape show no print of a smaller size from now on."""
        self._lists.tape_from = least

    def _paint_bars(self, symbol: str, now: datetime) -> None:
        desk, width = self._desk, self._screen.app.size.width
        market, modes = self._ctx.trading.market(symbol), self._ctx.trading.modes
        positions = desk.positions()
        net = total_net(positions) if all(one.current_price is not None for one in positions) else None
        left = modes.left(self._ctx.clocks.steady())
        bar = account_bar(
            *(self._ctx.label, modes.mode, market, desk.ticker(symbol), desk.account(), now, width),
            net=net,
            armed_for=left,
        )
        self._screen.query_one("#account-bar", Lines).show([bar])
        newest = next(iter(desk.events()), None)
        self._screen.query_one("#status-bar", Lines).show(
            [status_bar(desk.link(), newest, now, width, self._ctx.terminal_lag(), desk.venue())]
        )

    def paint_foot(self, pane: Pane) -> None:
        """What has to be said; where there is nothing, the keys of what is in front: a dialog, the order line, or the focused
        pane. What one row does not hold lies over the feet of the panes."""
        notice, width = self._ctx.notices.current(self._ctx.clocks.steady()), self._screen.app.size.width
        said = [] if notice is None else notice_lines(notice.text, notice.is_alert, width)
        over = self._screen.query_one("#notice", Lines)
        over.display = len(said) > 1
        over.show(said if over.display else ())
        line = said[0] if len(said) == 1 else self._keys_in_front(pane)
        self._screen.query_one("#hint-bar", Lines).show([line])

    def _keys_in_front(self, pane: Pane) -> Line:
        front = self._screen.app.screen
        if isinstance(front, Dialog):
            return dialog_hint_bar(self._ctx.keymap, front.hints)
        if self._screen.query_one(OrderLine).is_open:
            return line_hint_bar(self._ctx.keymap)
        look = pane, self._deck.in_hand.is_stop
        line = self._hints[look] = self._hints.get(look) or hint_bar(self._ctx.keymap, pane, places_stops=look[1])
        return line

    def paint_ticket(self, symbol: str) -> None:
        ticket = self._screen.query_one(Ticket)
        is_written = ticket.draft is not None
        resubtitle(ticket, hint_words(self._ctx.keymap, TICKET_FOOT) if is_written else "")
        if ticket.draft is None:
            ticket.show_summary(account_lines(self._desk.account(), self._desk.positions(), symbol, self._day))
        else:
            ticket.show_text(ticket_text(ticket.draft, self._ctx.trading))

    def _paint_link(self, dirty: Dirty, now: datetime) -> None:
        link = self._desk.link()
        is_down = link.state is not DeskLinkState.LIVE
        box = self._screen.query_one("#link-box", Lines)
        self._screen.set_class(self._ctx.is_old, "-down")
        box.display = is_down
        if is_down:
            retitle(box, "Not connected")
            box.show(link_lines(link, len(self._desk.open_orders()), now))
            retry = shown_keys(self._ctx.keymap, "app.resync")
            resubtitle(box, f"{retry} tries it now" if link.state is DeskLinkState.DOWN else "")
