"""What every screen is given: the desk, the intent, the keys, the palette. Built once, by the app."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from tradeterm.tui.desk.port import Desk, DeskLinkState, Label
from tradeterm.tui.drawing.keymap import Keymap
from tradeterm.tui.drawing.palette import Palette
from tradeterm.tui.habits import Habits
from tradeterm.tui.notices import Notices
from tradeterm.tui.orders.intent import Clocks, Trading
from tradeterm.tui.palette_names import PaletteName
from tradeterm.tui.watchlist import Watchlist

LATE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Context:
    """`label` names what is traded on, as the first word of every screen."""

    desk: Desk
    trading: Trading
    clocks: Clocks
    keymap: Keymap
    palette: Palette
    label: Label
    watchlist: Watchlist
    notices: Notices = field(default_factory=Notices)
    habits: Habits = field(default_factory=Habits)
    change_palette: Callable[[PaletteName], None] = lambda name: None
    terminal_lag: Callable[[], timedelta | None] = lambda: None  # how old what one sees is; None where nobody knows

    def tell(self, text: str, *, is_alert: bool = False, about: str | None = None) -> None:
        """Say this on the line for it; `about` names the thing whose state it is."""
        self.notices.tell(text, self.clocks.steady(), is_alert=is_alert, about=about)

    @property
    def is_terminal_late(self) -> bool:
        """Does the terminal show what is over?"""
        lag = self.terminal_lag()
        return lag is not None and lag >= LATE

    @property
    def is_old(self) -> bool:
        """Is what one sees not the present: no link, or a terminal that is late with it?"""
        return self.desk.link().state is not DeskLinkState.LIVE or self.is_terminal_late
