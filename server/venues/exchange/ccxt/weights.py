"""What may be asked of the exchange a minute, kept by us: orders and cancels first, look-ups next, market data last.

The exchange says how much of it is used; what it says counts where it is more than we know of. A ban stops everything
until its time is over. One that says "too often" stops everything but what an order under way hangs on.
Times are seconds of the monotonic clock.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from enum import IntEnum

from server.ports import Clock

WINDOW_S = 60.0
LEAST_WAIT_S = 0.05


class Urgency(IntEnum):
    """What a request is for; how much of the minute's weight it may use up, in percent."""

    ORDER = 100
    PROOF = 90
    LOOK = 75
    MARKET = 50


class Banned(Exception):
    """Nothing is sent now. `for_s` is how much longer."""

    def __init__(self, for_s: float) -> None:
        super().__init__(f"the exchange lets nothing through for {for_s:.0f} s more")
        self.for_s = for_s


class Budget:
    """`limit` is the exchange's own, of weight a minute."""

    def __init__(self, clock: Clock, sleep: Callable[[float], Awaitable[None]], limit: int) -> None:
        self._clock, self._sleep, self.limit = clock, sleep, limit
        self._spent: deque[tuple[float, int]] = deque()
        self._used = 0
        self._until, self._is_whole = 0.0, False

    async def spend(self, weight: int, urgency: Urgency) -> None:
        """Wait until that may be asked. Raises Banned for an order, which does not wait."""
        while True:
            banned = self.banned_for(urgency)
            if banned and urgency is Urgency.ORDER:
                raise Banned(banned)
            wait = banned or self._wait_for(weight, urgency)
            if not wait:
                break
            await self._sleep(max(wait, LEAST_WAIT_S))
        self._spent.append((self._clock.monotonic(), weight))
        self._used += weight

    def _wait_for(self, weight: int, urgency: Urgency) -> float:
        self._forget()
        most = self.limit * urgency // 100
        if self._used + weight <= most or not self._spent:
            return 0.0
        return self._spent[0][0] + WINDOW_S - self._clock.monotonic()

    def heard(self, used: int) -> None:
        """The exchange's own count of this minute: what others used up of it is nobody's to spend."""
        self._forget()
        if used > self._used:
            self._spent.append((self._clock.monotonic(), used - self._used))
            self._used = used

    def ban(self, seconds: float, *, is_whole: bool) -> None:
        """The exchange lets nothing through for so long; not `is_whole`: it asks for less."""
        until = self._clock.monotonic() + seconds
        if until > self._until:
            self._until, self._is_whole = until, is_whole

    def banned_for(self, urgency: Urgency = Urgency.LOOK) -> float:
        """For how many seconds that kind of request is held back."""
        left = max(0.0, self._until - self._clock.monotonic())
        return left if self._is_whole or urgency is not Urgency.PROOF else 0.0

    @property
    def left(self) -> int:
        """Weight of this minute that is not used."""
        self._forget()
        return max(0, self.limit - self._used)

    def _forget(self) -> None:
        before = self._clock.monotonic() - WINDOW_S
        while self._spent and self._spent[0][0] <= before:
            self._used -= self._spent.popleft()[1]
