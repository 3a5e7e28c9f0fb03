"""How the ticket is opened and left: the page follows it to its market, and what is half written is kept."""

from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.context import Context
from tradeterm.tui.drawing.panes import Pane, Shown
from tradeterm.tui.drawing.words.refusals import with_the_most
from tradeterm.tui.orders.draft import Draft, FieldFault
from tradeterm.tui.screens.trade.cursor import CursorGone, symbol_at_cursor
from tradeterm.tui.screens.trade.order_flow import OrderFlow
from tradeterm.tui.screens.trade.symbol_keys import SymbolKeys
from tradeterm.tui.screens.trade.working_order_flow import WorkingOrderFlow
from tradeterm.tui.widgets.ticket import Ticket


class TicketKeys(SymbolKeys):
    """The part of the Trade screen that writes an order."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._trading = context.trading
        self._flow = OrderFlow(self, context, self.say, self._refused, self._open_ticket)
        self._working = WorkingOrderFlow(self, context, self._flow, self.say)
        self._before_ticket = (Shown(), Pane.LADDER)
        self._kept: dict[tuple[str, Side], Draft] = {}  # half-written tickets of markets one went away from

    def choose(self, symbol: str) -> None:
        """An open ticket belongs to the market it was opened in, and is put away."""
        ticket = self.query_one(Ticket)
        if ticket.draft is not None and symbol != self.symbol:
            self._kept[self.symbol, ticket.draft.side] = ticket.draft
            self.say(f"The ticket of {self.symbol} is put away: it opens again there as it was.")
            ticket.action_close()
        super().choose(symbol)

    def _meant(self) -> str | None:
        """The market that an order key means: the one that is highlighted, the ladder's, or the page's. None, and a word, if
        it is gone."""
        try:
            at = symbol_at_cursor(self, self._ctx.desk, self._trading.sender.outbox, self.focused_pane)
        except CursorGone as gone:
            self.say(str(gone), True)
            return None
        is_ladder = self.focused_pane is Pane.LADDER
        return at or (self._deck.in_hand.symbol if is_ladder else "") or self.symbol

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
            self.choose(draft.symbol)
        ticket = self.query_one(Ticket)
        if not ticket.is_open:
            self._before_ticket = (self.shown, self.focused_pane)
        self._show(self.shown.bringing(Pane.TICKET))
        ticket.open(draft, market)

    def _refused(self, draft: Draft, text: str) -> None:
        self.call_after_refresh(self._reopen, draft, text)

    def _reopen(self, draft: Draft, text: str) -> None:
        """What was refused comes back with the reason, unless another ticket is being written. It takes neither the focus
        nor another pane's place: where it is not in front, its number brings it."""
        ticket, market = self.query_one(Ticket), self._trading.market(draft.symbol)
        if ticket.is_open or market is None or draft.symbol != self.symbol:
            return
        ticket.reopen(draft, market, FieldFault("", with_the_most(text, draft, self._trading)))
        self._painter.paint_ticket(self.symbol)

    def on_ticket_changed(self, event: Ticket.Changed) -> None:
        if self.query_one(Ticket).wants_price:
            ladder = self._deck.about(event.draft.symbol)
            self._flow.suggest_price(event.draft, None if ladder is None else ladder.cursor_price)
        self._painter.paint_ticket(self.symbol)

    def on_ticket_reviewed(self, event: Ticket.Reviewed) -> None:
        self._flow.review_ticket(event.draft)

    def on_ticket_closed(self) -> None:
        """Back to the panes and the focus of before."""
        shown, pane = self._before_ticket
        if shown.is_wide == self.shown.is_wide:
            self._show(shown.at(self.shown.width).having(self.shown.ladders))
        elif self.shown.left is Pane.TICKET:
            self._show(self.shown.bringing(Pane.CHART))
        self._focus(pane if pane in self.shown.visible else Pane.LADDER)

    def action_undo(self) -> None:
        if self.focused_pane is Pane.WATCH and self._watch.undo():
            return
        if self.focused_pane is Pane.ALERTS and self.undo_alert():
            return
        draft = self._working.undo_draft()
        if draft is not None:
            self._open_ticket(draft)
