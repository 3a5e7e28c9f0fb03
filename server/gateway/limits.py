"""How much of everything one user or one address may ask for; all state is bounded, and time comes through the clock.

What is done about a refusal (429, a close code) is the caller's matter.
"""

import ipaddress
from collections import OrderedDict, deque
from dataclasses import dataclass, field

from server.ports import Clock

MAX_KEYS = 10_000
_KEPT_FAILURES = 32
MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class GatewayLimits:
    """What the gateway bounds. 0 is off. Bursts of commands go to twice the rate."""

    commands_per_s: int = 100
    sockets_per_min: int = 600
    sockets_per_user: int = 10
    subscriptions: int = 128
    frame_bytes: int = 65_536
    body_bytes: int = 65_536
    sign_in_failures: int = 5
    sign_in_window_s: int = 900


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Buckets:
    """One token bucket a key: `rate` tokens a second, at most `burst` saved up. Forgets the longest unused keys."""

    def __init__(self, rate: float, burst: float, clock: Clock, size: int = MAX_KEYS) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._size = size
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: str) -> float:
        """Take one token: 0.0 when there was one, else the seconds until there is."""
        if not self._rate:
            return 0.0
        bucket = self._filled(key)
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return 0.0
        return (1 - bucket.tokens) / self._rate

    def _filled(self, key: str) -> _Bucket:
        now = self._clock.monotonic()
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(self._burst, now)
            if len(self._buckets) > self._size:
                self._buckets.popitem(last=False)
            return bucket
        self._buckets.move_to_end(key)
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.at) * self._rate)
        bucket.at = now
        return bucket


@dataclass(slots=True)
class MessageBudget:
    """What one socket may send, commands, control frames and all: `rate` messages a second, and what it saved up, at
    most `burst`. Rate 0 is off. `at` is monotonic seconds."""

    rate: float
    burst: float
    at: float
    _tokens: float = field(init=False)

    def __post_init__(self) -> None:
        self._tokens = self.burst

    def take(self, now: float) -> bool:
        """One message came; False when it is one too many."""
        if not self.rate:
            return True
        self._tokens = min(self.burst, self._tokens + (now - self.at) * self.rate) - 1
        self.at = now
        return self._tokens >= 0


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


class Limits:
    """Every budget of the gateway, on every way in."""

    def __init__(self, limits: GatewayLimits, clock: Clock) -> None:
        self.configured = limits
        rate, burst = limits.commands_per_s, 2 * limits.commands_per_s
        self._commands = Buckets(rate, burst, clock)
        self._relief = Buckets(rate, burst, clock)
        self._connections = Buckets(limits.sockets_per_min / MINUTE_S, limits.sockets_per_min, clock)
        self._sockets: dict[str, int] = {}
        self.sign_in = SignInGuard(limits.sign_in_failures, limits.sign_in_window_s, clock)

    def command(self, user: str, *, relief: bool = False) -> float:
        """Charge one command: 0.0, or the seconds to wait. `relief` is a cancel or a reduce-only order: its own budget,
        so that a flood of entries never keeps anybody from getting out."""
        return (self._relief if relief else self._commands).take(user)

    def connection(self, address: str) -> float:
        """Charge one new socket of an address: 0.0, or the seconds to wait."""
        return self._connections.take(address_key(address))

    def enter(self, user: str) -> bool:
        """Count one more socket of a user in; False when there are as many as may be (then nothing is counted)."""
        count = self._sockets.get(user, 0)
        if self.configured.sockets_per_user and count >= self.configured.sockets_per_user:
            return False
        self._sockets[user] = count + 1
        return True

    def leave(self, user: str) -> None:
        """A socket that had entered is gone."""
        count = self._sockets.pop(user, 0) - 1
        if count > 0:
            self._sockets[user] = count


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
