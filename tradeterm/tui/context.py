"""What every screen is given: the desk, the intent, the keys, the palette. Built once, by the app."""

from dataclasses import dataclass

from tradeterm.tui.desk.port import Desk, Label
from tradeterm.tui.drawing.keymap import Keymap
from tradeterm.tui.drawing.palette import Palette
from tradeterm.tui.orders.intent import Clocks, Trading
from tradeterm.tui.watchlist import Watchlist


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
