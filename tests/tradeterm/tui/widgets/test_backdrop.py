"""The style under what a widget draws: that of the palette it wears now."""

from tests.tradeterm.tui.apps import WIDE, Console, painted
from tradeterm.tui.palette_names import PaletteName
from tradeterm.tui.widgets.backdrop import Backdrop
from tradeterm.tui.widgets.ladder import Ladder


async def test_a_backdrop_follows_the_palette_and_is_asked_once() -> None:
    """The same object from line to line, and another paper after another palette."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        ladder = console.app.screen.query_one(Ladder)
        backdrop = Backdrop(ladder, console.app._ctx.palette)
        dark = backdrop.style
        assert backdrop.style is dark
        assert backdrop.style == ladder.rich_style
        console.app.change_palette(PaletteName.LIGHT)
        await pilot.pause()
        assert backdrop.style == ladder.rich_style != dark
