"""The alerts' table: its keys say what is wanted, and of which row."""

from textual.app import App, ComposeResult

from tradeterm.tui.drawing.cells import Cell, Column, Row
from tradeterm.tui.drawing.keymap import default_keymap
from tradeterm.tui.drawing.palette import palette
from tradeterm.tui.palette_names import PaletteName
from tradeterm.tui.widgets.alerts import AlertGrid


class AlertApp(App[None]):
    """One table; `told` is what it said."""

    def __init__(self) -> None:
        super().__init__()
        self.set_keymap(dict(default_keymap()))
        self.told: list[str] = []

    def compose(self) -> ComposeResult:
        yield AlertGrid((Column("Sym", 5),), palette(PaletteName.GREEN_RED))

    def on_mount(self) -> None:
        self.query_one(AlertGrid).focus()

    def on_alert_grid_added(self) -> None:
        self.told.append("add")

    def on_alert_grid_deleted(self, event: AlertGrid.Deleted) -> None:
        self.told.append(event.alert_id)


async def test_keys_say_what_is_wanted_of_the_row_at_the_cursor() -> None:
    """Without a row there is nothing to take away."""
    app = AlertApp()
    async with app.run_test(size=(20, 6)) as pilot:
        await pilot.press("d", "a")
        app.query_one(AlertGrid).show_rows([Row("one", (Cell("BTC"),)), Row("two", (Cell("ETH"),))])
        await pilot.pause()
        await pilot.press("j", "j", "d")
        assert app.told == ["add", "two"]
