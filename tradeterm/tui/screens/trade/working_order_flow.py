"""What the keys do to orders that work: change, nudge, carry, cancel, bring back. Through the one flow that reviews."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from textual.screen import Screen

from tradeterm.protocol.arithmetic import round_to_tick
from tradeterm.protocol.money import price_text, quantity_text
from tradeterm.protocol.orders import Order
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.context import Context
from tradeterm.tui.drawing.ladder.view import Own
from tradeterm.tui.drawing.order_rows import row_id
from tradeterm.tui.format import price
from tradeterm.tui.orders.amending import amendable, amended, cancelable, moved, nudged
from tradeterm.tui.orders.draft import Draft, FieldFault
from tradeterm.tui.orders.levels import level_of, waits
from tradeterm.tui.orders.nudging import WINDOW, Nudges
from tradeterm.tui.orders.sendable import Amend, Sendable
from tradeterm.tui.orders.undoing import draft_again
from tradeterm.tui.screens.trade.order_flow import OrderFlow
from tradeterm.tui.widgets.ladder_keys import Held


class WorkingOrderFlow:
    """One for a screen, beside its OrderFlow. `say` shows a sentence without taking the focus."""

    def __init__(
        self, screen: Screen[None], context: Context, flow: OrderFlow, say: Callable[[str, bool], None]
    ) -> None:
        self._screen, self._ctx, self._flow, self._say = screen, context, flow, say
        self._trading = context.trading
        self._last_cancelled: Order | None = None
        self._nudges = Nudges()

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

        def check(typed: Mapping[str, str]) -> Sendable | FieldFault:
            return amended(self._trading, order, typed["quantity"], typed["price"])

        self._flow.fill_in(f"Amend {order.side.upper()} {order.symbol}", rows, check)

    def nudge(self, row_id: str | None, ticks: int) -> None:
        """Review the order of this row some ticks further; more of the same keys move it on. Armed it goes out once, with
        all that came in a moment."""
        if row_id is None or self._trading.modes.cap is None:
            self._flow.ask("order.nudge", lambda: self._nudged(row_id, ticks))
        elif self._nudges.add(row_id, ticks):
            self._screen.set_timer(WINDOW.total_seconds(), lambda: self._send_nudges(row_id))

    def _send_nudges(self, row_id: str) -> None:
        if ticks := self._nudges.take(row_id):
            self._flow.go(self._nudged(row_id, ticks), is_one_press=True)

    def _nudged(self, row_id: str | None, ticks: int) -> Sendable | str:
        order = amendable(self._trading, row_id)
        return order if isinstance(order, str) else nudged(self._trading, Amend(order), ticks)

    def move(self, row_id: str, price: Decimal) -> None:
        """Review the order of this row at another price."""
        self._flow.ask("order.move", lambda: moved(self._trading, row_id, price))

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
        found = self._last_cancelled
        # An amend may have been on its way when the key came: it is brought back as it was last.
        order = found and (self._trading.desk.order(found.id) or found)
        market = None if order is None else self._trading.market(order.symbol)
        draft = None if order is None or market is None else draft_again(order, market)
        if draft is None:
            self._say("No order was cancelled here yet that a ticket can write again.", True)
            return None
        self._last_cancelled = None
        return draft

    def cancel_row(self, row_id: str | None) -> None:
        """Cancel the working order of this row: one press, no review, and a word when there is none."""
        if not self._trading.may_press("order.cancel"):
            return
        order = cancelable(self._trading, row_id)
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
        self._flow.start(self._send_cancel(order))

    async def _send_cancel(self, order: Order) -> None:
        self._last_cancelled = order
        self._flow.tell(f"Cancel {order.side.upper()} {order.symbol}", await self._trading.sender.cancel(order))


def _is_shown_at(order: Order, at: Decimal, step: Decimal) -> bool:
    """The ladder rounds bids down and offers up to its step."""
    level = level_of(order)
    return level is not None and round_to_tick(level, step, up=order.side is Side.SELL) == at
