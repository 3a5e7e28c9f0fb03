"""Lines of styled text: of exactly the width that is asked for, whatever they hold."""

import pytest
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from tradeterm.tui.drawing.segments import SegmentLine, sized, under

BOLD = Style(bold=True)


@pytest.mark.parametrize(
    ("texts", "width", "line"),
    [
        (["BTC ", "45,012"], 10, "BTC 45,012"),
        (["BTC ", "45,012"], 12, "BTC 45,012  "),
        (["BTC ", "45,012"], 6, "BTC 45"),
        (["BTC ", "45,012", "x"], 4, "BTC "),
        (["日本", "語"], 5, "日本 "),
        (["日本", "語"], 8, "日本語  "),
        ([], 3, "   "),
        (["BTC"], 0, ""),
    ],
)
def test_a_line_is_as_wide_as_was_asked(texts: list[str], width: int, line: str) -> None:
    """Cut where it is too long, and never through a wide character; filled where it is short."""
    made = sized([Segment(text, BOLD) for text in texts], width)
    assert made.text == line
    assert cell_len(made.text) == width


def test_a_style_lies_over_all_of_a_line() -> None:
    """Over what has a style and what has none."""
    cursor = Style(bgcolor="#2c3f5c")
    line = under([Segment("BTC", BOLD), Segment(" ")], cursor)
    assert line == SegmentLine([Segment("BTC", BOLD + cursor), Segment(" ", cursor)])
