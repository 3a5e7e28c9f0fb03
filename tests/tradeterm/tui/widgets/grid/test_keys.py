"""How far each key moves, and that a table without a cursor's rules of its own knows no way."""

import pytest
from textual.app import App, ComposeResult

from tests.tradeterm.tui.widgets.grid.test_lines import rows
from tests.tradeterm.tui.widgets.grid.test_pen import COLUMNS
from tradeterm.tui.drawing.keymap import default_keymap
from tradeterm.tui.drawing.palette import palette
from tradeterm.tui.palette_names import PaletteName
from tradeterm.tui.widgets.grid.keys import GridKeys


class Stepping(GridKeys, can_focus=True):
    """Says how far it was asked to step."""

    def __init__(self) -> None:
        super().__init__(COLUMNS, palette(PaletteName.GREEN_RED))
        self.steps: list[int] = []

    def step(self, by: int) -> None:
        self.steps.append(by)


class KeysApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.set_keymap(dict(default_keymap()))
        self.table = Stepping()

    def compose(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        self.table.show_rows(rows("abcdefghijklmnopqrst"))
        self.table.focus()


async def test_keys_are_steps() -> None:
    """A line, half a page, a page, all of it."""
    app = KeysApp()
    async with app.run_test(size=(20, 12)) as pilot:
        await pilot.press("j", "k", "down", "up", "pagedown", "pageup", "ctrl+d", "ctrl+u", "G", "g")
        assert app.table.steps == [1, -1, 1, -1, 10, -10, 5, -5, 20, -20]


async def test_who_turns_keys_into_steps_says_how_to_step() -> None:
    with pytest.raises(NotImplementedError):
        GridKeys(COLUMNS, palette(PaletteName.GREEN_RED)).step(1)
