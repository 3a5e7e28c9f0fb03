"""Lines of toned text as values, and how they fit a width."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tradeterm.tui.drawing.palette import Tone


@dataclass(frozen=True, slots=True)
class Part:
    """A run of text; where room is short, the parts of the lowest rank are left out first, rank 0 never. `binding` is the
    command that a click on it asks for."""

    text: str
    tone: Tone = Tone.PLAIN
    rank: int = 0
    binding: str = ""


Line = Sequence[Part]


def fitted(parts: Line, width: int) -> Line:
    """Leave out what has the lowest rank, that is the highest number, until the rest fits; what is still too long ends in
    `…`, so that no number is taken for a shorter one."""
    while sum(len(part.text) for part in parts) > width and any(part.rank for part in parts):
        lowest = max(part.rank for part in parts)
        parts = [part for part in parts if part.rank != lowest]
    return parts if sum(len(part.text) for part in parts) <= width else _cut(parts, width)


def _cut(parts: Line, width: int) -> Line:
    kept: list[Part] = []
    room = width
    for part in parts:
        if len(part.text) >= room:
            return [*kept, replace(part, text=part.text[: max(0, room - 1)] + "…" * (room > 0))]
        kept.append(part)
        room -= len(part.text)
    return kept


def part_at(parts: Line, x: int) -> Part | None:
    """The part that covers a column of a line that begins at 0."""
    for part in parts:
        if 0 <= x < len(part.text):
            return part
        x -= len(part.text)
    return None


def spread(left: Line, right: Line, width: int) -> Line:
    """Left and right ends of one line, with the gap between them filled."""
    room = width - sum(len(part.text) for part in right) - bool(right)
    kept = fitted(left, room)
    gap = room - sum(len(part.text) for part in kept) + bool(right)
    return [*kept, Part(" " * max(0, gap)), *right]
