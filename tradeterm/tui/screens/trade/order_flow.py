"""What the order keys do on the Trade screen: open the ticket, review, send after `y`, cancel, flatten, and say why not.

It joins the intent (Trading) to the dialogs; it decides nothing about money and draws nothing.
"""

from collections.abc import Callable, Coroutine, Mapping
from decimal import Decimal
from typing import Any

from textual.screen import Screen

from tradeterm.protocol.arithmetic import round_to_tick
from tradeterm.protocol.money import price_text, quantity_text
from tradeterm.protocol.orders import Order, OrderRequest
from tradeterm.protocol.vocabulary import OrderStatus, Side
from tradeterm.tui.context import Context
from tradeterm.tui.desk.port import Answer, Done, Refused, Unknown
from tradeterm.tui.drawing.ladder.view import Own
from tradeterm.tui.drawing.order_rows import request_words, row_id
from tradeterm.tui.drawing.words.review import verb
from tradeterm.tui.format import price
from tradeterm.tui.orders.asking import amendable, amended, exits_of, moved, nudged, protection
from tradeterm.tui.orders.draft import Draft, Fault
from tradeterm.tui.orders.levels import level_of, waits
from tradeterm.tui.orders.nudging import WINDOW, Nudges
from tradeterm.tui.orders.sendable import Amend, Kill, Sendable
from tradeterm.tui.screens.form import FormDialog
from tradeterm.tui.screens.review import ReviewDialog
from tradeterm.tui.widgets.ladder_keys import Held
from tradeterm.tui.widgets.ticket import Ticket


