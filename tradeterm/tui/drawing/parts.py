"""Lines of toned text as values, and how they fit a width."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tradeterm.tui.drawing.palette import Tone

BOX_WIDTH = 54  # cells of text within the frame of a dialog
_WORDS = re.compile(r" *\S+ *$| *\S+| +$")


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
    while _length(parts) > width and any(part.rank for part in parts):
        lowest = max(part.rank for part in parts)
        parts = [part for part in parts if part.rank != lowest]
    return parts if _length(parts) <= width else _cut(parts, width)


def _cut(parts: Line, width: int) -> Line:
    kept: list[Part] = []
    room = width
    for part in parts:
        if len(part.text) >= room:
            return [*kept, replace(part, text=part.text[: max(0, room - 1)] + "…" * (room > 0))]
        kept.append(part)
        room -= len(part.text)
    return kept


def in_box(lines: Sequence[Line], width: int = BOX_WIDTH) -> list[Line]:
    """Lines as a dialog shows them: what is too long goes on, indented, in a line of its own, and no word is lost."""
    return [row for line in lines for row in (_broken(line, width) if _length(line) > width else [line])]


def _length(line: Line) -> int:
    return sum(len(part.text) for part in line)


def _broken(line: Line, width: int) -> Iterator[Line]:
    row: list[Part] = []
    for word in _words(line):
        if row and _length(row) + len(word.text.rstrip()) > width:
            yield row
            row = [Part("  "), replace(word, text=word.text.lstrip())]
        else:
            row.append(word)
    yield row


def _words(line: Line) -> Iterator[Part]:
    """Each with the blanks before it, and its tone."""
    for part in line:
        for found in _WORDS.finditer(part.text):
            yield replace(part, text=found.group())


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
