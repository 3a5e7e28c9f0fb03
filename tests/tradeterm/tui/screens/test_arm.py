"""The dialogs that change the mode leave it as it is until they are answered as they ask."""

from tests.tradeterm.tui.apps import NARROW, Console, painted, press, toasts
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


async def test_it_is_not_asked_for_where_it_cannot_be() -> None:
    """Without a link, with old prices: the reason instead of the dialog; and no line of the dialog is cut."""
    console = Console()
    async with console.app.run_test(size=NARROW) as pilot:
        painted(console)
        await press(console, pilot, "A")
        text = console.app.screen.query_one("#arm-text", Lines)
        assert max(len(line) for line in text.text.split("\n")) <= text.size.width
        await press(console, pilot, "escape")
        console.clock.advance(10)
        await press(console, pilot, "A")
        assert not isinstance(console.app.screen, ArmDialog)
        assert "stale" in toasts(console)
