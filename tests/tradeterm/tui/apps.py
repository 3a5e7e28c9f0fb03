"""The whole app over a fake desk, with a clock that is moved by hand, so that two runs paint the same picture."""

import unicodedata

from textual.events import Key
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key
from textual.pilot import Pilot

from tests.tradeterm.tui.desks import LABEL, FakeDesk, ManualClock, busy_desk
from tradeterm.tui.app import TradeApp
from tradeterm.tui.desk.port import EVERYTHING
from tradeterm.tui.habits import Habits
from tradeterm.tui.palette_names import PaletteName
from tradeterm.tui.screens.review import ReviewDialog
from tradeterm.tui.screens.trade.screen import TradeScreen
from tradeterm.tui.widgets.lines import Lines

HARDLY_EVER = 0.001  # the test says when the screen is painted
WIDE, NARROW = (120, 36), (80, 24)


class Console:
    """A console under test: its desk, its clock and its app."""

    def __init__(
        self,
        desk: FakeDesk | None = None,
        palette_name: PaletteName = PaletteName.GREEN_RED,
        *,
        colour: bool = True,
        habits: Habits | None = None,
    ) -> None:
        self.desk = desk or FakeDesk()
        self.clock: ManualClock = self.desk.clock
        self.app = TradeApp(
            self.desk,
            self.clock.clocks(),
            LABEL,
            palette_name=palette_name,
            colour=colour,
            refresh_hz=HARDLY_EVER,
            habits=habits,
        )
        self.app.animation_level = "none"

    def wait_out(self) -> None:
        """Let the debounce and the deaf moment of a review pass."""
        self.clock.advance(0.5)


def busy_console(palette_name: PaletteName = PaletteName.GREEN_RED) -> Console:
    return Console(busy_desk(), palette_name)


def screen(console: Console) -> TradeScreen:
    found = console.app.screen
    assert isinstance(found, TradeScreen)
    return found


def painted(console: Console) -> None:
    """What the timer would do now."""
    console.desk.dirty = EVERYTHING
    console.app.tick()


def toasts(console: Console) -> str:
    """What the console has said so far."""
    return "\n".join(console.app._ctx.notices.told)


async def press(console: Console, pilot: Pilot[int], *keys: str) -> None:
    """Press one key after the other, as a person does."""
    for key in keys:
        console.wait_out()
        await pilot.press(key)
        await pilot.pause()


def key_event(key: str) -> Key:
    """What a terminal's key becomes; a single character stands for itself."""
    name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
    if len(name) == 1:
        return Key(name, name)
    try:
        return Key(name, unicodedata.lookup(_get_unicode_name_from_key(REPLACED_KEYS.get(name, name))))
    except KeyError:
        return Key(name, None)


async def typed(console: Console, *keys: str) -> None:
    """Hand the keys over in one packet, without waiting for what they do."""
    for key in keys:
        await console.app.on_event(key_event(key))


def reviewed(console: Console) -> str:
    """What the review in front says."""
    dialog = console.app.screen
    assert isinstance(dialog, ReviewDialog), toasts(console)
    return dialog.query_one("#review-text", Lines).text
