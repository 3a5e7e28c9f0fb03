"""The table on the Line API: what it draws, what it repaints, and a cursor that holds a row, not a number."""

from collections.abc import Sequence

import pytest
from textual.app import App, ComposeResult

from tradeterm.tui.drawing.cells import Cell, Column, Row
from tradeterm.tui.drawing.keymap import default_keymap
from tradeterm.tui.drawing.palette import Palette, palette
from tradeterm.tui.palette_names import PaletteName
from tradeterm.tui.widgets.grid.view import GridView

COLUMNS = (Column("Name", 6), Column("Size", 6, right=True))


def row(name: str, size: str = "1") -> Row:
    return Row(name, (Cell(name), Cell(size)))


def rows(names: str) -> list[Row]:
    return [row(name) for name in names]


class GridApp(App[None]):
    """One table and nothing else."""

    def __init__(self, first: Sequence[Row] = (), *, follows: bool = True) -> None:
        super().__init__()
        self.follows = follows
        self.set_keymap(dict(default_keymap()))
        self.colours: Palette = palette(PaletteName.GREEN_RED)
        self.first = first
        self.opened: list[str] = []

    def compose(self) -> ComposeResult:
        yield GridView(COLUMNS, self.colours, empty="Nothing here.", widget_id="grid", follows=self.follows)

    def on_mount(self) -> None:
        self.grid.show_rows(self.first)
        self.grid.focus()

    def on_grid_view_opened(self, event: GridView.Opened) -> None:
        self.opened.append(event.row_id)

    @property
    def grid(self) -> GridView:
        return self.query_one(GridView)

    def line(self, y: int) -> str:
        return self.grid.render_line(y).text.rstrip()


async def test_rows_stand_under_their_headings() -> None:
    """Numbers are aligned right; the cursor's sign stands before its row."""
    async with GridApp(rows("ab")).run_test(size=(20, 6)) as pilot:
        app = pilot.app
        assert isinstance(app, GridApp)
        await pilot.pause()
        assert [app.line(y) for y in range(3)] == [" Name     Size", "▶a           1", " b           1"]


async def test_an_empty_table_says_so() -> None:
    """One sentence instead of nothing."""
    async with GridApp().run_test(size=(20, 6)) as pilot:
        app = pilot.app
        assert isinstance(app, GridApp)
        assert app.line(2) == " Nothing here."


async def test_the_cursor_stays_on_its_row_when_rows_come_above_it() -> None:
    """A key never means another order than the one that was looked at."""
    async with GridApp(rows("abc")).run_test(size=(20, 8)) as pilot:
        app = pilot.app
        assert isinstance(app, GridApp)
        await pilot.press("j")
        assert app.grid.cursor_id == "b"
        app.grid.show_rows(rows("xyabc"))
        assert app.grid.cursor_id == "b"


async def test_the_cursor_does_not_jump_to_another_row_when_its_row_goes() -> None:
    """It keeps the id that has gone; the next move lands on the row that took its place."""
    async with GridApp(rows("abc")).run_test(size=(20, 8)) as pilot:
        app = pilot.app
        assert isinstance(app, GridApp)
        await pilot.press("j")
        app.grid.show_rows(rows("ac"))
        assert app.grid.cursor_id == "b"
        await pilot.press("j")
        assert app.grid.cursor_id == "c"


async def test_keys_move_by_lines_and_pages_and_stop_at_the_ends() -> None:
    """vi's keys and the arrows."""
    async with GridApp(rows("abcdefghij")).run_test(size=(20, 6)) as pilot:
        app = pilot.app
        assert isinstance(app, GridApp)
        for key, where in (
            ("G", "j"),
            ("j", "j"),
            ("g", "a"),
            ("k", "a"),
            ("down", "b"),
            ("pagedown", "f"),
            ("up", "e"),
        ):
            await pilot.press(key)
            assert app.grid.cursor_id == where, key


async def test_the_view_follows_the_cursor() -> None:
    """The last of many rows is drawn when the cursor is there."""
    async with GridApp(rows("abcdefghij")).run_test(size=(20, 6)) as pilot:
        app = pilot.app
        assert isinstance(app, GridApp)
        await pilot.press("G")
        await pilot.pause()
        assert any(app.line(y).startswith("▶j") for y in range(1, 6))


async def test_enter_opens_the_row_and_only_one_that_is_there() -> None:
    """A row that has gone cannot be opened."""
    async with GridApp(rows("ab")).run_test(size=(20, 6)) as pilot:
        app = pilot.app
        assert isinstance(app, GridApp)
        await pilot.press("enter")
        app.grid.show_rows(rows("b"))
        await pilot.press("enter")
        assert app.opened == ["a"]


async def test_an_equal_row_is_not_drawn_again() -> None:
    """Lines are kept until what they show differs."""
    async with GridApp(rows("ab")).run_test(size=(20, 6)) as pilot:
        app = pilot.app
        assert isinstance(app, GridApp)
        before = app.grid.segments(1, 18)
        app.grid.show_rows(rows("ab"))
        assert app.grid.segments(1, 18) is before
        app.grid.show_rows([row("a", "2"), row("b")])
        assert app.line(1) == "▶a           2"


async def test_foreign_text_is_drawn_and_never_read() -> None:
    """Markup in a name is a name."""
    async with GridApp([row("[/b]")]).run_test(size=(20, 6)) as pilot:
        app = pilot.app
        assert isinstance(app, GridApp)
        assert "[/b]" in app.line(1)


MANY = "abcdefghijklmnopqrst"


@pytest.mark.parametrize(("follows", "is_seen"), [(True, True), (False, False)])
async def test_rows_that_move_take_the_view_along_with_the_cursor(follows: bool, is_seen: bool) -> None:
    """Sorted anew, its row stands elsewhere: no key acts on a row that nobody sees. A list of news shows the newest."""
    async with GridApp(rows(MANY), follows=follows).run_test(size=(20, 8)) as pilot:
        app = pilot.app
        assert isinstance(app, GridApp)
        await pilot.press("j")
        app.grid.show_rows(rows(MANY[::-1]))
        await pilot.pause()
        assert ("▶b" in seen(app)) is is_seen


async def test_a_view_that_was_led_away_by_the_wheel_stays_there() -> None:
    """Whoever looks elsewhere in a list goes on looking there when a row comes."""
    async with GridApp(rows(MANY)).run_test(size=(20, 8)) as pilot:
        app = pilot.app
        assert isinstance(app, GridApp)
        app.grid.scroll_to(y=10, animate=False)
        await pilot.pause()
        app.grid.show_rows(rows("z" + MANY))
        await pilot.pause()
        assert app.grid.scroll_offset.y == 10


async def test_the_cursor_stays_in_view_in_a_smaller_terminal() -> None:
    """The row that was the last one seen is still seen."""
    async with GridApp(rows(MANY)).run_test(size=(20, 16)) as pilot:
        app = pilot.app
        assert isinstance(app, GridApp)
        await pilot.press(*"jjjjjjjjjj")
        await pilot.resize_terminal(20, 6)
        await pilot.pause()
        assert "▶k" in seen(app)


def seen(app: GridApp) -> str:
    return "\n".join(app.line(y) for y in range(app.grid.size.height))
