"""What the order keys do on the Trade screen: open the ticket, review, send after `y`, cancel, flatten, and say why not.

It joins the intent (Trading) to the dialogs; it decides nothing about money and draws nothing.
"""

from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any

from textual.screen import Screen

from tradeterm.protocol.money import price_text
from tradeterm.protocol.orders import Order
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.context import Context
from tradeterm.tui.desk.port import Answer, Done, Refused, Unknown
from tradeterm.tui.drawing.order_rows import request_words
from tradeterm.tui.format import price
from tradeterm.tui.orders.draft import Draft, Fault
from tradeterm.tui.orders.safe_mode import Close, Sendable
from tradeterm.tui.screens.review import ReviewDialog
from tradeterm.tui.widgets.ticket import Ticket


class OrderFlow:
    """One for a screen. `say` shows a sentence to the user without taking the focus."""

    def __init__(self, screen: Screen[None], context: Context, say: Callable[[str, bool], None]) -> None:
        self._screen = screen
        self._ctx = context
        self._trading = context.trading
        self._say = say

    @property
    def ticket(self) -> Ticket:
        return self._screen.query_one(Ticket)

    # -- the ticket ---------------------------------------------------------------------------------------------------

    def new_draft(self, symbol: str, side: Side) -> Draft | None:
        """The draft that `b` or `s` opens; None, and a word, when there can be none."""
        if not self._trading.may_press(f"ticket.{side}"):
            return None
        draft = self._trading.new_draft(symbol, side)
        if isinstance(draft, Draft):
            return draft
        self._say(draft, True)
        return None

    def review_ticket(self, draft: Draft) -> None:
        """Enter in the ticket: its review, or what is wrong with it."""
        if not self._trading.may_press("ticket.review"):
            return
        thing = self._trading.review_order(draft)
        if isinstance(thing, Fault):
            self.ticket.show_fault(thing)
            return
        self._open_review(thing)

    def suggest_price(self, draft: Draft, at_cursor: Decimal | None) -> None:
        """A limit starts at the ladder's cursor, or at the own side's best price, where it does not trade at once."""
        market, ticker = self._trading.market(draft.symbol), self._ctx.desk.ticker(draft.symbol)
        if market is None or ticker is None:
            return
        near = at_cursor or (ticker.bid if draft.side is Side.BUY else ticker.ask) or ticker.last
        if near is not None:
            self.ticket.suggest_price(price_text(near, market.price_decimals))

    def flatten(self, symbol: str) -> None:
        if not self._trading.may_press("position.flatten"):
            return
        close = self._trading.review_close(symbol)
        if isinstance(close, str):
            self._say(close, True)
        else:
            self._open_review(close)

    def _open_review(self, thing: Sendable) -> None:
        self._screen.app.push_screen(ReviewDialog(self._ctx, thing), self._reviewed)

    def _reviewed(self, thing: Sendable | None) -> None:
        if thing is None:
            return
        if not isinstance(thing, Close) and self.ticket.is_open:
            self.ticket.action_close()
        self._start(self._send(thing))

    async def _send(self, thing: Sendable) -> None:
        words = self._words(thing)
        self._tell(words, await self._trading.send(thing))

    def _words(self, thing: Sendable) -> str:
        market = self._trading.market(thing.symbol)
        return f"CLOSE {thing.symbol}" if isinstance(thing, Close) or market is None else request_words(thing, market)

    # -- cancelling ---------------------------------------------------------------------------------------------------

    def cancel_row(self, row_id: str | None) -> None:
        """Cancel the working order of this row: one press, no review, and a word when there is none."""
        if not self._trading.may_press("order.cancel"):
            return
        order = self._trading.cancelable(row_id)
        if isinstance(order, str):
            self._say(order, True)
        else:
            self._cancel(order)

    def cancel_at_price(self, symbol: str, at: Decimal | None, step: Decimal) -> None:
        """Cancel own orders that the ladder shows at this price."""
        if at is None:
            self._say("No price at the cursor: j and k move it. 4 goes to the orders.", True)
            return
        if not self._trading.may_press("order.cancel"):
            return
        if refusal := self._trading.no_link():
            self._say(refusal, True)
            return
        market = self._trading.market(symbol)
        orders = [order for order in self._trading.working(symbol) if _is_shown_at(order, at, step)]
        if not orders and market is not None:
            self._say(f"No own order at {price(at, market.price_decimals)}. 4 goes to the orders.", True)
        for order in orders:
            self._cancel(order)

    def _cancel(self, order: Order) -> None:
        self._start(self._send_cancel(order))

    async def _send_cancel(self, order: Order) -> None:
        self._tell(f"Cancel {order.side.upper()} {order.symbol}", await self._trading.cancel(order))

    # -- answers ------------------------------------------------------------------------------------------------------

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._screen.run_worker(work, group="orders", exit_on_error=False)

    def _tell(self, words: str, answer: Answer) -> None:
        """Only what the events will not say: a refusal before there was an order, or silence."""
        match answer:
            case Done():
                return
            case Refused(text):
                self._say(f"{words}: {text}", True)
            case Unknown(text):
                self._say(f"{words}: ? unknown. {text} It is not sent again; the server's events will tell.", True)


def _is_shown_at(order: Order, at: Decimal, step: Decimal) -> bool:
    """The ladder rounds bids down and offers up to its step."""
    if order.price is None:
        return False
    return at <= order.price < at + step if order.side is Side.BUY else at - step < order.price <= at
