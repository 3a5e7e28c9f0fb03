"""How a table's lines look, and that what was drawn once is kept."""

import pytest

from tests.tradeterm.tui.widgets.grid.test_lines import row
from tradeterm.tui.drawing.cells import Cell, Column, Row
from tradeterm.tui.drawing.palette import palette
from tradeterm.tui.palette_names import PaletteName
from tradeterm.tui.widgets.grid.lines import GridLine
from tradeterm.tui.widgets.grid.pen import CACHE_LIMIT, GridPen

COLUMNS = (Column("Name", 6), Column("Size", 6, right=True))


def pen() -> GridPen:
    return GridPen(COLUMNS, palette(PaletteName.GREEN_RED))


def drawn(table: GridPen, *, is_cursor: bool = False, has_focus: bool = False, is_marked: bool = False) -> str:
    line = GridLine(row("a"), 1)
    return table.line(line, 16, is_cursor=is_cursor, has_focus=has_focus, is_marked=is_marked).text


def test_rows_stand_under_their_headings() -> None:
    """Numbers end where their heading ends, and every line is as wide as was asked."""
    table = pen()
    assert table.row_width == 14
    assert [table.heading(16).text, drawn(table)] == [" Name     Size  ", " a           1  "]
    assert table.sentence("Nothing.", 16).text == " Nothing.       "
    assert table.sentence("Too long for it", 8).text == " Too lon"


@pytest.mark.parametrize("width", [14, 13, 9, 8])
def test_a_number_that_has_no_room_is_left_out_whole(width: int) -> None:
    """Cut it would be another one: `+526.00` was `+5` beside two ladders. Words are cut."""
    table = GridPen((*COLUMNS, Column("Note", 6)), palette(PaletteName.GREEN_RED))
    cells = (Cell("btc"), Cell("526.00"), Cell("set"))
    line = table.line(GridLine(Row("a", cells), 1), width, is_cursor=False, has_focus=False, is_marked=False)
    shown = width >= 14
    assert line.text == (" btc    526.00 " if shown else " btc    ").ljust(width)[:width]
    assert table.heading(width).text == (" Name     Size" if shown else " Name  ").ljust(width)[:width]


def test_one_sign_says_what_the_row_is() -> None:
    """The cursor's where the keys go, the mark's elsewhere."""
    table = pen()
    assert drawn(table, is_cursor=True, has_focus=True)[0] == "▶"
    assert drawn(table, is_cursor=True, has_focus=True, is_marked=True)[0] == "▶"
    assert drawn(table, is_cursor=True, is_marked=True)[0] == "▸"
    assert drawn(table, is_cursor=True)[0] == " "


def test_a_line_is_drawn_once() -> None:
    """Until its version, the width, the cursor or the columns are others; and no more are kept than a screen needs."""
    table, line = pen(), GridLine(row("a"), 1)
    look = {"is_cursor": False, "has_focus": True, "is_marked": False}
    first = table.line(line, 16, **look)
    assert table.line(line, 16, **look) is first
    assert table.line(line, 16, **{**look, "has_focus": False}) is first
    assert table.line(GridLine(row("a"), 2), 16, **look) is not first
    assert not table.change_columns(COLUMNS)
    assert table.line(line, 16, **look) is first
    assert table.change_columns(COLUMNS[::-1])
    assert table.line(line, 16, **look) is not first
    kept = table.heading(16)
    for width in range(20, 20 + CACHE_LIMIT):
        table.heading(width)
    assert table.heading(16) is not kept
