"""Palettes: every tone in each, and a screen without any colour where NO_COLOR asks for it."""

import pytest

from tests.tradeterm.tui.apps import WIDE, Console, painted
from tests.tradeterm.tui.desks import busy_desk
from tradeterm.tui.drawing.palette import Tone, palette
from tradeterm.tui.palette_names import PaletteName


@pytest.mark.parametrize("colour", [True, False])
@pytest.mark.parametrize("name", PaletteName)
def test_every_tone_has_a_style(name: PaletteName, colour: bool) -> None:
    """Nothing that is drawn can be without one."""
    assert set(palette(name, colour=colour).styles) == set(Tone)


@pytest.mark.parametrize("name", PaletteName)
def test_buy_and_sell_differ_in_every_palette_also_without_colour(name: PaletteName) -> None:
    """A side is never told by hue alone."""
    for colour in (True, False):
        styles = palette(name, colour=colour).styles
        assert styles[Tone.BUY] != styles[Tone.SELL]


@pytest.mark.parametrize("colour", [True, False])
@pytest.mark.parametrize("name", PaletteName)
def test_real_money_has_a_style_of_its_own_in_every_palette(name: PaletteName, colour: bool) -> None:
    """Nothing else looks so: neither paper's label, nor an alert, nor a side."""
    styles = palette(name, colour=colour).styles
    others = [style for tone, style in styles.items() if tone is not Tone.DANGER]
    assert styles[Tone.DANGER] not in others
    assert styles[Tone.DANGER].bold
    assert styles[Tone.DANGER].reverse or styles[Tone.DANGER].bgcolor != styles[Tone.BADGE].bgcolor


async def test_without_colour_the_screen_has_none() -> None:
    """Only bold, dim and reverse are left, on the terminal's own colours."""
    console = Console(busy_desk(), colour=False)
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await pilot.press("b")
        await pilot.pause()
        strips = console.app.screen._compositor.render_strips()
        styles = {segment.style for strip in strips for segment in strip if segment.style is not None}
        colours = {(style.color, style.bgcolor) for style in styles if not style.reverse}  # the cursor is reversed
        assert all(one is None or one.is_default for pair in colours for one in pair), colours
