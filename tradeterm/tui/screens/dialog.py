"""What lies over the desk and takes its keys: the last row names those of the dialog while it is open."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from textual.screen import ModalScreen

from tradeterm.tui.drawing.hint_bar import Hint, hint_words
from tradeterm.tui.drawing.keymap import Keymap
from tradeterm.tui.widgets.titles import resubtitle

T = TypeVar("T")


class Dialog(ModalScreen[T], Generic[T]):
    """`hints` are its keys with a word each, the most needed first."""

    @property
    def hints(self) -> Sequence[Hint]:
        raise NotImplementedError

    def show_keys(self, keymap: Keymap) -> None:
        """At the foot of its frame."""
        resubtitle(self.query_one("#dialog"), hint_words(keymap, self.hints))
