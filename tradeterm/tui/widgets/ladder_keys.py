"""What is wanted with orders at the ladder's cursor, as messages: placing, cancelling, sizing, and moving one by keys."""

from dataclasses import dataclass
from decimal import Decimal

from textual.message import Message

from tradeterm.tui.drawing.ladder.view import Own
from tradeterm.tui.orders.placing import Placing
from tradeterm.tui.widgets.price_cursor import PriceCursor


@dataclass(frozen=True, slots=True)
class Held:
    """An own order in the hand: the row it has in the orders, how it is drawn, and where it was taken up."""

    row_id: str
    own: Own
    price: Decimal


class LadderKeys(PriceCursor):
    """Sends nothing: the screen knows what each wish means. Of several ladders each says of which market its wish is."""

    held: Held | None = None
    is_stop = False  # do B and S place stops?

    @property
    def symbol(self) -> str:
        """The market that is shown; empty before there is one."""
        raise NotImplementedError

    class CancelAtCursor(Message, namespace="ladder"):
        """The user wants own orders that are shown at `price`, on lines `step` apart, cancelled."""

        def __init__(self, symbol: str, price: Decimal | None, step: Decimal) -> None:
            super().__init__()
            self.symbol = symbol
            self.price = price
            self.step = step

    class PickedUp(Message, namespace="ladder"):
        """The user wants to take up the own order that is shown there."""

        def __init__(self, symbol: str, price: Decimal | None, step: Decimal) -> None:
            super().__init__()
            self.symbol = symbol
            self.price = price
            self.step = step

    class Dropped(Message, namespace="ladder"):
        """The user wants the order in the hand moved to this price."""

        def __init__(self, row_id: str, price: Decimal) -> None:
            super().__init__()
            self.row_id = row_id
            self.price = price

    class Wanted(Message, namespace="ladder"):
        """The user wants an order placed like this; `price` is the cursor's."""

        def __init__(self, symbol: str, placing: Placing, price: Decimal | None) -> None:
            super().__init__()
            self.symbol = symbol
            self.placing = placing
            self.price = price

    class Sized(Message, namespace="ladder"):
        """The next size, or the one before: of the presets, or one step of the size itself."""

        def __init__(self, symbol: str, by: int, is_preset: bool) -> None:
            super().__init__()
            self.symbol = symbol
            self.by = by
            self.is_preset = is_preset

    class Pinned(Message, namespace="ladder"):
        """The user wants this ladder to stay at its market, or to follow the page again."""

    class More(Message, namespace="ladder"):
        """The user wants another number of ladders side by side."""

    class TypeWanted(Message, namespace="ladder"):
        """The user wants the keys at the cursor to place stops, or limits again."""

    class NothingHeld(Message, namespace="ladder"):
        """The user wants an order put down, and there is none in the hand."""

    class HandIsFull(Message, namespace="ladder"):
        """The user wants an order placed or cancelled, and carries one."""

    def action_cancel_at_cursor(self) -> None:
        if self.held is not None:
            self.post_message(self.HandIsFull())
        elif self.step is not None:
            self.post_message(self.CancelAtCursor(self.symbol, self.cursor_price, self.step))

    def action_want(self, placing: str) -> None:
        if self.held is not None:  # it stands at the cursor, and would hide what is placed there
            self.post_message(self.HandIsFull())
            return
        wanted = Placing[placing].as_stop if self.is_stop else Placing[placing]
        self.post_message(self.Wanted(self.symbol, wanted, self.cursor_price))

    def action_order_type(self) -> None:
        self.post_message(self.TypeWanted())

    def action_size(self, by: int, is_preset: bool) -> None:
        self.post_message(self.Sized(self.symbol, by, is_preset))

    def action_pin(self) -> None:
        self.post_message(self.Pinned())

    def action_more(self) -> None:
        self.post_message(self.More())

    def action_pick_up(self) -> None:
        """Take up the order at the cursor; a second press puts it back where it was."""
        if self.held is not None:
            self.put_back()
        elif self.step is not None:
            self.post_message(self.PickedUp(self.symbol, self.cursor_price, self.step))

    def action_open(self) -> None:
        """Enter: what is in the hand is to go to the cursor's price."""
        if self.held is None or self.cursor_price is None:
            self.post_message(self.NothingHeld())
            return
        at, row_id = self.cursor_price, self.held.row_id
        self.put_back()
        self.post_message(self.Dropped(row_id, at))

    def hold(self, held: Held) -> None:
        """Carry this order with the cursor from now on; the market goes its way without the window."""
        self.held = held
        if self._window is not None:
            self._window.is_held = True
        self._arrange()

    def put_back(self) -> None:
        """Nothing is moved."""
        self.held = None
        if self._window is not None:
            self._window.put_down()
        self._arrange()
