"""A line to type in whose Enter belongs to what is around it."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Paste
from textual.widgets import Input

from tradeterm.tui.orders.typed_number import LONGEST, NotANumber, plain_number

MOST_PASTED = 4_096  # characters
_EDITING_KEYS: list[BindingType] = [b for b in Input.BINDINGS if isinstance(b, Binding) and b.action != "submit"]


class Field(Input, inherit_bindings=False):
    """Text as it is typed; every key that does not edit goes on to the widget that holds the field."""

    BINDINGS: ClassVar[list[BindingType]] = _EDITING_KEYS

    def _on_paste(self, event: Paste) -> None:
        """All of it, on one line: a line that went would be lost in silence."""
        event.stop()
        event.prevent_default()
        self.put(self._pasted(event.text))

    def _pasted(self, text: str) -> str:
        return " ".join(text[:MOST_PASTED].splitlines())

    def put(self, text: str) -> None:
        """Put text in at the cursor, in place of what is selected."""
        start, end = sorted(self.selection)
        self.replace(text, start, end)


class NumberField(Field):
    """Takes what is typed as it is typed, for its reader to say what is wrong with it; nothing is dropped."""

    def _pasted(self, text: str) -> str:
        """A number loses its thousands marks and the blanks around it; other text stays, for its reader to refuse."""
        plain = plain_number(text)
        return " ".join(text.split())[: 2 * LONGEST] if isinstance(plain, NotANumber) else plain
