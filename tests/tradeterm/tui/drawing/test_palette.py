"""Palettes: every tone in each, and a screen without any colour where NO_COLOR asks for it."""

from colorsys import rgb_to_hls

import pytest

from tests.tradeterm.tui.apps import WIDE, Console, painted, press
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


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """As the accessibility guidelines count it: 1 is none, 21 is black on white."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", PaletteName)
def test_everything_can_be_read(name: PaletteName) -> None:
    """Directions and words well, what is old or lies on a tint well enough."""
    chosen = palette(name)
    paper = chosen.theme.background
    assert paper is not None
    for tone, style in chosen.styles.items():
        assert style.color is not None
        ground = style.bgcolor.name if style.bgcolor is not None else paper
        least = 3.0 if tone in (Tone.STALE, Tone.BID_BAR, Tone.ASK_BAR, Tone.FLASH_UP, Tone.FLASH_DOWN) else 4.5
        assert contrast(style.color.name, ground) >= least, tone


@pytest.mark.parametrize("name", [one for one in PaletteName if one is not PaletteName.MONO])
def test_focus_and_alert_are_no_direction(name: PaletteName) -> None:
    """The frame with the focus, a warning, up and down are four hues."""
    theme = palette(name).theme
    hues = [hue(theme.variables[role]) for role in ("up", "down", "focus", "alert")]
    apart = [abs((one - other + 180) % 360 - 180) for n, one in enumerate(hues) for other in hues[n + 1 :]]
    assert min(apart) >= 14, hues


def hue(colour: str) -> float:
    return 360 * rgb_to_hls(*(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)))[0]


def test_a_palette_that_became_another_is_that_one() -> None:
    """Whoever holds it draws in the new colours, and knows that what was drawn is old."""
    worn, wanted = palette(PaletteName.GREEN_RED), palette(PaletteName.LIGHT)
    worn.become(wanted)
    assert (worn.name, worn.styles, worn.theme, worn.cursor) == (
        wanted.name,
        wanted.styles,
        wanted.theme,
        wanted.cursor,
    )
    assert worn.changes == 1


async def test_without_colour_a_dialog_leaves_the_desk_behind_it() -> None:
    """The terminal's own colours cannot be dimmed: what stands beside the dialog stays as it is."""
    console = Console(busy_desk(), colour=False)
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", "enter")
        lines = [strip.text for strip in console.app.screen._compositor.render_strips()]
        assert any("SEND BUY" in line for line in lines)
        assert any("1 Watch" in line for line in lines)
        assert any("LINK" in line and "14.620" in line for line in lines)


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
