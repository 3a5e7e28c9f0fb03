"""The gateway's inside without sockets: a journal in memory, a wire that can refuse, time and turns moved by the test."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson

from server.domain.commands import Command
from server.domain.markets import Market
from server.gateway.limits import GatewayLimits, Limits, SessionLimits
from server.gateway.native.connection import NativeConnection
from server.gateway.native.session import Session
from server.gateway.socketio.engineio_wire import payloads
from server.gateway.streams.ack_window import LagLimit
from server.gateway.streams.epoch import Epoch
from server.gateway.streams.hub import Hub
from server.identity.authenticator import Identity
from server.identity.tokens import Refusal
from server.ports import Answer, Batch, EventRow, Orders, StoredEvent, Told
from tests.builders import CountedIds, market
from tests.fakes import START, ManualClock, MemoryEpochs
from tests.memory_history import MemoryHistory
from tradeterm.protocol.vocabulary import EventName, Role, Scope

Message = dict[str, Any]


class MemoryJournal(MemoryHistory):
    """`View` and `History` of a journal in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.heads: dict[str, int] = {}

    def append(self, account: str, event: EventName = EventName.ORDER_CREATED, data: bytes | None = None) -> EventRow:
        """Commit one event, whose payload tells its own seq unless it is given."""
        seq = self.heads[account] = self.heads.get(account, 0) + 1
        data = data or orjson.dumps({"order": {"id": f"{account}-{seq}"}})
        row = EventRow(account, seq, event, data, START)
        self.commit(Batch(events=[row]))
        return row

    def of(self, account: str) -> list[StoredEvent]:
        return [row for row in self.rows if row.account == account]

    # View

    is_settled: bool = True

    async def settled(self) -> None:
        return

    def head(self, account: str) -> int:
        return self.heads.get(account, 0)

    def epoch(self) -> str:
        return "k1"

    def snapshot(self, account: str) -> tuple[int, Mapping[str, list[bytes]]]:
        return self.head(account), {"orders": [], "positions": [], "balances": [], "account": []}

    def alerts(self, account: str) -> list[bytes]:
        return self.snapshot(account)[1].get("alerts", [])

    def accounts(self) -> Iterable[str]:
        return list(self.heads)

    def markets(self) -> Mapping[str, Market]:
        return {"BTC/USD": market()}

    def ahead(self, account: str) -> Mapping[str, Decimal]:
        return {}


class SpyMarketData:
    """Market data that says what was asked for, and remembers who watches."""

    def __init__(self) -> None:
        self.watched: list[str] = []

    def ticker(self, symbol: str) -> bytes:
        return b'{"symbol":"BTC/USD"}'

    def book(self, symbol: str, depth: int) -> bytes:
        return b'{"type":"snapshot","symbol":"BTC/USD"}'

    def trades(self, symbol: str, limit: int) -> list[bytes]:
        return []

    def candles(self, symbol: str, interval: str, limit: int) -> list[bytes]:
        return []

    def watch(self, channel: str) -> None:
        self.watched.append(channel)

    def unwatch(self, channel: str) -> None:
        self.watched.remove(channel)


class MemoryWire:
    """A wire that keeps what is written, and refuses while the test says so."""

    def __init__(self) -> None:
        self.ready = True
        self.written: list[bytes] = []  # frames' payloads, in order
        self.writes = 0
        self.closed: tuple[int, str] | None = None

    @property
    def address(self) -> str:
        return "192.0.2.1"

    def write(self, data: bytes) -> bool:
        if not self.ready:
            return False
        self.writes += 1
        self.written += payloads(data)
        return True

    def write_last(self, data: bytes) -> None:
        if self.closed is None:
            self.written += payloads(data)

    def close(self, code: int, reason: str) -> None:
        self.closed = self.closed or (code, reason)
        self.ready = False

    def said(self) -> list[Message]:
        """What was written since the last time."""
        taken, self.written = self.written, []
        return [orjson.loads(one) for one in taken]


class NoOrders:
    """An inbox that nobody uses."""

    def submit(self, command: Command) -> Awaitable[Answer]:
        raise AssertionError("nothing is commanded here")

    def offer(self, command: Command, told: Told) -> None:
        raise AssertionError("nothing is commanded here")


def identity(user: str = "ann", role: Role = Role.TRADER, scope: Scope = Scope.TRADE, **more: Any) -> Identity:
    """A signed-in user; whose token lasts a day."""
    return Identity(user, role, scope, more.get("session_id", f"s-{user}"), START + timedelta(days=1))


PEOPLE = {
    "ann": identity("ann"),
    "bob": identity("bob"),
    "reader": identity("ann", scope=Scope.READ),
    "mona": identity("mona", Role.MONITOR),
    "root": identity("root", Role.ADMIN),
}


def check(token: str) -> Identity | Refusal:
    """A token is the name of one of the people."""
    return PEOPLE.get(token, Refusal.BAD)


class Turns:
    """What was asked to be done in the loop's next turn."""

    def __init__(self) -> None:
        self._waiting: list[Callable[[], None]] = []

    def soon(self, callback: Callable[[], None]) -> None:
        self._waiting.append(callback)

    def run(self) -> None:
        """Turn after turn until nothing waits."""
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            for callback in waiting:
                callback()


class GatewayRig:
    """A hub on a journal in memory, and sockets that are connected to it."""

    def __init__(self, allowance: LagLimit | None = None) -> None:
        self.clock, self.turns, self.journal, self.markets = ManualClock(), Turns(), MemoryJournal(), SpyMarketData()
        self.limits = Limits(GatewayLimits(sockets_per_user=0), self.clock)
        self.hub = Hub(
            view=self.journal,
            history=self.journal,
            market_data=self.markets,
            clock=self.clock,
            epoch=Epoch(self.journal, CountedIds(), MemoryEpochs()),
            allowance=allowance,
            soon=self.turns.soon,
        )
        self._ids = CountedIds()
        self.orders: Orders = NoOrders()

    def connect(self, token: str | None = "ann") -> tuple[NativeConnection, MemoryWire]:
        """A socket; signed in unless the token is None, with the hello taken off its wire."""
        wire = MemoryWire()
        session = Session(
            self._ids.new(), check, self.journal.markets, SessionLimits(commands_per_s=0), self.clock.monotonic()
        )
        peer = NativeConnection(session, wire, self.hub, self.orders, self.limits)
        if token is not None:
            peer.sign_in(token)
            wire.said()
        return peer, wire

    def commit(self, *accounts: str, event: EventName = EventName.ORDER_CREATED) -> None:
        """One commit with an event for each; monitors and who lags get theirs in the turns that follow."""
        self.hub.deliver([self.journal.append(account, event) for account in accounts])

    def say(self, peer: NativeConnection, op: str, **more: Any) -> None:
        peer.receive(orjson.dumps({"op": op, **more}).decode())
        self.turns.run()
