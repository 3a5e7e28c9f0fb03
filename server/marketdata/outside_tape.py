"""An outside exchange's trades as they come in: each once, and none that was made before anybody here looked."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

REMEMBERED = 2_000
Trade = Mapping[str, Any]  # as ccxt gives it: `id`, and `timestamp` in milliseconds where the exchange says when


class OutsideTape:
    """One market's. Some exchanges answer a subscription with what was traded before it, and again after each break:
    that was another market's past, at prices that nobody here could have met."""

    def __init__(self) -> None:
        self._seen: deque[str] = deque(maxlen=REMEMBERED)
        self._since = 0
        self.is_read = False

    def begin(self, now: int) -> None:
        """It is read from now on, in milliseconds; called again when it was lost meanwhile."""
        self._since, self.is_read = now, True

    def lost(self) -> None:
        self.is_read = False

    def pass_over(self, trades: Sequence[Trade]) -> None:
        """All of these are the past."""
        self._seen.extend(str(one["id"]) for one in trades)

    def fresh(self, trades: Sequence[Trade]) -> list[Trade]:
        """Those of them that are new, in the order in which they were made."""
        by_id = {str(one["id"]): one for one in trades if self._is_of_now(one)}
        fresh = [one for number, one in by_id.items() if number not in self._seen]
        self.pass_over(fresh)
        return sorted(fresh, key=lambda one: one.get("timestamp") or 0)

    def _is_of_now(self, trade: Trade) -> bool:
        at = trade.get("timestamp")
        return at is None or at >= self._since
