"""A few numbers to type: they are checked together, and what they make goes to who asked."""

from collections.abc import Mapping

from tests.tradeterm.tui.apps import NARROW, Console, painted, press
from tradeterm.tui.orders.draft import FieldFault
from tradeterm.tui.orders.sendable import CancelEntries, Sendable
from tradeterm.tui.screens.form import FormDialog
from tradeterm.tui.widgets.field import NumberField
from tradeterm.tui.widgets.lines import Lines

MADE = CancelEntries()
ROWS = (("stop", "Stop", "10"), ("target", "Target", ""))


def check(texts: Mapping[str, str]) -> Sendable | FieldFault:
    """A target is wanted, and it is above the stop."""
    if not texts["target"]:
        return FieldFault("target", "A target is wanted.")
    return (
        MADE if float(texts["stop"]) < float(texts["target"]) else FieldFault("stop", "They are the wrong way round.")
    )


async def test_a_fault_is_said_and_leads_to_its_field_which_is_typed_anew() -> None:
    """Tab goes round; what is right is the answer."""
    console, made = Console(), list[Sendable | None]()
    async with console.app.run_test(size=NARROW) as pilot:
        painted(console)
        dialog = FormDialog(console.app._ctx, "Protect", ROWS, check)
        await console.app.push_screen(dialog, made.append)
        await pilot.pause()
        at = {name: dialog.query_one(f"#{name}", NumberField) for name, _, _ in ROWS}
        fault = dialog.query_one("#form-fault", Lines)
        assert at["stop"].has_focus
        await press(console, pilot, "enter")
        assert "! A target is wanted." in fault.text
        assert at["target"].has_focus
        await press(console, pilot, "9", "enter")
        assert "wrong way round" in fault.text
        assert (at["stop"].has_focus, made) == (True, [])
        await press(console, pilot, "5")
        assert at["stop"].value == "5"
        await press(console, pilot, "tab", "tab")
        assert at["stop"].has_focus
        await press(console, pilot, "shift+tab")
        assert at["target"].has_focus
        await press(console, pilot, "enter")
    assert made == [MADE]


async def test_escape_makes_nothing() -> None:
    console, made = Console(), list[Sendable | None]()
    async with console.app.run_test(size=NARROW) as pilot:
        painted(console)
        await console.app.push_screen(FormDialog(console.app._ctx, "Protect", ROWS, check), made.append)
        await press(console, pilot, "escape")
    assert made == [None]
