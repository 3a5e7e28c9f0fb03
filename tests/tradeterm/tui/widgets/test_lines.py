"""Lines of toned text: what differs is drawn, and panes are laid out anew only where the text decides how tall one is."""

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tradeterm.tui.drawing.palette import palette
from tradeterm.tui.drawing.parts import Line, Part
from tradeterm.tui.palette_names import PaletteName
from tradeterm.tui.widgets.lines import Lines

COLOURS = palette(PaletteName.MONO)


def said(*texts: str) -> list[Line]:
    return [[Part(text)] for text in texts]


class Shown(App[None]):
    """One widget of lines; three of them are seen, or as many as there are."""

    def __init__(self, height: str) -> None:
        super().__init__()
        self._height = height
        self.lines = Lines(COLOURS)

    def compose(self) -> ComposeResult:
        self.lines.styles.height = self._height
        yield self.lines


def seen(pilot: Pilot[None]) -> list[str]:
    strips = pilot.app.screen._compositor.render_strips()
    return [strip.text.rstrip() for strip in strips if strip.text.strip()]


@pytest.mark.parametrize("height", ["3", "auto"])
async def test_more_and_fewer_lines_are_drawn(height: str) -> None:
    app = Shown(height)
    async with app.run_test(size=(20, 6)) as pilot:
        for texts in (("one",), ("one", "two", "three"), ("four", "two"), ()):
            app.lines.show(said(*texts))
            await pilot.pause()
            assert seen(pilot) == list(texts)


@pytest.mark.parametrize(("height", "lays_out"), [("3", False), ("auto", True)])
async def test_the_screen_is_laid_out_only_where_the_height_follows_the_text(height: str, lays_out: bool) -> None:
    app = Shown(height)
    async with app.run_test(size=(20, 6)) as pilot:
        app.lines.show(said("one"))
        await pilot.pause()
        app.lines.show(said("one", "two"))
        assert app.lines._layout_required == lays_out