class OrderFlow:
    """One for a screen. `say` shows a sentence to the user without taking the focus; `refused` is told of a ticket that was
    refused, and why."""

    def __init__(
        self,
        screen: Screen[None],
        context: Context,
        say: Callable[[str, bool], None],
        refused: Callable[[Draft, str], None],
    ) -> None:
        self._screen = screen
        self._ctx = context
        self._trading = context.trading
        self._say, self._refused = say, refused
        self._last_cancelled: Order | None = None
        self._draft: Draft | None = None  # what the ticket has under review
        self._nudges = Nudges()

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
        self._draft = draft
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
        self.ask("position.flatten", lambda: self._trading.close(symbol), is_one_press=True)

    def ask(self, command: str, make: Callable[[], Sendable | str], *, is_one_press: bool = False) -> None:
        """Review what `make` gives, or say why there is nothing to review. `is_one_press`: ARMED sends it."""
        if self._trading.may_press(command):
            self._go(make(), is_one_press=is_one_press)

    def _go(self, thing: Sendable | str, *, is_one_press: bool) -> None:
        if isinstance(thing, str):
            self._say(thing, True)
        elif (sent := self._trading.at_once(thing, is_one_press=is_one_press)) is not None:
            self.start(self._send(sent))
        else:
            self.review(thing)
            if is_one_press and (reason := self._trading.reason_to_review(thing)) is not None:
                self._say(f"Reviewed although it is armed: {reason}.", True)

    def review(self, thing: Sendable | None) -> None:
        """Show what is asked for, and send it after `y`."""
        if thing is not None:
            self._trading.review(thing)
            self._open_review(thing)

    def protect(self, symbol: str) -> None:
        """A form for stop and target of this position, as they are now."""
        market = self._trading.market(symbol)
        if self._trading.position(symbol) is None or market is None:
            self._say(f"No position in {symbol}: nothing to protect.", True)
            return
        texts = ["" if at is None else price_text(at, market.price_decimals) for at in exits_of(self._trading, symbol)]
        rows = [("stop", "Stop", texts[0]), ("target", "Target", texts[1]), ("trail", "or trail", "")]

        def check(typed: Mapping[str, str]) -> Sendable | Fault:
            return protection(self._trading, symbol, typed["stop"], typed["target"], typed["trail"])

        self._screen.app.push_screen(FormDialog(self._ctx, f"Protect {symbol}", rows, check), self.review)

    def amend(self, row_id: str | None) -> None:
        """A form for the size and price of this working order."""
        order = amendable(self._trading, row_id)
        if isinstance(order, str):
            self._say(order, True)
            return
        level, market = level_of(order), self._trading.market(order.symbol)
        assert level is not None, "it stands at a price"
        at = price_text(level, market.price_decimals if market is not None else 0)
        rows = [("price", "When" if waits(order) else "Price", at), ("quantity", "Qty", quantity_text(order.quantity))]

        def check(typed: Mapping[str, str]) -> Sendable | Fault:
            return amended(self._trading, order, typed["quantity"], typed["price"])

        title = f"Amend {order.side.upper()} {order.symbol}"
        self._screen.app.push_screen(FormDialog(self._ctx, title, rows, check), self.review)

    def nudge(self, row_id: str | None, ticks: int) -> None:
        """Review the order of this row some ticks further; more of the same keys move it on. Armed it goes out once, with
        all that came in a moment."""
        if row_id is None or self._trading.modes.cap is None:
            self.ask("order.nudge", lambda: self._nudged(row_id, ticks))
        elif self._nudges.add(row_id, ticks):
            self._screen.set_timer(WINDOW.total_seconds(), lambda: self._send_nudges(row_id))

    def _send_nudges(self, row_id: str) -> None:
        if ticks := self._nudges.take(row_id):
            self._go(self._nudged(row_id, ticks), is_one_press=True)

    def _nudged(self, row_id: str | None, ticks: int) -> Sendable | str:
        order = amendable(self._trading, row_id)
        return order if isinstance(order, str) else nudged(self._trading, Amend(order), ticks)

    def move(self, row_id: str, price: Decimal) -> None:
        """Review the order of this row at another price."""
        self.ask("order.move", lambda: moved(self._trading, row_id, price))

    def held_at(self, symbol: str, at: Decimal | None, step: Decimal) -> Held | None:
        """The newest own order that the ladder shows at this price, to be taken up; None, and a word, where none is."""
        order = None if at is None else next(iter(self._shown_at(symbol, at, step)), None)
        level = None if order is None else level_of(order)
        if order is None or level is None:
            self._say("No own order at the cursor to move: j and k go there.", True)
            return None
        return Held(row_id(order), Own(order.side, order.quantity - order.filled_quantity, waits=waits(order)), level)

    def _shown_at(self, symbol: str, at: Decimal, step: Decimal) -> list[Order]:
        return [order for order in self._trading.working(symbol) if _is_shown_at(order, at, step)]

    def undo_draft(self) -> Draft | None:
        """The order that was cancelled last, as a ticket; None, and a word, where there is none."""
        order = self._last_cancelled
        if order is None or order.price is None:
            self._say("No limit was cancelled here yet.", True)
            return None
        self._last_cancelled = None
        market = self._trading.market(order.symbol)
        left = quantity_text(order.quantity - order.filled_quantity)
        at = price_text(order.price, market.price_decimals if market is not None else 0)
        return Draft(
            order.symbol,
            order.side,
            order.type,
            left,
            at,
            order.time_in_force,
            order.post_only,
            order.reduce_only,
            until=f"{order.expire_at:%Y-%m-%d %H:%M}" if order.expire_at is not None else "",
        )

    def _open_review(self, thing: Sendable) -> None:
        self._screen.app.push_screen(ReviewDialog(self._ctx, thing), self._reviewed)

    def _reviewed(self, thing: Sendable | None) -> None:
        if thing is None:
            return
        if isinstance(thing, Kill):
            self._trading.modes.lock()
        if isinstance(thing, OrderRequest) and self.ticket.is_open:
            self.ticket.action_close()
        self.start(self._send(thing))

    async def _send(self, thing: Sendable) -> None:
        words, draft = self._words(thing), self._draft if isinstance(thing, OrderRequest) else None
        self._draft = None
        answer = await self._trading.send(thing)
        self._tell(words, answer)
        if draft is not None and (refusal := _refusal(answer)) is not None:
            self._refused(draft, refusal)

    def _words(self, thing: Sendable) -> str:
        market = self._trading.market(thing.symbol)
        if not isinstance(thing, OrderRequest) or market is None:
            return f"{verb(thing)} {thing.symbol}"
        return request_words(thing, market)

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
        if refusal := self._trading.refusal(only_cancels=True):
            self._say(refusal, True)
            return
        market = self._trading.market(symbol)
        orders = self._shown_at(symbol, at, step)
        if not orders and market is not None:
            self._say(f"No own order at {price(at, market.price_decimals)}. 4 goes to the orders.", True)
        for order in orders:
            self._cancel(order)

    def row_at_price(self, symbol: str, at: Decimal, step: Decimal) -> str | None:
        """The row of the newest own order that the ladder shows at this price."""
        orders = self._shown_at(symbol, at, step)
        return row_id(orders[0]) if orders else None

    def _cancel(self, order: Order) -> None:
        self.start(self._send_cancel(order))

    async def _send_cancel(self, order: Order) -> None:
        self._last_cancelled = order
        self._tell(f"Cancel {order.side.upper()} {order.symbol}", await self._trading.cancel(order))

    # -- answers ------------------------------------------------------------------------------------------------------

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Have it done while keys go on being heard."""
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


def _refusal(answer: Answer) -> str | None:
    """Why there is no such order, where the answer says so."""
    match answer:
        case Refused(text):
            return text
        case Done(order=Order(status=OrderStatus.REJECTED, reject_text=text)):
            return text or "It was rejected."
    return None


def _is_shown_at(order: Order, at: Decimal, step: Decimal) -> bool:
    """The ladder rounds bids down and offers up to its step."""
    level = level_of(order)
    return level is not None and round_to_tick(level, step, up=order.side is Side.SELL) == at
