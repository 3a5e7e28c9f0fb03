"""What the desktop is told beside the screen: notifications, asked of the terminal in its own words. Pure."""

from collections.abc import Iterable
from enum import StrEnum

from tradeterm.protocol.foreign_text import printable
from tradeterm.tui.desk.port import News
from tradeterm.tui.news_kinds import Kinds
from tradeterm.tui.terminal.plain import in_ascii

LONGEST = 200
TITLE = "tradeterm"


class Way(StrEnum):
    """How a terminal is asked for a notification; which one it hears stands in its manual."""

    OSC_9 = "osc9"
    OSC_777 = "osc777"


class Desktop(Kinds):
    """Off unless it is asked for. `in_tmux`: tmux has to be told to hand it on (`set -g allow-passthrough on`)."""

    def __init__(
        self, on: Iterable[News] = (), way: Way = Way.OSC_9, *, in_tmux: bool = False, is_plain: bool = False
    ) -> None:
        super().__init__(on)
        self._way, self._in_tmux, self._is_plain = way, in_tmux, is_plain

    def asks(self, news: News | None, text: str) -> str:
        """What to send the terminal for this; nothing where the kind is off."""
        if news not in self:
            return ""
        # A semicolon ends a field, and some terminals read `9;4;…` as a bar of progress.
        shown = printable(text, LONGEST).replace(";", ",")
        shown = in_ascii(shown) if self._is_plain else shown
        words = f"9;{shown}" if self._way is Way.OSC_9 else f"777;notify;{TITLE};{shown}"
        asked = f"\x1b]{words}\x07"
        return "\x1bPtmux;" + asked.replace("\x1b", "\x1b\x1b") + "\x1b\\" if self._in_tmux else asked

    @property
    def words(self) -> str:
        return f"The desktop is told of: {', '.join(self.names)}." if self.names else "The desktop is told of nothing."
