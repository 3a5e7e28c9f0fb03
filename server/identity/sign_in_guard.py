"""Slows the guessing of passwords down, by name and by address. Time comes through the clock; all state is bounded."""

import ipaddress
from collections import OrderedDict, deque

from server.ports import Clock

MAX_KEYS = 10_000
_KEPT_FAILURES = 32


class SignInGuard:
    """Slows guessing down: so many failures in a window per user and per address, then a delay that doubles each time.

    An attempt counts as a failure from its start, so that a hundred at once are not one. The wait is never longer
    than the window; attempts that are turned away do not make it longer.
    """

    def __init__(self, failures: int, window_s: float, clock: Clock, size: int = MAX_KEYS) -> None:
        self._allowed = failures
        self._window_s = window_s
        self._clock = clock
        self._size = size
        self._failures: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._failures)

    def attempt(self, name: str, address: str) -> float:
        """Begin an attempt: 0.0 to go on, else the seconds to wait before the next one is looked at."""
        if not self._allowed:
            return 0.0
        keys = (("user", name), ("address", address_key(address)))
        now = self._clock.monotonic()
        wait = max(self._wait(key, now) for key in keys)
        if wait > 0:
            return wait
        for key in keys:
            self._record(key, now)
        return 0.0

    def succeeded(self, name: str, address: str) -> None:
        """The attempt was good: the user starts afresh; the address only gets this one attempt back."""
        self._failures.pop(("user", name), None)
        times = self._failures.get(("address", address_key(address)))
        if times:
            times.pop()

    def _wait(self, key: tuple[str, str], now: float) -> float:
        times = self._failures.get(key)
        if not times:
            return 0.0
        while times and times[0] <= now - self._window_s:
            times.popleft()
        over = len(times) - self._allowed
        if over < 0:
            return 0.0
        return times[-1] + min(self._window_s, 2.0**over) - now

    def _record(self, key: tuple[str, str], now: float) -> None:
        times = self._failures.get(key)
        if times is None:
            times = self._failures[key] = deque(maxlen=max(_KEPT_FAILURES, self._allowed + 16))
            if len(self._failures) > self._size:
                self._failures.popitem(last=False)
        self._failures.move_to_end(key)
        times.append(now)


def address_key(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 of an IPv6 one, which a single house owns whole."""
    if ":" not in address:
        return address
    try:
        parsed = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(parsed) >> 64 << 64, 64)))
