"""What a trader has settled on: the desk begins and sounds so."""

from tests.tradeterm.tui.apps import WIDE, Console, painted
from tradeterm.tui.app import TradeApp
from tradeterm.tui.bells import Bells
from tradeterm.tui.desk.port import Label
from tradeterm.tui.habits import Habits
from tradeterm.tui.orders.mode import Mode, Modes


async def test_the_console_begins_as_it_was_settled() -> None:
    """In VIEW, silent, with the dead-man's switch asked for once, as soon as there is a line."""
    console = Console()
    habits = Habits(modes=Modes(Mode.VIEW), bells=Bells(()), dead_man_s=60)
    console.app = TradeApp(console.desk, console.clock.clocks(), Label(), refresh_hz=0.001, habits=habits)
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        painted(console)
        await pilot.pause()
        assert console.app._ctx.trading.modes.mode is Mode.VIEW
    assert console.desk.log == [("dead man", 60)]
