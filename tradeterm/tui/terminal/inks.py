"""The ink that a style is written with: laid on its ground, as this terminal shows colours. Worked out once a style."""

from collections.abc import Sequence
from functools import lru_cache

from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from tradeterm.tui.terminal.pens import Pen, pens_of

Cell = tuple[str, Pen]


class Ink(dict[str, Cell]):
    """The cell of each character: always the same one, so that equal cells are told at a glance."""

    def __init__(self, pen: Pen, for_blanks: Pen) -> None:
        super().__init__({" ": (" ", for_blanks)})
        self.pen = pen

    def __missing__(self, character: str) -> Cell:
        cell = self[character] = (character, self.pen)
        return cell


@lru_cache(maxsize=4096)
def ink_of(style: Style | None, system: ColorSystem) -> Ink:
    return _ink(*pens_of(style, system))


@lru_cache(maxsize=4096)
def _ink(pen: Pen, for_blanks: Pen) -> Ink:
    return Ink(pen, for_blanks)


class Inks(dict[Style | None, Ink]):
    """Of every style that is written on one ground, through Textual's filters; `behind` is the colour that they see behind."""

    def __init__(self, ground: Style, filters: Sequence[LineFilter], behind: Color, system: ColorSystem) -> None:
        super().__init__()
        self._ground, self._filters, self._behind, self._system = ground, filters, behind, system

    def __missing__(self, style: Style | None) -> Ink:
        segments = [Segment("x", self._ground if style is None else self._ground + style)]
        for one in self._filters:
            segments = one.apply(segments, self._behind)
        ink = self[style] = ink_of(segments[0].style, self._system)
        return ink
