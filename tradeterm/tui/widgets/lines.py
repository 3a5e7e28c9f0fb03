"""A few lines of toned text that repaint when they differ: bars, summaries, the body of dialogs."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from tradeterm.tui.drawing.palette import Palette, Tone


@dataclass(frozen=True, slots=True)
class Part:
    """A run of text; where room is short, the parts of the lowest rank are left out first, rank 0 never."""

    text: str
    tone: Tone = Tone.PLAIN
    rank: int = 0


Line = Sequence[Part]


class Lines(Widget):
    """Draws lines of parts; foreign text is only ever drawn, never read as markup."""

    def __init__(self, palette: Palette, *, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self._palette = palette
        self._lines: tuple[tuple[Part, ...], ...] = ()

    @property
    def text(self) -> str:
        return "\n".join("".join(part.text for part in line) for line in self._lines)

    def show(self, lines: Sequence[Line]) -> None:
        fresh = tuple(tuple(line) for line in lines)
        if fresh != self._lines:
            is_taller = len(fresh) != len(self._lines)
            self._lines = fresh
            self.refresh(layout=is_taller)

    def show_palette(self, palette: Palette) -> None:
        self._palette = palette
        self.refresh()

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return len(self._lines)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        parts = fitted(self._lines[y], width) if y < len(self._lines) else ()
        segments = [Segment(part.text, self._palette.styles[part.tone]) for part in parts]
        return Strip(segments).adjust_cell_length(width).apply_style(self.rich_style)


def fitted(parts: Line, width: int) -> Line:
    """Leave out what has the lowest rank, that is the highest number, until the rest fits."""
    while sum(len(part.text) for part in parts) > width and any(part.rank for part in parts):
        lowest = max(part.rank for part in parts)
        parts = [part for part in parts if part.rank != lowest]
    return parts


def spread(left: Line, right: Line, width: int) -> Line:
    """Left and right ends of one line, with the gap between them filled."""
    room = width - sum(len(part.text) for part in right) - bool(right)
    kept = fitted(left, room)
    gap = room - sum(len(part.text) for part in kept) + bool(right)
    return [*kept, Part(" " * max(0, gap)), *right]
