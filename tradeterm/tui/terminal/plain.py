"""Terminals that show ASCII alone, or no colours: which they are, and every sign of the screen in theirs. Pure."""

from collections.abc import Mapping
from unicodedata import combining, east_asian_width

COLOURLESS = frozenset({"vt52", "vt100", "vt102", "vt220", "dumb"})
NO_BLOCKS = COLOURLESS | {"linux"}  # the kernel's own font has thin lines alone
COERCED = "C.UTF-8"  # what Python makes of the C locale; then the terminal was never asked

_SIGNS = {
    "-": "─━╌╍┄┅┈┉–—▃□",
    "|": "│┃╎╏┆┇┊┋╷╵",
    "+": "┌┐└┘├┤┬┴┼┏┓┗┛┣┫┳┻╋┝┥┠┨✔",
    "#": "█▆▇▌▐",
    "'": "▀",
    ",": "▄",
    ".": "▁▂·",
    "=": "▅",
    "^": "▲↑",
    "v": "▼↓",
    "<": "◀←≤",
    ">": "▶▸→≥",
    "*": "●",
    "o": "○",
    "~": "◐≈…",
    "x": "×■",
    "/": "½",
}


class _Signs(dict[int, str]):
    """Of the same width, whatever stands there: what has no sign is a question mark."""

    def __missing__(self, code: int) -> str:
        if code < 128:
            return chr(code)
        character = chr(code)
        if combining(character):
            return ""
        return "??" if east_asian_width(character) in "WF" else "?"


_TABLE = _Signs({ord(sign): plain for plain, signs in _SIGNS.items() for sign in signs})


def in_ascii(text: str) -> str:
    """The same text for a terminal that has no more; escape codes are ASCII as they are."""
    return text.translate(_TABLE)


def shows_ascii_alone(environ: Mapping[str, str]) -> bool:
    """By what kind of terminal it says it is, and by the locale; a locale that is not named says nothing."""
    if environ.get("TERM") in NO_BLOCKS:
        return True
    said = environ.get("LC_CTYPE", "")
    named = environ.get("LC_ALL") or (said if said != COERCED else "") or environ.get("LANG")
    return named in ("C", "POSIX")


def has_colours(environ: Mapping[str, str]) -> bool:
    """NO_COLOR asks for none; some terminals have none."""
    return not environ.get("NO_COLOR") and environ.get("TERM") not in COLOURLESS
