"""The real REST application on stand-ins for what is behind it, called over ASGI."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx
import orjson
from starlette.applications import Starlette
from starlette.routing import Route

from server.domain.commands import Command
from server.domain.markets import Market
from server.gateway.limits import GatewayLimits, Limits
from server.gateway.rest.app import build_api
from server.gateway.rest.services import Services
from server.gateway.streams.epoch import Epoch
from server.gateway.streams.hub import Hub
from server.identity.authenticator import Authenticator, Grant
from server.identity.password_queue import PasswordLine
from server.ports import Answer, Told
from tests.builders import CountedIds, market
from tests.fakes import ChangesAtOnce, ManualClock, MemoryEpochs, MemoryUsers
from tests.memory_history import MemoryHistory
from tradeterm.protocol.vocabulary import Role, Scope

SECRET = b"a secret of the tests, long enough for HS256"
PASSWORD = "correct horse"
ORDER = b'{"id":"o-1","status":"accepted"}'


class RecordingOrders:
    """The inbox: keeps what comes in, answers what it was told to."""

    def __init__(self) -> None:
        self.submitted: list[Command] = []
        self.answer = Answer(201, ORDER, 7)
        self.failure: Exception | None = None  # that it is not taken
        self.late_failure: Exception | None = None  # that there is no answer

    def submit(self, command: Command) -> Awaitable[Answer]:
        done: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def told(outcome: Answer | Exception) -> None:
            if done.done():  # who waited has gone
                return
            done.set_result(outcome) if isinstance(outcome, Answer) else done.set_exception(outcome)

        self.offer(command, told)
        return done

    def offer(self, command: Command, told: Told) -> None:
        if self.failure is not None:
            raise self.failure
        self.submitted.append(command)
        answer = Answer(200, b"{}") if type(command).__name__ == "OpenAccount" else self.late_failure or self.answer
        asyncio.get_running_loop().call_soon(told, answer)

    @property
    def traded(self) -> list[Command]:
        """What came in beside the opening of accounts."""
        return [one for one in self.submitted if type(one).__name__ != "OpenAccount"]


@dataclass
class StillView:
    """Live state that somebody wrote down: by account."""

    contents: dict[str, dict[str, list[bytes]]] = field(default_factory=dict)
    places: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    listed: dict[str, Market] = field(default_factory=lambda: {"BTC/USD": market()})

    is_settled: bool = True

    async def settled(self) -> None:
        return

    def head(self, account: str) -> int:
        return 0

    def epoch(self) -> str:
        return "k1"

    def snapshot(self, account: str) -> tuple[int, Mapping[str, list[bytes]]]:
        empty: dict[str, list[bytes]] = {"orders": [], "positions": [], "balances": [], "account": []}
        return 0, {**empty, **self.contents.get(account, {})}

    def order(self, account: str, order_id: str) -> bytes | None:
        listed = self.snapshot(account)[1]["orders"]
        return next((one for one in listed if orjson.loads(one)["id"] == order_id), None)

    def ahead(self, account: str) -> Mapping[str, Decimal]:
        return self.places.get(account, {})

    def alerts(self, account: str) -> list[bytes]:
        return self.snapshot(account)[1].get("alerts", [])

    def accounts(self) -> Iterable[str]:
        return self.contents

    def markets(self) -> Mapping[str, Market]:
        return self.listed


class StillMarketData:
    def ticker(self, symbol: str) -> bytes:
        return b'{"symbol":"%b"}' % symbol.encode()

    def book(self, symbol: str, depth: int) -> bytes:
        return b'{"symbol":"%b","depth":%d}' % (symbol.encode(), depth)

    def trades(self, symbol: str, limit: int) -> list[bytes]:
        return [b'{"limit":%d}' % limit]

    def candles(self, symbol: str, interval: str, limit: int) -> list[bytes]:
        return [b'{"interval":"%b","limit":%d}' % (interval.encode(), limit)]

    def watch(self, channel: str) -> None:
        raise AssertionError("REST watches nothing")

    def unwatch(self, channel: str) -> None:
        raise AssertionError("REST watches nothing")


def plain_verify(stored: str | None, password: str) -> bool:
    return stored is not None and stored == password


class Rig:
    """The application, its parts, and signed-in clients."""

    def __init__(self, limits: GatewayLimits | None = None, allow_origins: tuple[str, ...] = ()) -> None:
        self.clock, self.users = ManualClock(), MemoryUsers()
        for name, role in (("ann", Role.TRADER), ("bob", Role.TRADER), ("mona", Role.MONITOR), ("root", Role.ADMIN)):
            self.users.add(name, role, PASSWORD, self.clock.now())
        self.changes = ChangesAtOnce(self.users)
        self.orders, self.view, self.history = RecordingOrders(), StillView(), MemoryHistory()
        self.limits = Limits(limits or GatewayLimits(read_bytes_per_s=0), self.clock)
        self.epochs, self.market_data = MemoryEpochs(), StillMarketData()
        self.hub = Hub(
            view=self.view,
            history=self.history,
            market_data=self.market_data,
            clock=self.clock,
            epoch=Epoch(self.view, CountedIds(), self.epochs),
        )
        self.authenticator = self._authenticator()
        self.ready = True
        self.sockets: list[dict[str, Any]] = []
        self.services = Services(
            orders=self.orders,
            view=self.view,
            epochs=self.epochs,
            history=self.history,
            users=self.users,
            market_data=self.market_data,
            clock=self.clock,
            authenticator=self.authenticator,
            limits=self.limits,
            allow_origins=allow_origins,
            is_ready=lambda: self.ready,
            sockets=lambda: self.sockets,
        )
        self.app: Starlette = build_api(self.services)

    def _authenticator(self) -> Authenticator:
        return Authenticator(
            secret=SECRET,
            users=self.users,
            changes=self.changes,
            clock=self.clock,
            ids=CountedIds(),
            passwords=PasswordLine(plain_verify, plain_verify, self.clock, make=str),
            guard=self.limits.sign_in,
            on_revoked=[self.hub.revoke],
        )

    def client(self, token: str | None = None) -> httpx.AsyncClient:
        """A client of the API; without a token, one that is not signed in."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=False, client=("192.0.2.1", 5000)),
            base_url="http://desk/api/v1",
            headers={"Authorization": f"Bearer {token}"} if token else {},
            trust_env=False,
        )

    def routes(self) -> list[Route]:
        """All that the API serves, the documents too."""
        return [route for route in self.app.routes if isinstance(route, Route)]

    async def grant(self, name: str = "ann", scope: Scope = Scope.TRADE) -> Grant:
        granted = await self.authenticator.sign_in(name, PASSWORD, "192.0.2.9", scope)
        assert isinstance(granted, Grant)
        return granted

    async def signed_in(self, name: str = "ann", scope: Scope = Scope.TRADE) -> httpx.AsyncClient:
        return self.client((await self.grant(name, scope)).access_token)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """(status, code) of a refused request, whose shape is checked on the way."""
    said = answer.json()
    assert set(said) == {"error"}, said
    error = said["error"]
    assert set(error) == {"code", "message", "details"}, said
    message = error["message"]
    assert message, said
    assert "\n" not in message
    assert len(message) < 200
    for jargon in ("pydantic", "Traceback", "Value error", "input_", "http", "Input should"):
        assert jargon not in message, message
    return answer.status_code, error["code"]
