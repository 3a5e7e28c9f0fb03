"""The account's journal as lines for the Events pane: one an order, newest first, bounded; and what became of the link."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tradeterm.tui.desk.event_text import Decimals, event_line
from tradeterm.tui.desk.port import EventLine

LINES = 1000


class EventLog:
    """Takes events in any order, for history comes after the first live ones. What happens to an order is told in its one
    line; what is an alert stays beside it."""

    def __init__(self, decimals: Decimals) -> None:
        self._decimals = decimals
        self._lines: dict[int, EventLine] = {}
        self._of_order: dict[str, int] = {}  # by order id, the seq of its line
        self._notes: list[EventLine] = []
        self._shown: Sequence[EventLine] | None = None
        self._epoch = ""

    def restart(self, epoch: str | None) -> None:
        """Another story begins: what was told under the old epoch is void."""
        if epoch is not None and epoch != self._epoch:
            self._epoch, self._shown = epoch, None
            self._lines.clear()
            self._of_order.clear()

    def put(self, seq: int, name: str, data: Mapping[str, Any]) -> None:
        line = event_line(f"{self._epoch}:{seq}", name, data, self._decimals)
        if line is None or seq in self._lines or not self._is_newest(seq, line, data):
            return
        self._lines[seq], self._shown = line, None
        if len(self._lines) > LINES:
            del self._lines[min(self._lines)]

    def _is_newest(self, seq: int, line: EventLine, data: Mapping[str, Any]) -> bool:
        """Take the place of what was told of the same order before, unless that is newer."""
        order_id = data.get("order", {}).get("id")
        if order_id is None or line.is_alert:
            return True
        known = self._of_order.get(order_id, -1)
        if known > seq:
            return False
        self._lines.pop(known, None)
        self._of_order[order_id] = seq
        return True

    def note(self, time: datetime, text: str) -> None:
        """What is in no journal, because it happened on this side."""
        self._notes = [*self._notes[1 - LINES :], EventLine(f"note:{time.isoformat()}", time, text)]
        self._shown = None

    def newest_first(self) -> Sequence[EventLine]:
        if self._shown is None:
            told = [self._lines[seq] for seq in sorted(self._lines)]
            # Sorting is stable: what the journal put in order stays so, whatever the clocks say.
            merged = sorted([*told, *self._notes], key=lambda line: line.time) if self._notes else told
            self._shown = merged[::-1]
        return self._shown
