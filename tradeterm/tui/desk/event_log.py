"""The account's journal as lines for the Events pane: by seq, each once, newest first, bounded."""

from collections.abc import Mapping, Sequence
from typing import Any

from tradeterm.tui.desk.event_text import Decimals, event_line
from tradeterm.tui.desk.port import EventLine

LINES = 1000


class EventLog:
    """Takes events in any order, for history comes after the first live ones."""

    def __init__(self, decimals: Decimals) -> None:
        self._decimals = decimals
        self._lines: dict[int, EventLine] = {}
        self._shown: Sequence[EventLine] | None = None
        self._epoch = ""

    def restart(self, epoch: str | None) -> None:
        """Another story begins: what was told under the old epoch is void."""
        if epoch is not None and epoch != self._epoch:
            self._epoch, self._shown = epoch, None
            self._lines.clear()

    def put(self, seq: int, name: str, data: Mapping[str, Any]) -> None:
        line = event_line(f"{self._epoch}:{seq}", name, data, self._decimals)
        if line is None or seq in self._lines:
            return
        self._lines[seq], self._shown = line, None
        if len(self._lines) > LINES:
            del self._lines[min(self._lines)]

    def newest_first(self) -> Sequence[EventLine]:
        if self._shown is None:
            self._shown = [self._lines[seq] for seq in sorted(self._lines, reverse=True)]
        return self._shown
