"""What a table paints again: the lines that differ, and no other."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region

from tests.tradeterm.tui.widgets.grid.test_lines import row, rows
from tests.tradeterm.tui.widgets.grid.test_pen import COLUMNS
from tradeterm.tui.drawing.palette import palette
from tradeterm.tui.palette_names import PaletteName
from tradeterm.tui.widgets.grid.body import GridBody


class Painted(GridBody):
    """Keeps what it was asked to paint again; an empty entry is all of it."""

    asked: list[tuple[Region, ...]]

    def refresh(self, *regions: Region, **more: Any) -> "Painted":
        if hasattr(self, "asked"):
            self.asked.append(regions)
        super().refresh(*regions, **more)
        return self

    def lines(self) -> list[int]:
        """The lines that were painted by themselves since the last time, the heading being 0."""
        asked, self.asked = self.asked, []
        return [region.y for regions in asked for region in regions]


class BodyApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.table = Painted(COLUMNS, palette(PaletteName.GREEN_RED), empty="None.")

    def compose(self) -> ComposeResult:
        yield self.table


@pytest.fixture
async def table() -> AsyncIterator[Painted]:
    app = BodyApp()
    async with app.run_test(size=(20, 6)) as pilot:
        app.table.show_rows(rows("abc"))
        await pilot.pause()
        app.table.asked = []
        yield app.table


async def test_one_row_that_differs_is_one_line(table: Painted) -> None:
    """An equal list is none; a row that is out of sight neither."""
    table.show_rows(rows("abc"))
    assert table.lines() == []
    table.show_rows([row("a"), row("b", "2"), row("c")])
    assert table.lines() == [2]
    table.show_rows([*rows("abc"), *rows("defghijk")])
    assert table.lines() == [2, 4, 5]


async def test_marks_paint_the_row_before_and_the_one_after(table: Painted) -> None:
    table.mark("a")
    table.mark("c")
    assert table.lines() == [1, 1, 3]
    assert [table.render_line(y).text[0] for y in (1, 3)] == [" ", "▸"]
    table.mark("c")
    table.mark("x")
    assert table.lines() == [3]


async def test_a_table_that_becomes_empty_says_why(table: Painted) -> None:
    """Nothing there, or nothing that passes the filter; all of it is painted then."""
    table.narrow("nobody")
    assert () in table.asked
    assert table.render_line(2).text.strip() == "Nothing here holds"
    assert table.row_ids == []
    table.show_rows([])
    table.narrow("")
    assert (table.render_line(2).text.strip(), table.filter) == ("None.", "")


async def test_other_columns_paint_everything(table: Painted) -> None:
    """The same columns nothing."""
    table.show_columns(COLUMNS)
    assert table.asked == []
    table.show_columns(COLUMNS[::-1])
    assert table.asked == [()]
    assert table.row("b") == row("b")
