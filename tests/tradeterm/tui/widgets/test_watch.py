"""The watchlist's table: its keys say what is wanted, at which row."""

from textual.app import App, ComposeResult

from tradeterm.tui.drawing.cells import Cell, Column, Row
from tradeterm.tui.drawing.keymap import default_keymap
from tradeterm.tui.drawing.palette import palette
from tradeterm.tui.palette_names import PaletteName
from tradeterm.tui.widgets.watch import Edit, WatchGrid

ROWS = [Row(name, (Cell(name),)) for name in ("one", "two", "three")]


class WatchApp(App[None]):
    """One table; `told` is what it said."""

    def __init__(self) -> None:
        super().__init__()
        self.set_keymap(dict(default_keymap()))
        self.told: list[tuple[Edit, str]] = []

    def compose(self) -> ComposeResult:
        yield WatchGrid((Column("Sym", 5),), palette(PaletteName.GREEN_RED))

    def on_mount(self) -> None:
        self.query_one(WatchGrid).focus()

    def on_watch_grid_edited(self, event: WatchGrid.Edited) -> None:
        self.told.append((event.edit, event.row_id))


async def test_without_a_row_no_market_is_meant() -> None:
    """Whoever hears it says so."""
    app = WatchApp()
    async with app.run_test(size=(20, 6)) as pilot:
        await pilot.press("d", "J", "K", "asterisk", "a")
        assert app.told == [(edit, "") for edit in (Edit.REMOVE, Edit.DOWN, Edit.UP, Edit.FAVOUR, Edit.ADD)]


async def test_keys_say_what_is_wanted_at_the_cursor_which_goes_where_the_next_row_is() -> None:
    """To the row that takes the place, at the end to the one before; the rows themselves are not the table's to change."""
    app = WatchApp()
    async with app.run_test(size=(20, 6)) as pilot:
        grid = app.query_one(WatchGrid)
        grid.show_rows(ROWS)
        await pilot.pause()
        await pilot.press("j", "J", "K", "a", "d")
        assert app.told == [(edit, "two") for edit in (Edit.DOWN, Edit.UP, Edit.ADD, Edit.REMOVE)]
        assert grid.cursor_id == "three"
        await pilot.press("d")
        assert (app.told[-1], grid.cursor_id) == ((Edit.REMOVE, "three"), "two")
        assert grid.row_ids == ["one", "two", "three"]


async def test_the_last_row_is_taken_off_where_it_stands() -> None:
    app = WatchApp()
    async with app.run_test(size=(20, 6)) as pilot:
        app.query_one(WatchGrid).show_rows(ROWS[:1])
        await pilot.pause()
        await pilot.press("d")
        assert (app.told, app.query_one(WatchGrid).cursor_id) == ([(Edit.REMOVE, "one")], "one")
