"""Which row stands on which line, and which lines are others than before."""

from tradeterm.tui.drawing.cells import Cell, Row
from tradeterm.tui.widgets.grid.lines import GridLines


def row(name: str, size: str = "1") -> Row:
    return Row(name, (Cell(name), Cell(size)))


def rows(names: str) -> list[Row]:
    return [row(name) for name in names]


def test_only_lines_that_differ_are_told() -> None:
    """Those that came, those that changed, and those that are gone at the end."""
    lines = GridLines()
    assert lines.give(rows("abc")) == [0, 1, 2]
    assert lines.give(rows("abc")) == []
    assert lines.give([row("a"), row("b", "2"), row("c")]) == [1]
    assert lines.give(rows("ab")) == [1, 2]
    assert lines.give(rows("ba")) == [0, 1]
    assert (lines.ids, len(lines)) == (["b", "a"], 2)


def test_an_equal_row_keeps_its_version() -> None:
    """So that what was drawn of it can be kept; another look is another version."""
    lines = GridLines()
    lines.give(rows("ab"))
    (first, second) = lines.shown
    lines.give([row("x"), row("a"), row("b", "2")])
    assert lines.shown[1] is first
    assert lines.shown[2].version not in {first.version, second.version}


def test_rows_are_found_by_their_names() -> None:
    """A row that is not shown has no line."""
    lines = GridLines()
    lines.give(rows("ab"))
    assert (lines.number("b"), lines.number("x"), lines.number(None)) == (1, None, None)
    assert (lines.row("b"), lines.row("x")) == (row("b"), None)


def test_a_filter_looks_into_every_cell() -> None:
    """Whatever the case; without it all are back, and rows that come later pass it too."""
    lines = GridLines()
    lines.give([row("Ann", "10"), row("Bob", "21")])
    assert lines.narrow("  aN ") == [1]
    assert (lines.ids, lines.filter) == (["Ann"], "an")
    assert lines.narrow("1") == [1]
    assert lines.give([row("Ann", "10"), row("Bob", "22"), row("Eve", "31")]) == [1]
    assert lines.ids == ["Ann", "Eve"]
    lines.narrow("nobody")
    assert (len(lines), lines.is_given_any) == (0, True)
    lines.narrow("")
    assert lines.ids == ["Ann", "Bob", "Eve"]
    lines.give([])
    assert not lines.is_given_any
