"""Slows the guessing of passwords down, without shutting out who knows theirs. Time comes through the clock.

What is counted is who was tried from where. An address alone counts only far later, because a house, an office or a proxy
is one address; a name alone counts only for addresses that are new to it, because anybody can try anybody's name. Memory is
bounded, and a key is short whatever was sent.
"""

import ipaddress
import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from server.identity.user_names import is_user_name
from server.ports import Clock

MAX_KEYS: Final = 10_000
# Of failures that one user may have from one address: so many times more from one address, and for one name.
PER_ADDRESS, PER_NAME = 20, 10
NAME_WAIT_S: Final = 30.0
SUCCESS_WINDOW_S, SUCCESS_WAIT_S = 60.0, 10.0
_NO_NAME: Final = "?"  # all that cannot be a user's name


@dataclass(slots=True)
class _Count:
    level: float  # as of `at`
    at: float


class Tally:
    """How often something happened, by key: `allowed` times in a window, then a wait that doubles with each further time.

    What was counted fades at the rate of `allowed` a window. 0 allowed is no bound. The longest unused keys are forgotten.
    """

    def __init__(self, allowed: int, window_s: float, longest_s: float, clock: Clock, size: int = MAX_KEYS) -> None:
        self._allowed, self._window_s, self._longest_s = allowed, window_s, longest_s
        self._clock = clock
        self._size = size
        self._counts: OrderedDict[str, _Count] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    def wait(self, key: str) -> float:
        """The seconds until the next one may happen; 0.0 for now."""
        count = self._counts.get(key)
        if count is None or not self._allowed or round(count.level) < self._allowed:
            return 0.0
        over = min(max(0.0, count.level - self._allowed), 32.0)
        return max(0.0, count.at + min(self._longest_s, math.pow(2, over)) - self._clock.monotonic())

    def add(self, key: str) -> None:
        now = self._clock.monotonic()
        count = self._counts.setdefault(key, _Count(0.0, now))
        self._counts.move_to_end(key)
        count.level = max(0.0, count.level - (now - count.at) * self._allowed / self._window_s) + 1
        count.at = now
        if len(self._counts) > self._size:
            self._counts.popitem(last=False)

    def take_back(self, key: str) -> None:
        """One of those that were added was none."""
        count = self._counts.get(key)
        if count is not None:
            count.level = max(0.0, count.level - 1)

    def forget(self, key: str) -> None:
        self._counts.pop(key, None)


class SignInGuard:
    """Says how long an attempt must wait before its password is looked at.

    An attempt counts as a failure from its start, so that a hundred at once are not one. The wait is never longer than
    the window; attempts that are turned away do not make it longer. A user is never kept from where they have signed in
    before by what others do elsewhere, or beside them.
    """

    def __init__(
        self, failures: int, window_s: float, clock: Clock, size: int = MAX_KEYS, successes_per_min: int = 0
    ) -> None:
        """0 failures, and 0 successes, is no bound."""
        self._pairs = Tally(failures, window_s, window_s, clock, size)
        self._addresses = Tally(PER_ADDRESS * failures, window_s, window_s, clock, size)
        self._names = Tally(PER_NAME * failures, window_s, NAME_WAIT_S, clock, size)
        self._successes = Tally(successes_per_min, SUCCESS_WINDOW_S, SUCCESS_WAIT_S, clock, size)
        self._codes = Tally(failures, window_s, window_s, clock, size)
        self._known: OrderedDict[str, None] = OrderedDict()  # pairs that have signed in
        self._size = size

    def __len__(self) -> int:
        tallies = (self._pairs, self._addresses, self._names, self._successes, self._codes)
        return len(self._known) + sum(len(one) for one in tallies)

    def attempt(self, name: str, address: str, *, is_known: bool = False) -> float:
        """Begin an attempt: 0.0 to go on, else the seconds to wait before the next one is looked at. `is_known` says that
        this user has signed in from there, as far as somebody else remembers."""
        name, address, pair = _keys(name, address)
        wait = max(self._pairs.wait(pair), self._successes.wait(pair))
        if not is_known and pair not in self._known:
            wait = max(wait, self._addresses.wait(address), self._names.wait(name))
        if wait > 0:
            return wait
        for tally, key in self._tallies(name, address, pair):
            tally.add(key)
        return 0.0

    def succeeded(self, name: str, address: str) -> None:
        """The attempt was good: it is forgotten what this user did wrong here, and the other counts get it back."""
        name, address, pair = _keys(name, address)
        self.undecided(name, address)
        self._pairs.forget(pair)
        self._codes.forget(name)
        self._successes.add(pair)
        self._known[pair] = None
        self._known.move_to_end(pair)
        if len(self._known) > self._size:
            self._known.popitem(last=False)

    def undecided(self, name: str, address: str) -> None:
        """The attempt was neither good nor bad: all counts get it back."""
        name, address, pair = _keys(name, address)
        for tally, key in self._tallies(name, address, pair):
            tally.take_back(key)

    def code_wait(self, user: str) -> float:
        """The seconds until a code of the second factor is looked at. Only who knows the password gets so far."""
        return self._codes.wait(user)

    def code_failed(self, user: str) -> None:
        self._codes.add(user)

    def _tallies(self, name: str, address: str, pair: str) -> tuple[tuple[Tally, str], ...]:
        return (self._pairs, pair), (self._addresses, address), (self._names, name)


def _keys(name: str, address: str) -> tuple[str, str, str]:
    """The short forms of a name and an address, and of both together."""
    name, address = name if is_user_name(name) else _NO_NAME, address_key(address)
    return name, address, f"{name} {address}"


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
