"""The whole app over a fake desk, with a clock that is moved by hand, so that two runs paint the same picture."""

from tests.tradeterm.tui.desks import LABEL, FakeDesk, ManualClock, busy_desk
from tradeterm.tui.app import TradeApp
from tradeterm.tui.palette import PaletteName

HARDLY_EVER = 0.001  # the test says when the screen is painted
WIDE, NARROW = (120, 36), (80, 24)


class Console:
    """A console under test: its desk, its clock and its app."""

    def __init__(self, desk: FakeDesk | None = None, palette_name: PaletteName = PaletteName.GREEN_RED) -> None:
        self.desk = desk or FakeDesk()
        self.clock: ManualClock = self.desk.clock
        self.app = TradeApp(self.desk, self.clock.clocks(), LABEL, palette_name=palette_name, refresh_hz=HARDLY_EVER)
        self.app.animation_level = "none"

    def wait_out(self) -> None:
        """Let the debounce and the deaf moment of a review pass."""
        self.clock.advance(0.5)


def busy_console(palette_name: PaletteName = PaletteName.GREEN_RED) -> Console:
    return Console(busy_desk(), palette_name)
