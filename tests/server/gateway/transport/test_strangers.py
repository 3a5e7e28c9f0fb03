"""Whoever is not signed in is charged by address, whatever they ask and whatever header they carry."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import httpx
import pytest

from server.gateway.limits import GatewayLimits, Limits
from server.gateway.transport import strangers
from server.gateway.transport.asgi import Receive, Scope, Send
from server.gateway.transport.strangers import Strangers
from tests.exchange.virtual_time import run
from tests.fakes import ManualClock

BIG = 200_000


class Door:
    """The budget in front of an application that answers 200, 404 or a big document, and knows one token."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.asked = 0
        # 100 KB a second for strangers, 400 KB saved up.
        self.limits = Limits(GatewayLimits(read_bytes_per_s=400_000), self.clock)
        self.door = Strangers(self._app, self.limits, self._budget_of, never_refused={"/sign-in"})

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        status = 404 if scope["path"] == "/nothing" else 200
        if scope["path"] == "/mine":
            scope["state"]["budget"] = "ann"
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * (BIG if scope["path"] == "/big" else 10)})

    def _budget_of(self, scope: Scope) -> str | None:
        return "ann" if (b"authorization", b"Bearer good") in scope["headers"] else None

    def client(self, address: str = "192.0.2.1", **headers: str) -> httpx.AsyncClient:
        async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
            scope["state"] = {}
            await self.door(scope, receive, send)

        transport = httpx.ASGITransport(app, client=(address, 5000))
        return httpx.AsyncClient(transport=transport, base_url="http://desk", headers=headers, trust_env=False)


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    monkeypatch.setattr(strangers, "PATIENCE_S", 0.01)
    return Door()


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Bearer x.y.z"}, {"authorization": "Basic YTpi"}, {"authorization": ""}],
    ids=["none", "bad token", "other kind", "empty"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS", "TRACE"])
async def test_flood_is_slowed_down_and_then_refused(door: Door, method: str, headers: dict[str, str]) -> None:
    """Late, with the time to come back, and without a look at what was asked; after that time it goes on."""
    nobody = door.client(**headers)
    answers = [await nobody.request(method, "/nothing") for _ in range(100)]
    assert [one.status_code for one in answers[:39]] == [404] * 39
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert answers[-1].json()["error"]["code"] == "RATE_LIMITED"
    assert door.asked < 70
    door.clock.advance(10)
    assert (await nobody.request(method, "/nothing")).status_code == 404


async def test_who_is_signed_in_is_not_held_up_by_strangers_of_the_same_address(door: Door) -> None:
    nobody = door.client()
    while (await nobody.get("/healthz")).status_code == 200:
        pass
    ann = door.client(authorization="Bearer good")
    assert [(await ann.get("/mine")).status_code for _ in range(100)] == [200] * 100


async def test_signing_in_is_never_refused_for_what_others_of_the_address_ask(door: Door) -> None:
    """It comes late, at worst: an office has one address."""
    nobody = door.client()
    while (await nobody.get("/healthz")).status_code == 200:
        pass
    assert (await nobody.post("/sign-in")).status_code == 200


async def test_other_addresses_are_not_slowed_down(door: Door) -> None:
    nobody = door.client()
    while (await nobody.get("/healthz")).status_code == 200:
        pass
    assert [(await door.client("192.0.2.2").get("/healthz")).status_code for _ in range(30)] == [200] * 30


async def test_bigger_answers_cost_their_size(door: Door) -> None:
    """Two big ones are as much as twenty times as many health checks."""
    nobody = door.client()
    statuses = [(await nobody.get("/big")).status_code for _ in range(20)]
    assert statuses.count(200) == 3  # 400 KB saved up, and one more while nothing was owed


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_refusals_of_a_user_come_late_once_there_were_too_many(door: Door, method: str) -> None:
    """Whatever is refused; what is answered is not slowed down by it."""

    async def ask() -> None:
        ann, loop = door.client(authorization="Bearer good"), asyncio.get_running_loop()
        for _ in range(160):  # 1.6 MB saved up
            assert (await ann.request(method, "/nothing")).status_code == 404
        assert door.limits.read_wait("ann", "192.0.2.1") > 0
        door.limits.read("ann", "192.0.2.1", 400_000)
        began = loop.time()
        assert (await ann.request(method, "/nothing")).status_code == 404
        refused = loop.time()
        assert [(await ann.request(method, "/mine")).status_code for _ in range(10)] == [200] * 10
        assert refused - began == pytest.approx(strangers.PATIENCE_S)
        assert loop.time() == refused

    run(ask())
