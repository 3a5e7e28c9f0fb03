"""The order line's widget: what it tells, and how Tab goes through what it is offered."""

from tests.tradeterm.tui.apps import WIDE, Console, painted, press, screen
from tradeterm.tui.widgets.field import Field
from tradeterm.tui.widgets.order_line import OrderLine


async def test_tab_walks_through_what_is_offered_until_something_is_typed() -> None:
    """Round the end; a typed letter begins anew."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        line = screen(console).query_one(OrderLine)
        await press(console, pilot, "colon", "a", "tab")
        seen = [line.query_one(Field).value]
        for _ in range(2):
            await press(console, pilot, "tab")
            seen.append(line.query_one(Field).value)
        assert seen == ["alert", "arm", "alert"]
        await press(console, pilot, "x", "tab")
        assert line.query_one(Field).value == "alertx"
