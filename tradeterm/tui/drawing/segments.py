"""A line as it is drawn, before the screen has it: styled text of a known width.

A strip of Textual's costs ten times as much.
"""

from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style


class SegmentLine(tuple[Segment, ...]):
    """Segments beside each other; equal ones look the same on the same ground."""

    __slots__ = ()

    @property
    def text(self) -> str:
        return "".join(segment.text for segment in self)


def sized(segments: Sequence[Segment], width: int) -> SegmentLine:
    """Exactly `width` cells: cut, or with blanks at the end."""
    room = width
    for number, (text, style, _) in enumerate(segments):
        size = len(text) if text.isascii() else cell_len(text)
        if size > room:
            return SegmentLine((*segments[:number], *[Segment(set_cell_size(text, room), style)] * bool(room)))
        room -= size
    return SegmentLine((*segments, Segment(" " * room)) if room else segments)


def under(segments: Iterable[Segment], over: Style) -> SegmentLine:
    """The line with this style laid over it."""
    return SegmentLine(Segment(text, (style or Style()) + over) for text, style, _ in segments)
