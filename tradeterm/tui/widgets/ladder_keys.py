"""What is wanted with orders at the ladder's cursor, as messages: placing, cancelling, sizing, and moving one by keys."""

from dataclasses import dataclass
from decimal import Decimal

from textual.message import Message

from tradeterm.tui.drawing.ladder_view import Own
from tradeterm.tui.orders.placing import Placing
from tradeterm.tui.widgets.price_cursor import PriceCursor


@dataclass(frozen=True, slots=True)
class Held:
    """An own order in the hand: the row it has in the orders, how it is drawn, and where it was taken up."""

    row_id: str
    own: Own
    price: Decimal


class LadderKeys(PriceCursor):
    """Sends nothing: the screen knows what each wish means."""

    held: Held | None = None

    class CancelAtCursor(Message, namespace="ladder"):
        """The user wants own orders that are shown at `price`, on lines `step` apart, cancelled."""

        def __init__(self, price: Decimal, step: Decimal) -> None:
            super().__init__()
            self.price = price
            self.step = step

    class PickedUp(CancelAtCursor, namespace="ladder"):
        """The user wants to take up the own order that is shown there."""

    class Dropped(Message, namespace="ladder"):
        """The user wants the order in the hand moved to this price."""

        def __init__(self, row_id: str, price: Decimal) -> None:
            super().__init__()
            self.row_id = row_id
            self.price = price

    class Wanted(Message, namespace="ladder"):
        """The user wants an order placed like this."""

        def __init__(self, placing: Placing) -> None:
            super().__init__()
            self.placing = placing

    class Sized(Message, namespace="ladder"):
        """The next size, or the one before: of the presets, or one step of the size itself."""

        def __init__(self, by: int, is_preset: bool) -> None:
            super().__init__()
            self.by = by
            self.is_preset = is_preset

    def action_cancel_at_cursor(self) -> None:
        if self.cursor_price is not None and self.step is not None:
            self.post_message(self.CancelAtCursor(self.cursor_price, self.step))

    def action_want(self, placing: str) -> None:
        self.post_message(self.Wanted(Placing[placing]))

    def action_size(self, by: int, is_preset: bool) -> None:
        self.post_message(self.Sized(by, is_preset))

    def action_pick_up(self) -> None:
        """Take up the order at the cursor; a second press puts it back where it was."""
        if self.held is not None:
            self.put_back()
        elif self.cursor_price is not None and self.step is not None:
            self.post_message(self.PickedUp(self.cursor_price, self.step))

    def action_open(self) -> None:
        """Enter: what is in the hand is to go to the cursor's price."""
        if self.held is not None and self.cursor_price is not None:
            held, self.held = self.held, None
            self._arrange()
            self.post_message(self.Dropped(held.row_id, self.cursor_price))

    def hold(self, held: Held) -> None:
        """Carry this order with the cursor from now on."""
        self.held = held
        self._arrange()

    def put_back(self) -> None:
        """Nothing is moved."""
        self.held = None
        self._arrange()
