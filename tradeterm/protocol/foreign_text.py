"""Text that somebody else wrote, made safe to show and to log: by the console, the command line and the server alike.

A terminal obeys what it is sent: a title, a colour, a cursor that jumps; a line feed makes two lines of a log out of
one; what turns the direction of writing shows a price that is another. Nothing of that gets through here.
"""

import unicodedata
from typing import Any, Final

HIDDEN: Final = "?"
CUT: Final = "…"
MARKS: Final = 2  # combining marks on one character that real languages need
LONGEST: Final = 1_000
# What draws nothing although it counts as a letter, a mark or a symbol: gaps to hide behind.
_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def printable(text: str, longest: int | None = None) -> str:
    """The text with every character that steers or hides replaced; at most `longest` characters."""
    if longest is not None and len(text) > longest:
        text = text[: longest - 1] + CUT
    if text.isascii():
        return text if text.isprintable() else "".join(map(_shown, text))
    return _few_marks("".join(map(_shown, text)))


def sentence(message: str) -> str:
    """What is said of a refusal, whatever it repeats of what was sent: short enough for a line, and nothing that steers."""
    return printable(message, LONGEST)


def all_printable(value: Any, longest: int = LONGEST) -> Any:
    """A decoded JSON value in which every text, names of keys too, is printable."""
    match value:
        case str():
            return printable(value, longest)
        case list():
            return [all_printable(one, longest) for one in value]
        case dict():
            return {printable(str(key), longest): all_printable(one, longest) for key, one in value.items()}
        case _:
            return value


def _shown(character: str) -> str:
    return character if character.isprintable() and character not in _BLANK else HIDDEN


def _few_marks(text: str) -> str:
    """A pile of combining marks grows over the lines above and below: two stay."""
    kept: list[str] = []
    pile = 0
    for character in text:
        pile = pile + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if pile <= MARKS:
            kept.append(character)
    return "".join(kept)
