"""The keys that have to do with orders: what they mean at the focused pane's cursor, handed to the flow that reviews."""

from collections.abc import Callable

from tradeterm.protocol.money import price_text
from tradeterm.tui.desk.port import EVERYTHING
from tradeterm.tui.drawing.panes import Pane
from tradeterm.tui.orders.closing import cancel_entries, close_all, kill, reverse
from tradeterm.tui.orders.opening import order_at
from tradeterm.tui.orders.protecting import break_even
from tradeterm.tui.orders.sendable import Sendable
from tradeterm.tui.screens.trade.cursor import CursorGone, row_at_cursor
from tradeterm.tui.screens.trade.ticket_keys import TicketKeys
from tradeterm.tui.widgets.grid.view import GridView
from tradeterm.tui.widgets.ladder import Ladder


class OrderKeys(TicketKeys):
    """The part of the Trade screen that orders and cancels."""

    def action_flatten(self) -> None:
        if (symbol := self._meant()) is not None:
            self._flow.flatten(symbol)

    def on_ladder_wanted(self, event: Ladder.Wanted) -> None:
        def order() -> Sendable | str:
            return order_at(self._trading, event.symbol, event.placing, event.price)

        self._flow.ask("order.at", order, is_one_press=True)

    def on_ladder_type_wanted(self) -> None:
        """A key that is held down switches once."""
        if not self._trading.may_press("ladder.order_type"):
            return
        ladder = self._deck.in_hand
        ladder.is_stop = not ladder.is_stop
        what = "stops: m makes them limits again" if ladder.is_stop else "limits"
        self.say(f"B and S at the cursor are {what}.", ladder.is_stop)
        self.repaint(EVERYTHING)

    def action_at_cursor(self, placing: str) -> None:
        if self.focused_pane is Pane.LADDER:
            self._deck.in_hand.action_want(placing)
        else:
            self.say("B and S order at the ladder's price: 3 goes there, j and k move it.", True)

    def on_ladder_sized(self, event: Ladder.Sized) -> None:
        self._trading.resize(event.symbol, event.by, is_preset=event.is_preset)
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
        self._with_order(self._working.amend)

    def action_nudge(self, ticks: int) -> None:
        self._with_order(lambda row_id: self._working.nudge(row_id, ticks))

    def _with_order(self, do: Callable[[str | None], None]) -> None:
        """Do it with the row of the order at the cursor, or say why that is not to be seen."""
        try:
            row_id = self._order_at_cursor()
        except CursorGone as gone:
            self.say(str(gone), True)
        else:
            do(row_id)

    def _order_at_cursor(self) -> str | None:
        """The row of the order at the focused pane's cursor: in the orders, or at the ladder's price. Raises CursorGone."""
        if self.focused_pane is Pane.ORDERS:
            return row_at_cursor(self.query_one(f"#{Pane.ORDERS}", GridView))
        ladder = self._deck.in_hand
        if self.focused_pane is not Pane.LADDER or ladder.cursor_price is None or ladder.step is None:
            return None
        return self._working.row_at_price(ladder.symbol, ladder.cursor_price, ladder.step)

    def action_copy(self) -> None:
        """Give the terminal's clipboard what stands at the cursor: an order's id, a market, the ladder's price."""
        text = self._at_cursor()
        if text is None:
            self.say("Nothing stands at a cursor here: j and k move it.", True)
            return
        self.app.copy_to_clipboard(text)
        self.say(f"Copied {text}.")

    def _at_cursor(self) -> str | None:
        if self.focused_pane is Pane.LADDER:
            ladder = self._deck.in_hand
            market = self._trading.market(ladder.symbol)
            if market is None or ladder.cursor_price is None:
                return None
            return price_text(ladder.cursor_price, market.price_decimals)
        row_id = self.focused.cursor_id if isinstance(self.focused, GridView) else None
        if row_id is None or self.focused_pane is not Pane.ORDERS:
            return row_id
        order = self._ctx.desk.order_of(row_id) or self._ctx.desk.order(row_id)
        return row_id if order is None else order.id

    def action_cancel_order(self) -> None:
        """Cancel at the cursor of the focused pane, and nowhere else."""
        match self.focused_pane:
            case Pane.ORDERS:
                self._with_order(self._working.cancel_row)
            case Pane.LADDER:
                self._deck.in_hand.action_cancel_at_cursor()
            case _:
                self.say("c cancels the order at the cursor: 4 goes to the orders.", True)

    def on_ladder_picked_up(self, event: Ladder.PickedUp) -> None:
        held = self._working.held_at(event.symbol, event.price, event.step)
        if held is not None:
            self._deck.in_hand.hold(held)
            self.repaint(EVERYTHING)

    def on_ladder_nothing_held(self) -> None:
        self.say("v takes up the own order at the cursor, j and k carry it, enter puts it down.")

    def on_ladder_hand_is_full(self) -> None:
        self.say("An order is in the hand: enter puts it down at the cursor, esc back where it was.", True)

    def on_ladder_dropped(self, event: Ladder.Dropped) -> None:
        self._working.move(event.row_id, event.price)

    def action_back(self) -> None:
        """An order in the hand goes back first."""
        if self._deck.put_back():
            self.repaint(EVERYTHING)
        else:
            super().action_back()

    def on_ladder_cancel_at_cursor(self, event: Ladder.CancelAtCursor) -> None:
        self._working.cancel_at_price(event.symbol, event.price, event.step)
