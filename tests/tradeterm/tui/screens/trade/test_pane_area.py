"""The body of the Trade screen."""

import pytest

from tests.tradeterm.tui.apps import NARROW, WIDE, busy_console, painted, screen
from tradeterm.tui.drawing.panes import Pane


@pytest.mark.parametrize("size", [NARROW, WIDE, (200, 50)])
async def test_panes_cover_the_body_and_the_box_about_the_link_lies_over_it(size: tuple[int, int]) -> None:
    """What is displayed has the body's area together, and no pane is there twice."""
    console = busy_console()
    async with console.app.run_test(size=size) as pilot:
        painted(console)
        await pilot.pause()
        body = screen(console).query_one("#panes")
        panes = [body.query_one(f"#{pane}") for pane in Pane]
        assert sum(pane.region.area for pane in panes if pane.display) == body.region.area
        assert body.query_one("#link-box") not in panes
