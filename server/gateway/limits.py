"""How much of everything one user or one address may ask for; all state is bounded, and time comes through the clock.

What is done about a refusal (429, a close code) is the caller's matter.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from server.identity.sign_in_guard import MAX_KEYS, SignInGuard, address_key
from server.ports import Clock

MINUTE_S = 60
LEAST_MESSAGES_PER_S: Final = 400.0
MAX_NAME: Final = 128  # characters
MAX_TOKEN: Final = 8_192
BURST_S = 4  # how many seconds' worth of reading is saved up
USERS_AN_ADDRESS = 4
HANDSHAKES_PER_S, HANDSHAKES_AT_ONCE = 50, 500  # of TLS, of an address: each is a millisecond of everybody's time
MOST_OWED_S = 2.0


@dataclass(frozen=True, slots=True)
class GatewayLimits:
    """What the gateway bounds. 0 is off. Bursts of commands go to twice the rate."""

    commands_per_s: int = 100
    sockets_per_min: int = 600
    sockets_per_user: int = 10
    connections_per_address: int = 512
    connections: int = 8_192
    read_bytes_per_s: int = 4_000_000
    descriptors: int = 0  # how many the process may have; 0 where nobody has looked
    subscriptions: int = 128
    frame_bytes: int = 65_536
    body_bytes: int = 65_536
    sign_in_failures: int = 5
    sign_in_window_s: int = 900
    sign_ins_per_min: int = 120


@dataclass(slots=True)
class TokenBucket:
    """`rate` tokens a second, and what was saved up, at most `burst`. Rate 0 is off. `at` is monotonic seconds."""

    rate: float
    burst: float
    at: float
    _tokens: float = field(init=False)

    def __post_init__(self) -> None:
        self._tokens = self.burst

    def take(self, now: float) -> float:
        """Take one token: 0.0 when there was one, else the seconds until there is."""
        if not self.rate:
            return 0.0
        self._fill(now)
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self.rate

    def spend(self, now: float, amount: float) -> None:
        """Take so many, also more than there were."""
        self._fill(now)
        self._tokens -= amount

    def owed(self, now: float) -> float:
        """The seconds until as many have come as were taken too many."""
        self._fill(now)
        return max(0.0, -self._tokens / self.rate) if self.rate else 0.0

    def _fill(self, now: float) -> None:
        self._tokens = min(self.burst, self._tokens + (now - self.at) * self.rate)
        self.at = now


class Buckets:
    """One token bucket a key: `rate` tokens a second, at most `burst` saved up. Forgets the longest unused keys."""

    def __init__(self, rate: float, burst: float, clock: Clock, size: int = MAX_KEYS) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._size = size
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: str) -> float:
        """Take one token: 0.0 when there was one, else the seconds until there is."""
        now = self._clock.monotonic()
        return self._of(key, now).take(now)

    def spend(self, key: str, amount: float) -> None:
        """Take what was used, also more than there was: then `owed` says for how long."""
        now = self._clock.monotonic()
        self._of(key, now).spend(now, amount)

    def owed(self, key: str) -> float:
        """The seconds until there is something again; 0.0 while there is."""
        now = self._clock.monotonic()
        return self._of(key, now).owed(now)

    def _of(self, key: str, now: float) -> TokenBucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = TokenBucket(self._rate, self._burst, now)
            if len(self._buckets) > self._size:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        return bucket


class Limits:
    """Every budget of the gateway, on every way in."""

    def __init__(self, limits: GatewayLimits, clock: Clock) -> None:
        self.configured = limits
        rate, burst = limits.commands_per_s, 2 * limits.commands_per_s
        self._commands = Buckets(rate, burst, clock)
        self._relief = Buckets(rate, burst, clock)
        self._connections = Buckets(limits.sockets_per_min / MINUTE_S, limits.sockets_per_min, clock)
        read = limits.read_bytes_per_s
        self._reads = Buckets(read, BURST_S * read, clock)
        # Many users can share an address, behind a proxy for instance.
        self._reads_of_addresses = Buckets(USERS_AN_ADDRESS * read, BURST_S * USERS_AN_ADDRESS * read, clock)
        self._handshakes = Buckets(HANDSHAKES_PER_S, HANDSHAKES_AT_ONCE, clock)
        self._strangers = Buckets(read / 4, BURST_S * read / 4, clock)
        self._sockets: dict[str, int] = {}
        self.sign_in = SignInGuard(
            limits.sign_in_failures, limits.sign_in_window_s, clock, successes_per_min=limits.sign_ins_per_min
        )

    def command(self, user: str, *, relief: bool = False) -> float:
        """Charge one command: 0.0, or the seconds to wait. `relief` is a cancel or a reduce-only order: its own budget,
        so that a flood of entries never keeps anybody from getting out."""
        return (self._relief if relief else self._commands).take(user)

    def read_wait(self, user: str | None, address: str) -> float:
        """How long a user, or where it is None an address, must wait before reading on: they have read too fast."""
        return self._reads_of_addresses.owed(address_key(address)) if user is None else self._reads.owed(user)

    def read(self, user: str | None, address: str, size: int) -> None:
        """So many bytes were read."""
        self._reads_of_addresses.spend(address_key(address), size)
        if user is not None:
            self._reads.spend(user, size)

    def stranger_wait(self, address: str) -> float:
        """How long who asks from there without a sign-in should be kept waiting."""
        return self._strangers.owed(address_key(address))

    def stranger(self, address: str, size: int) -> None:
        """So many bytes were read without a sign-in. What is owed stays bounded: the address may be shared."""
        key = address_key(address)
        if self._strangers.owed(key) <= MOST_OWED_S:
            self._strangers.spend(key, size)

    def handshake(self, address: str) -> float:
        """Charge one TLS handshake of an address: 0.0, or the seconds until it is its turn."""
        key = address_key(address)
        self._handshakes.spend(key, 1)
        return self._handshakes.owed(key)

    def connection(self, address: str) -> float:
        """Charge one new socket of an address: 0.0, or the seconds to wait."""
        return self._connections.take(address_key(address))

    def enter(self, budget: str) -> bool:
        """Count one more socket in, under `Identity.budget`; False when there are as many as may be (then nothing is
        counted)."""
        count = self._sockets.get(budget, 0)
        if self.configured.sockets_per_user and count >= self.configured.sockets_per_user:
            return False
        self._sockets[budget] = count + 1
        return True

    def leave(self, budget: str) -> None:
        """A socket that had entered is gone."""
        count = self._sockets.pop(budget, 0) - 1
        if count > 0:
            self._sockets[budget] = count


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """What one socket may do. Seconds, bytes, and commands a second; 0 commands a second is no limit."""

    sign_in_s: float = 5.0
    heartbeat_s: float = 5.0
    dead_s: float = 15.0
    subscriptions: int = 128
    frame_bytes: int = 65_536
    commands_per_s: int = 100

    def messages(self, now: float) -> TokenBucket:
        """A budget that no honest client meets: room for all its commands, with acks, pongs and pings beside them."""
        rate = max(LEAST_MESSAGES_PER_S, 4.0 * self.commands_per_s) if self.commands_per_s else 0.0
        return TokenBucket(rate, 5.0 * rate, now)
