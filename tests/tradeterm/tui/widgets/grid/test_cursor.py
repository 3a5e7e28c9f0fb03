"""A cursor that holds a row, not a number."""

import pytest

from tests.tradeterm.tui.widgets.grid.test_lines import rows
from tradeterm.tui.widgets.grid.cursor import RowCursor
from tradeterm.tui.widgets.grid.lines import GridLines


def on(names: str, row_id: str | None = None) -> tuple[GridLines, RowCursor]:
    lines = GridLines()
    lines.give(rows(names))
    cursor = RowCursor(lines)
    if row_id is not None:
        cursor.put(row_id)
    return lines, cursor


@pytest.mark.parametrize(("here", "by", "there"), [("a", 1, "b"), ("b", -1, "a"), ("a", -1, "a"), ("b", 9, "c")])
def test_steps_stop_at_the_ends(here: str, by: int, there: str) -> None:
    assert on("abc", here)[1].stepped(by) == there


@pytest.mark.parametrize(("here", "by", "there"), [("a", 1, "b"), ("c", 1, "a"), ("a", -1, "c")])
def test_a_step_round_goes_on_at_the_other_end(here: str, by: int, there: str) -> None:
    assert on("abc", here)[1].stepped_round(by) == there


def test_a_cursor_that_was_nowhere_begins_at_an_end() -> None:
    """Down to the first row; up round to the last."""
    cursor = on("abc")[1]
    assert (cursor.is_on_row, cursor.stepped(1), cursor.stepped_round(1), cursor.stepped_round(-1)) == (
        *(False, "a", "a"),
        "c",
    )


def test_an_empty_table_has_no_next_row() -> None:
    cursor = on("")[1]
    assert (cursor.stepped(1), cursor.stepped_round(1)) == (None, None)


def test_it_stays_with_its_row() -> None:
    """Rows came above it."""
    lines, cursor = on("abc", "b")
    lines.give(rows("xyabc"))
    cursor.follow()
    assert (cursor.row_id, cursor.number, cursor.is_on_row) == ("b", 3, True)


def test_after_its_row_has_gone_the_next_step_is_from_where_that_was() -> None:
    """Down to the row that took its place, up to the one before; past the end to the last."""
    lines, cursor = on("abc", "b")
    lines.give(rows("ac"))
    cursor.follow()
    assert (cursor.row_id, cursor.is_on_row, cursor.stepped(1), cursor.stepped(-1)) == ("b", False, "c", "a")
    lines.give(rows("a"))
    cursor.follow()
    assert cursor.stepped(1) == "a"


def test_it_is_put_on_rows_that_are_shown() -> None:
    """Anything else is a mistake of the caller's, and moves nothing."""
    cursor = on("abc", "a")[1]
    with pytest.raises(KeyError):
        cursor.put("x")
    assert cursor.row_id == "a"
