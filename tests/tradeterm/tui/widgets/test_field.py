"""A line to type in: it edits, and leaves every other key to what holds it."""

from typing import ClassVar

import pytest
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.events import Paste
from textual.widgets import Input

from tradeterm.tui.orders.typed_number import LONGEST
from tradeterm.tui.widgets.field import MOST_PASTED, Field, NumberField


class FieldApp(App[None]):
    """Two fields; `told` is which keys were not theirs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("enter", "told('enter')"),
        ("escape", "told('escape')"),
        ("ctrl+t", "told('ctrl+t')"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def compose(self) -> ComposeResult:
        yield Field("45000", id="plain")
        yield NumberField("0.5", id="number")

    def on_mount(self) -> None:
        self.query_one("#plain").focus()

    def action_told(self, key: str) -> None:
        self.told.append(key)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.told.append("submitted")


async def test_enter_and_what_edits_nothing_belong_to_what_is_around_it() -> None:
    app = FieldApp()
    async with app.run_test(size=(40, 8)) as pilot:
        await pilot.press("enter", "end", "backspace", "ctrl+t", "home", "1", "escape")
        assert app.query_one("#plain", Field).value == "14500"
        assert app.told == ["enter", "ctrl+t", "escape"]


async def test_what_is_put_in_replaces_what_is_selected() -> None:
    """Selected from either end; without a selection it goes in at the cursor."""
    app = FieldApp()
    async with app.run_test(size=(40, 8)) as pilot:
        field = app.query_one("#plain", Field)
        field.cursor_position = 2
        field.put("9")
        assert field.value == "459000"
        await pilot.press("end", "shift+left", "shift+left", "shift+left")
        field.put("1")
        assert field.value == "4591"


@pytest.mark.parametrize(
    ("where", "pasted", "value"),
    [
        ("#plain", "buy 1\nsell 2\r\nc", "buy 1 sell 2 c"),
        ("#plain", " as it is ", " as it is "),
        ("#plain", "x" * 9_999, "x" * MOST_PASTED),
        ("#number", " 1,000.5\n", "1000.5"),
        ("#number", "sell\n everything", "sell everything"),
        ("#number", "x" * 999, "x" * 2 * LONGEST),
    ],
)
async def test_what_is_pasted_stays_on_one_line(where: str, pasted: str, value: str) -> None:
    """All of it, for its reader to say what is wrong with it; a number is plain, and a whole book is cut."""
    app = FieldApp()
    async with app.run_test(size=(40, 8)) as pilot:
        field = app.query_one(where, Field)
        field.focus()
        field.select_all()
        await pilot.pause()
        field.post_message(Paste(pasted))
        await pilot.pause()
        assert field.value == value
