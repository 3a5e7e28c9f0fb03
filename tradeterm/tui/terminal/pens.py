"""What a terminal must be told before it writes in another style, and no more. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rich.color import Color, ColorSystem
from rich.console import Console
from rich.style import Style

_ON = (
    ("bold", "1"),
    ("dim", "2"),
    ("italic", "3"),
    ("underline", "4"),
    ("blink", "5"),
    ("reverse", "7"),
    ("strike", "9"),
)
_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "7": "27", "9": "29"}
_SEEN_ON_BLANKS = frozenset("479")  # underline, reverse and strike show where nothing is written


@dataclass(frozen=True, slots=True)
class Pen:
    """A style in a terminal's own words: codes of both colours (empty for its default), and what is switched on."""

    colour: str = ""
    ground: str = ""
    marks: frozenset[str] = frozenset()

    @property
    def for_blanks(self) -> "Pen":
        """What of it can be seen where no character is."""
        seen = self.marks & _SEEN_ON_BLANKS
        return self if seen else Pen("", self.ground)


def system_of(console: Console) -> ColorSystem:
    """The colours that this terminal has; all of them where nobody knows."""
    return console._color_system or ColorSystem.TRUECOLOR


@lru_cache(maxsize=4096)
def pens_of(style: Style | None, system: ColorSystem) -> tuple[Pen, Pen]:
    """The pen of characters, and that of blanks."""
    pen = pen_of(style, system)
    return pen, pen.for_blanks


@lru_cache(maxsize=4096)
def pen_of(style: Style | None, system: ColorSystem) -> Pen:
    if style is None:
        return Pen()
    marks = frozenset(code for name, code in _ON if getattr(style, name))
    return Pen(_codes(style.color, system, True), _codes(style.bgcolor, system, False), marks)


def _codes(colour: Color | None, system: ColorSystem, foreground: bool) -> str:
    if colour is None or colour.is_default:
        return ""
    return ";".join(colour.downgrade(system).get_ansi_codes(foreground))


@lru_cache(maxsize=16_384)
def change(before: Pen | None, after: Pen) -> str:
    """The sequence that makes `before` into `after`; `before` is None while nobody knows what the terminal holds."""
    if before == after:
        return ""
    if before is None:
        return f"\x1b[{';'.join(['0', *_all(after)])}m"
    off = {_OFF[code] for code in before.marks - after.marks}
    kept = {code for code in before.marks if _OFF[code] not in off}
    codes = [*sorted(off), *sorted(after.marks - kept)]
    codes += [after.colour or "39"] if after.colour != before.colour else []
    codes += [after.ground or "49"] if after.ground != before.ground else []
    whole = ["0", *_all(after)]
    return f"\x1b[{';'.join(min(codes, whole, key=lambda some: len(';'.join(some))))}m"


def _all(pen: Pen) -> Sequence[str]:
    return [*sorted(pen.marks), *filter(None, (pen.colour, pen.ground))]
