"""What a terminal is told before it writes in another style: enough, and no more."""

from itertools import product

import pytest
from rich.color import ColorSystem
from rich.style import Style

from tradeterm.tui.terminal.pens import Pen, change, pen_of, pens_of

TRUE, NONE = ColorSystem.TRUECOLOR, Pen()
RED, BOLD_RED = Pen("31"), Pen("31", "", frozenset("1"))
DIM_BOLD = Pen("", "", frozenset("12"))
PENS = (NONE, RED, BOLD_RED, DIM_BOLD, Pen("31", "44"), Pen("", "44", frozenset("47")), Pen("32", "", frozenset("2")))


class Written:
    """A terminal, as far as styles go: what it would write in by now."""

    def __init__(self, pen: Pen | None) -> None:
        self.pen = pen or Pen("35", "45", frozenset("123479"))  # unknown: the worst there is

    def hear(self, text: str) -> Pen:
        for code in text.removeprefix("\x1b[").removesuffix("m").split(";") if text else ():
            self._take(int(code))
        return self.pen

    def _take(self, code: int) -> None:
        pen, off = self.pen, {22: "12", 23: "3", 24: "4", 25: "5", 27: "7", 29: "9"}
        if code == 0:
            self.pen = Pen()
        elif code in off:
            self.pen = Pen(pen.colour, pen.ground, pen.marks - frozenset(off[code]))
        elif code < 10:
            self.pen = Pen(pen.colour, pen.ground, pen.marks | {str(code)})
        elif code < 40:
            self.pen = Pen("" if code == 39 else str(code), pen.ground, pen.marks)
        else:
            self.pen = Pen(pen.colour, "" if code == 49 else str(code), pen.marks)


@pytest.mark.parametrize(("before", "after"), [*product((None, *PENS), PENS)])
def test_whatever_it_wrote_in_it_writes_in_the_new_one(before: Pen | None, after: Pen) -> None:
    """To end bold ends dim as well: what stays is said again."""
    assert Written(before).hear(change(before, after)) == after


def test_what_is_so_already_is_not_said() -> None:
    assert change(RED, RED) == ""
    assert change(RED, BOLD_RED) == "\x1b[1m"


def test_the_shorter_way_is_taken() -> None:
    """One reset, or what differs alone."""
    assert change(Pen("31", "44", frozenset("1479")), NONE) == "\x1b[0m"
    assert change(RED, NONE) in {"\x1b[0m", "\x1b[39m"}


def test_a_style_is_its_colours_and_marks() -> None:
    """In as many colours as the terminal has; no style is no colour."""
    style = Style.parse("bold #ff0000 on default")
    assert pen_of(style, TRUE) == Pen("38;2;255;0;0", "", frozenset("1"))
    assert pen_of(style, ColorSystem.STANDARD).colour in {"31", "91"}
    assert pen_of(None, TRUE) == NONE


def test_of_a_blank_only_what_shows_there_counts() -> None:
    """Blanks of two bold reds are the same; underlined ones are not."""
    _, blank = pens_of(Style.parse("bold red on blue"), ColorSystem.STANDARD)
    assert blank == Pen("", "44")
    assert pens_of(Style.parse("underline red"), ColorSystem.STANDARD)[1] == pen_of(
        Style.parse("underline red"), ColorSystem.STANDARD
    )
