"""What the order keys do on the Trade screen: open the ticket, review, send after `y`, flatten, protect, and say why not.

It joins the intent (Trading) to the dialogs; it decides nothing about money and draws nothing.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from decimal import Decimal
from typing import Any

from textual.screen import Screen

from tradeterm.protocol.money import price_text
from tradeterm.protocol.orders import Order, OrderRequest
from tradeterm.protocol.vocabulary import OrderStatus, Side
from tradeterm.tui.context import Context
from tradeterm.tui.desk.port import Answer, Done, Refused, Unknown
from tradeterm.tui.drawing.order_rows import request_words
from tradeterm.tui.drawing.parts import Line
from tradeterm.tui.drawing.words.exits import kept_exits
from tradeterm.tui.drawing.words.review import verb
from tradeterm.tui.orders.closing import close
from tradeterm.tui.orders.draft import Draft, FieldFault
from tradeterm.tui.orders.opening import new_draft
from tradeterm.tui.orders.protecting import exits_of, protection
from tradeterm.tui.orders.sendable import Kill, Sendable
from tradeterm.tui.orders.undoing import draft_of
from tradeterm.tui.screens.form import Check, FormDialog, Row
from tradeterm.tui.screens.review import ReviewDialog, WriteAgain
from tradeterm.tui.widgets.ticket import Ticket

Again = Callable[[], None]  # opens what a review was written in, as it was written


class OrderFlow:
    """One for a screen. `say` shows a sentence to the user without taking the focus; `refused` is told of a ticket that was
    refused, and why; `write` opens a ticket."""

    def __init__(
        self,
        screen: Screen[None],
        context: Context,
        say: Callable[[str, bool], None],
        refused: Callable[[Draft, str], None],
        write: Callable[[Draft], None],
    ) -> None:
        self._screen = screen
        self._ctx = context
        self._trading = context.trading
        self._say, self._refused, self._write = say, refused, write

    @property
    def ticket(self) -> Ticket:
        return self._screen.query_one(Ticket)

    # -- the ticket ---------------------------------------------------------------------------------------------------

    def new_draft(self, symbol: str, side: Side) -> Draft | None:
        """The draft that `b` or `s` opens; None, and a word, when there can be none."""
        if not self._trading.may_press(f"ticket.{side}"):
            return None
        draft = new_draft(self._trading, symbol, side)
        if isinstance(draft, Draft):
            return draft
        self._say(draft, True)
        return None

    def review_ticket(self, draft: Draft) -> None:
        """Enter in the ticket: its review, or what is wrong with it."""
        if not self._trading.may_press("ticket.review"):
            return
        thing = self._trading.review_order(draft)
        if isinstance(thing, FieldFault):
            self.ticket.show_fault(thing)
            return
        self._open_review(thing, lambda: None, draft)  # the ticket stands behind it

    def suggest_price(self, draft: Draft, at_cursor: Decimal | None) -> None:
        """A limit starts at the ladder's cursor, or at the own side's best price, where it does not trade at once."""
        market, ticker = self._trading.market(draft.symbol), self._ctx.desk.ticker(draft.symbol)
        if market is None or ticker is None:
            return
        near = at_cursor or (ticker.bid if draft.side is Side.BUY else ticker.ask) or ticker.last
        if near is not None:
            self.ticket.suggest_price(price_text(near, market.price_decimals))

    def flatten(self, symbol: str) -> None:
        self.ask("position.flatten", lambda: close(self._trading, symbol), is_one_press=True)

    def ask(self, command: str, make: Callable[[], Sendable | str], *, is_one_press: bool = False) -> None:
        """Review what `make` gives, or say why there is nothing to review. `is_one_press`: ARMED sends it."""
        if self._trading.may_press(command):
            self.go(make(), is_one_press=is_one_press)

    def go(self, thing: Sendable | str, *, is_one_press: bool) -> None:
        """Send it at once where it is armed for that; else its review, or why there is none."""
        if isinstance(thing, str):
            self._say(thing, True)
        elif (sent := self._trading.at_once(thing, is_one_press=is_one_press)) is not None:
            self.start(self._send(sent))
        else:
            self.review(thing)
            if is_one_press and (reason := self._trading.reason_to_review(thing)) is not None:
                self._say(f"Reviewed although it is armed: {reason}.", True)

    def review(self, thing: Sendable | None, again: Again | None = None) -> None:
        """Show what is asked for, and send it after `y`. `again` is where it can be written anew; an order that no words were
        typed for goes to the ticket."""
        if thing is not None:
            self._trading.review(thing)
            self._open_review(thing, again or self._in_ticket(thing))

    def _in_ticket(self, thing: Sendable) -> Again | None:
        market = self._trading.market(thing.symbol)
        if not isinstance(thing, OrderRequest) or market is None:
            return None
        draft = draft_of(thing, thing.quantity, market)
        return None if draft is None else lambda: self._write(draft)

    def protect(self, symbol: str) -> None:
        """A form for stop and target of this position, as they are now."""
        market = self._trading.market(symbol)
        if self._trading.position(symbol) is None or market is None:
            self._say(f"No position in {symbol}: nothing to protect.", True)
            return
        texts = ["" if at is None else price_text(at, market.price_decimals) for at in exits_of(self._trading, symbol)]
        rows = [("stop", "Stop", texts[0]), ("target", "Target", texts[1]), ("trail", "or trail", "")]

        def check(typed: Mapping[str, str]) -> Sendable | FieldFault:
            return protection(self._trading, symbol, typed["stop"], typed["target"], typed["trail"])

        self.fill_in(f"Protect {symbol}", rows, check, kept_exits(symbol, self._trading))

    def fill_in(self, title: str, rows: Sequence[Row], check: Check, note: Sequence[Line] = ()) -> None:
        """A form, and the review of what it makes, from which it can be opened again as it was."""
        form = FormDialog(self._ctx, title, rows, check, note)

        def filled(thing: Sendable | None) -> None:
            self.review(thing, lambda: self.fill_in(title, form.rows, check, note))

        self._screen.app.push_screen(form, filled)

    def _open_review(self, thing: Sendable, again: Again | None, draft: Draft | None = None) -> None:
        """`draft` is the ticket's, where it comes from there."""

        def answered(answer: Sendable | WriteAgain | None) -> None:
            if isinstance(answer, WriteAgain):
                assert again is not None, "it was offered"
                again()
            elif answer is not None:
                self._reviewed(answer, draft)

        self._screen.app.push_screen(ReviewDialog(self._ctx, thing, can_edit=again is not None), answered)

    def _reviewed(self, thing: Sendable, draft: Draft | None) -> None:
        if isinstance(thing, Kill):
            self._trading.modes.lock()
        if draft is not None and self.ticket.is_open:
            self.ticket.action_close()
        self.start(self._send(thing, draft))

    async def _send(self, thing: Sendable, draft: Draft | None = None) -> None:
        words = self._words(thing)
        answer = await self._trading.sender.send(thing)
        self.tell(words, answer)
        if draft is not None and (refusal := _refusal(answer)) is not None:
            self._refused(draft, refusal)

    def _words(self, thing: Sendable) -> str:
        market = self._trading.market(thing.symbol)
        if not isinstance(thing, OrderRequest) or market is None:
            return f"{verb(thing)} {thing.symbol}"
        return request_words(thing, market)

    # -- answers ------------------------------------------------------------------------------------------------------

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Have it done while keys go on being heard."""
        self._screen.run_worker(work, group="orders", exit_on_error=False)

    def tell(self, words: str, answer: Answer) -> None:
        """Only what the events will not say: a refusal before there was an order, or silence."""
        match answer:
            case Done():
                return
            case Refused(text):
                self._say(f"{words}: {text}", True)
            case Unknown(text):
                self._say(f"{words}: ? unknown. {text} It is not sent again; the server's events will tell.", True)


def _refusal(answer: Answer) -> str | None:
    """Why there is no such order, where the answer says so."""
    match answer:
        case Refused(text):
            return text
        case Done(order=Order(status=OrderStatus.REJECTED, reject_text=text)):
            return text or "It was rejected."
    return None
