"""A style becomes the same ink each time: on its ground, through the filters, in the colours that the terminal has."""

from rich.color import ColorSystem
from rich.style import Style
from textual.color import Color
from textual.filter import Monochrome

from tradeterm.tui.terminal.inks import Inks, ink_of
from tradeterm.tui.terminal.pens import pen_of

GROUND = Style(bgcolor="#0b0e11")
UP = Style(color="#2ebd85", bold=True)
BLACK = Color.parse("#000000")


def test_a_style_is_written_on_its_ground() -> None:
    """As if both had been laid together, in each colour system; and what has no style is the ground's."""
    for system in (ColorSystem.TRUECOLOR, ColorSystem.STANDARD):
        inks = Inks(GROUND, (), BLACK, system)
        assert inks[UP]["4"] == ("4", pen_of(GROUND + UP, system))
        assert inks[None]["x"] == ("x", pen_of(GROUND, system))


def test_blanks_show_their_ground_alone() -> None:
    """So that a blank between two words of other colours is no change."""
    ink = ink_of(GROUND + UP, ColorSystem.TRUECOLOR)
    assert ink[" "] == (" ", pen_of(GROUND, ColorSystem.TRUECOLOR))


def test_equal_cells_are_one() -> None:
    """Whichever styles and grounds they come from."""
    inks = Inks(GROUND, (), BLACK, ColorSystem.TRUECOLOR)
    assert inks[UP]["4"] is ink_of(GROUND + UP, ColorSystem.TRUECOLOR)["4"]
    assert inks[UP]["4"] is Inks(Style(), (), BLACK, ColorSystem.TRUECOLOR)[GROUND + UP]["4"]


def test_filters_are_heeded() -> None:
    """Without colours all are grey."""
    pen = Inks(GROUND, (Monochrome(),), BLACK, ColorSystem.TRUECOLOR)[UP].pen
    red, green, blue = pen.colour.split(";")[-3:]
    assert red == green == blue
