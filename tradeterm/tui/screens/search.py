"""Find a market by a part of its name. Answers with the symbol, or None; what it is for is the caller's matter."""

from collections.abc import Collection, Sequence

from tradeterm.tui.context import Context
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.parts import Line, Part
from tradeterm.tui.screens.choosing import ChoosingDialog
from tradeterm.tui.watchlist import matching


class SearchDialog(ChoosingDialog[str]):
    VERB, NOTHING = "take", "No market is called that."
    SHOWN, LONGEST = 10, 20

    def __init__(self, context: Context, title: str, without: Collection[str] = ()) -> None:
        super().__init__(context, title)
        self._without = without  # markets that are no answer

    def _matching(self, text: str) -> Sequence[str]:
        return matching([symbol for symbol in self._ctx.desk.markets() if symbol not in self._without], text)

    def _row(self, one: str, mark: str) -> Line:
        return [Part(f"{mark} {one}", Tone.STRONG)]
