"""A line to type in whose Enter belongs to what is around it."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input

_EDITING_KEYS: list[BindingType] = [b for b in Input.BINDINGS if isinstance(b, Binding) and b.action != "submit"]


class Field(Input, inherit_bindings=False):
    """Text as it is typed; every key that does not edit goes on to the widget that holds the field."""

    BINDINGS: ClassVar[list[BindingType]] = _EDITING_KEYS
