"""When a feed has been silent for too long: its markets are stale until it is heard again.

A price that nobody confirmed is no price to trade on. Times are a monotonic clock's seconds, given by the caller.
"""

from collections.abc import Iterable, Sequence

from server.ports import FlowStep

LIMIT_S = 15.0


class Staleness:
    """Which of the fed markets are silent. Somebody calls `heard` for what the feed did and `check` now and then."""

    def __init__(self, symbols: Iterable[str], now: float, limit_s: float = LIMIT_S, *, unheard: bool = False) -> None:
        """`unheard`: they are silent until somebody follows them; that is known, and no news."""
        self._limit_s = limit_s
        self._heard = dict.fromkeys(symbols, now)
        self._stale: set[str] = {*self._heard} if unheard else set()
        self._back: set[str] = set()

    def heard(self, step: FlowStep, now: float) -> None:
        """The feed did this."""
        for symbol in {request.symbol for request in step.requests}:
            self._heard[symbol] = now
            if symbol in self._stale:
                self._stale.discard(symbol)
                self._back.add(symbol)

    def check(self, now: float) -> Sequence[str]:
        """The symbols that fell silent, or are back, since the last check; `is_stale` says which."""
        silent = [
            symbol for symbol, heard in self._heard.items() if now - heard > self._limit_s and symbol not in self._stale
        ]
        self._stale.update(silent)
        changed = [*silent, *(self._back - self._stale)]
        self._back.clear()
        return changed

    def is_stale(self, symbol: str) -> bool:
        return symbol in self._stale
