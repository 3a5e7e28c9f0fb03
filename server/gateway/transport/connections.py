"""How many connections there are and whose: the bound on what an address, or all of them, may hold open.

A connection that waits for a request, or for the rest of it, gives way to a new one, the one that has waited longest first:
whoever means business sends a request at once. Only where every connection is at work is a new one refused. A WebSocket that was
accepted has bounds of its own (sockets a user, sockets a minute), and counts here as a descriptor only.
"""

from collections import OrderedDict
from collections.abc import Callable
from enum import StrEnum
from typing import Final, Protocol

import structlog

from server.identity.sign_in_guard import address_key

log = structlog.get_logger(__name__)

RESERVED: Final = 48  # descriptors for the database, the logs and what is accepted only to be turned away
LEAST: Final = 16


class Transport(Protocol):
    def close(self) -> None: ...


class TurnedAway(StrEnum):
    """What became of connections for which there was no room; the metrics' label."""

    REFUSED_ADDRESS = "refused_address"
    REFUSED_ALL = "refused_all"
    MADE_ROOM = "made_room"


class _Address:
    """The connections of one address: those that wait, longest first, and those at work."""

    __slots__ = ("waiting", "working")

    def __init__(self) -> None:
        self.waiting: OrderedDict[Transport, None] = OrderedDict()
        self.working: set[Transport] = set()

    def __len__(self) -> int:
        return len(self.waiting) + len(self.working)


class Connections:
    """Everybody's connections. 0 is no bound."""

    def __init__(
        self,
        per_address: int,
        in_all: int,
        descriptors: int,
        count: Callable[[str], None] = lambda what: None,
        is_proxy: Callable[[str], bool] = lambda address: False,
        opened: Callable[[int], None] = lambda number: None,
    ) -> None:
        """`descriptors` is how many the process may have; `count(what)` is told of each that is turned away.
        `is_proxy(address)` says that many speak through it: only what is in all binds it. `opened(number)` is told how many
        there are each time that that changes."""
        room = max(LEAST, descriptors - RESERVED) if descriptors else 0
        self._room = room
        self._in_all = min(filter(None, (in_all, room)), default=0)
        # Half of what there is, at most: one address must leave room for the others.
        self._per_address = min(filter(None, (per_address, self._in_all // 2)), default=0)
        self._count = count
        self._is_proxy, self._opened = is_proxy, opened
        self._addresses: dict[str, _Address] = {}
        self._held: dict[Transport, str] = {}  # whose
        self._sockets: set[Transport] = set()  # accepted WebSockets

    def __len__(self) -> int:
        return len(self._held) + len(self._sockets)

    def admit(self, transport: Transport, address: str) -> bool:
        """A new connection, which waits for its first request; False when there is no room for it."""
        key = address_key(address)
        mine = self._addresses.get(key)
        has_all = self._per_address and mine is not None and len(mine) >= self._per_address
        if has_all and not self._is_proxy(address) and not self._make_room(mine, key):
            return self._refuse(TurnedAway.REFUSED_ADDRESS, address)
        if self._is_full() and not self._make_room(*self._busiest()):
            return self._refuse(TurnedAway.REFUSED_ALL, address)
        self._addresses.setdefault(key, _Address()).waiting[transport] = None
        self._held[transport] = key
        self._opened(len(self))
        return True

    def works(self, transport: Transport) -> None:
        """A request has come in whole."""
        mine = self._of(transport)
        if mine is not None and transport in mine.waiting:
            del mine.waiting[transport]
            mine.working.add(transport)

    def waits(self, transport: Transport) -> None:
        """Everything that it asked for is answered."""
        mine = self._of(transport)
        if mine is not None and transport in mine.working:
            mine.working.remove(transport)
            mine.waiting[transport] = None

    def became_socket(self, transport: Transport) -> None:
        """Its handshake as a WebSocket was accepted."""
        if self._forget(transport):
            self._sockets.add(transport)

    def gone(self, transport: Transport) -> None:
        self._sockets.discard(transport)
        self._forget(transport)
        self._opened(len(self))

    # ------------------------------------------------------------ inside

    def _is_full(self) -> bool:
        return bool(self._in_all and len(self._held) >= self._in_all) or bool(self._room and len(self) >= self._room)

    def _busiest(self) -> tuple["_Address | None", str]:
        """Whose connections wait in the greatest number."""
        key = max(self._addresses, key=lambda one: len(self._addresses[one].waiting), default="")
        return self._addresses.get(key), key

    def _make_room(self, whose: "_Address | None", key: str) -> bool:
        if whose is None or not whose.waiting:
            return False
        oldest = next(iter(whose.waiting))
        self._forget(oldest)
        oldest.close()
        self._count(TurnedAway.MADE_ROOM)
        log.info("connection_closed", why="idle, and there was no room", address=key)
        return True

    def _refuse(self, what: TurnedAway, address: str) -> bool:
        self._count(what)
        log.warning("connection_refused", why=f"too many connections of {_whom(what)}", address=address)
        return False

    def _of(self, transport: Transport) -> _Address | None:
        return self._addresses.get(self._held.get(transport, ""))

    def _forget(self, transport: Transport) -> bool:
        key = self._held.pop(transport, None)
        if key is None:
            return False
        mine = self._addresses[key]
        mine.waiting.pop(transport, None)
        mine.working.discard(transport)
        if not len(mine):
            del self._addresses[key]
        return True


def _whom(what: TurnedAway) -> str:
    return "this address" if what is TurnedAway.REFUSED_ADDRESS else "everybody"
