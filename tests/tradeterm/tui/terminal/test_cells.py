"""What is sent brings the terminal to exactly what is wanted, and is no more than what differs."""

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tests.rawterm import Seen
from tradeterm.tui.terminal.cells import CellScreen
from tradeterm.tui.terminal.pens import Pen, change, pen_of

WIDTH, HEIGHT = 24, 4
STYLES = [
    Style(color="#2ebd85"),
    Style(color="#f6465d", bold=True),
    Style(bgcolor="#233044"),
    Style(reverse=True),
    None,
]
TEXT = st.text(st.sampled_from("ab1 │▌…日本́"), max_size=14)
SEGMENTS = st.lists(st.tuples(TEXT, st.sampled_from(STYLES)).map(lambda pair: Segment(*pair)), max_size=5)
WANTS = st.lists(st.tuples(st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1), SEGMENTS), max_size=8)


def screen() -> CellScreen:
    made = CellScreen()
    made.resize(WIDTH, HEIGHT)
    return made


def whole(text: str) -> Strip:
    return Strip([Segment(text)]).adjust_cell_length(WIDTH)


@settings(max_examples=200, deadline=None)
@given(st.lists(WANTS, min_size=1, max_size=4))
def test_the_terminal_shows_what_is_wanted_however_it_came_there(
    frames: list[list[tuple[int, int, list[Segment]]]],
) -> None:
    """Frame after frame of any strips: the same picture as one frame that says everything."""
    cells, seen = screen(), Seen(WIDTH, HEIGHT)
    for wants in frames:
        for x, y, segments in wants:
            fitting = Strip(segments).crop(0, max(0, WIDTH - x))
            cells.want(x, y, [fitting])
        seen.feed(cells.frame().encode())
    anew = Seen(WIDTH, HEIGHT)
    cells.forget()
    anew.feed(cells.frame().encode())
    assert seen.text == anew.text


def test_what_is_shown_already_is_not_sent() -> None:
    """Not one byte."""
    cells = screen()
    cells.want(0, 0, [whole("BTC 45,012.50")])
    assert "45,012.50" in cells.frame()
    cells.want(0, 0, [whole("BTC 45,012.50")])
    assert cells.frame() == ""


def test_a_price_that_ticks_costs_its_digits() -> None:
    """Not its line, and no colour that the terminal already writes in."""
    cells = screen()
    cells.want(0, 1, [whole("BTC 45,012.50")])
    cells.frame()
    cells.want(0, 1, [whole("BTC 45,012.00")])
    assert cells.frame() == "\x1b[2;12H0"


def test_after_it_was_forgotten_everything_is_sent_again() -> None:
    """A resumed or redrawn terminal shows nothing that can be relied on."""
    cells = screen()
    cells.want(0, 0, [whole("BTC")])
    first = cells.frame()
    cells.forget()
    assert cells.frame() == first


def test_what_lies_outside_the_screen_is_left_out() -> None:
    """A resize may come between drawing and sending."""
    cells = screen()
    cells.want(WIDTH - 2, HEIGHT - 1, [Strip([Segment("abcd")])])
    cells.want(0, HEIGHT, [whole("x")])
    assert "cd" not in cells.frame()


PENS = st.builds(
    Pen,
    st.sampled_from(["", "38;2;1;2;3", "31"]),
    st.sampled_from(["", "48;2;1;2;3", "41"]),
    st.frozensets(st.sampled_from("12347")),
)
OFF = {"22": "12", "23": "3", "24": "4", "27": "7"}


@given(PENS, PENS)
def test_a_change_of_pen_leaves_the_terminal_in_the_new_one(before: Pen, after: Pen) -> None:
    """Whatever it held: what is on, off and coloured is what the new pen says."""
    held = {"colour": before.colour, "ground": before.ground}
    marks = set(before.marks)
    codes = change(before, after).removeprefix("\x1b[").removesuffix("m")
    for code in filter(None, codes.replace("8;2;1;2;3", "8").split(";")):
        if code == "0":
            held, marks = {"colour": "", "ground": ""}, set()
        elif code in OFF:
            marks -= set(OFF[code])
        elif len(code) == 2:
            kind = "colour" if code[0] == "3" else "ground"
            held[kind] = "" if code[1] == "9" else f"{code};2;1;2;3" if code[1] == "8" else code
        else:
            marks.add(code)
    assert Pen(held["colour"], held["ground"], frozenset(marks)) == after


def test_colours_follow_what_the_terminal_can_show() -> None:
    """True colour, 256 and 16."""
    style = Style(color="#2ebd85")
    assert pen_of(style, ColorSystem.TRUECOLOR).colour == "38;2;46;189;133"
    assert pen_of(style, ColorSystem.EIGHT_BIT).colour.startswith("38;5;")
    assert cell_len(pen_of(style, ColorSystem.STANDARD).colour) == 2
