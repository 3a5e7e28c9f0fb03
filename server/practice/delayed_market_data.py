"""Market data that comes late, for practice: each event is held back for a while, in order."""

from collections import deque
from random import Random

from server.ports import Clock, MarketReader
from server.venues.delayed import Delay


class LateReader:
    """ports.MarketReader in front of another one; `release` passes on what is due."""

    def __init__(self, reader: MarketReader, delay: Delay, clock: Clock, seed: int) -> None:
        self._reader, self._delay, self._clock = reader, delay, clock
        self._chance = Random(f"{seed}:feed-latency")  # noqa: S311
        self._held: deque[tuple[float, tuple[str, str, str, bytes]]] = deque()

    def market_event(self, channel: str, event: str, key: str, data: bytes) -> None:
        due = self._clock.monotonic() + self._delay.draw(self._chance).total_seconds()
        if self._held:
            due = max(due, self._held[-1][0])
        self._held.append((due, (channel, event, key, data)))

    def release(self) -> None:
        now = self._clock.monotonic()
        while self._held and self._held[0][0] <= now:
            self._reader.market_event(*self._held.popleft()[1])
