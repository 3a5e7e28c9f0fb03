"""The dialogs that change the mode leave it as it is until they are answered as they ask."""

from tests.tradeterm.tui.apps import NARROW, Console, painted, press
from tradeterm.tui.orders.mode import Mode
from tradeterm.tui.screens.arm import ArmDialog
from tradeterm.tui.widgets.lines import Lines


async def test_leaving_arms_nothing_and_the_keys_are_named_as_they_are_bound() -> None:
    """Enter, Escape and `n` go back; it fits the smallest screen."""
    console = Console()
    async with console.app.run_test(size=NARROW) as pilot:
        painted(console)
        for key in ("enter", "escape", "n"):
            await press(console, pilot, "A")
            dialog = console.app.screen
            assert isinstance(dialog, ArmDialog)
            assert "B S  i d I D  < >  f" in dialog.query_one("#arm-text", Lines).text
            assert dialog.query_one("#dialog").region.bottom <= NARROW[1]
            await press(console, pilot, key)
            assert not isinstance(console.app.screen, ArmDialog)
            assert console.app._ctx.trading.modes.mode is Mode.SAFE
