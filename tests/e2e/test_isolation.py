"""Who receives what, and who must not: every role and scope, on every channel and transport, for every kind of event."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import jwt
import pytest

from server.chores import LOOK_AFTER_S
from tests.e2e.engines import Caller, Ended, caller
from tests.e2e.lines import Line, line
from tests.e2e.servers import PASSWORD, Server, Trader, running
from tests.eventually import PATIENCE_S, eventually
from tradeterm.protocol.vocabulary import CloseCode

SECRET = "a secret of the tests that is long enough for HS256 and HS512 alike, and then some more of it"
TRANSPORTS = ("native", "websocket", "polling")
# (user, scope) of everybody who looks on.
VIEWERS = [("ann", "trade"), ("ann", "read"), ("bob", "trade"), ("mona", "trade"), ("mona", "read"), ("root", "trade")]
FOREIGN = [
    *("trading:bob", "trading.bob", "trading/bob", "bob", "account:bob", "*", "trading*", "market:*:ticker", "#"),
    *("Trading", "TRADING", " trading", "trading ", "tradіng", "ｔｒａｄｉｎｇ", "trading\x00", "trading\u200b"),
    *("market:BTC/USD", "market:BTC/USD:orders", "market:btc/usd:ticker", "market:NO/SUCH:ticker", "market::ticker"),
    *("market:BTC/USD:candles", "market:BTC/USD:candles:7m", "market:BTC/USD:ticker:x", "../trading", "{}", "null"),
]
MONITORED = ("order", "position", "trade")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    limits = {
        "TRADETERM_JWT_SECRET": SECRET,
        "TRADETERM_LIMITS__SOCKETS_PER_MIN": "0",
        "TRADETERM_LIMITS__SOCKETS_PER_USER": "0",
    }
    folder = tmp_path_factory.mktemp("isolation")
    with running(folder, "--feed", "none", users=("ann", "bob"), **limits) as started:
        started.add_user("mona", "monitor")
        started.add_user("root", "admin")
        yield started


@dataclass
class Viewer:
    """One open connection that looks at `trading`, and what it was told: (event, payload)."""

    user: str
    transport: str
    connection: Line | Caller
    answer: str = ""
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def subscribe(self) -> None:
        if isinstance(self.connection, Line):
            answer = await self.connection.subscribe()
            self.answer = str(answer.get("code") or answer["op"])
        else:
            name, said = (await self.connection.ask("subscribe", "trading"))[:2]
            self.answer = str(said.get("code") or name)

    async def finish(self) -> None:
        """Everything that was on its way is here when the unsubscribe is answered. Profit that moved with the price is
        left out: it is told a few times a second, and stands in no journal."""
        if isinstance(self.connection, Line):
            await self.connection.ask("unsubscribe", channel="trading")
            self.told = [(one["event"], one["data"]) for one in self.connection.events()]
        else:
            await self.connection.ask("unsubscribe", "trading")
            controls = ("subscribed", "unsubscribed", "error")
            heard = (one for one in self.connection.heard if one[0] not in controls)
            self.told = [(one[0], one[1]) for one in heard if not _moved_with_the_price(one)]


def _moved_with_the_price(heard: list[Any]) -> bool:
    return isinstance(heard[-1], dict) and "asOf" in heard[-1]


@contextlib.asynccontextmanager
async def viewing(url: str, user: str, token: str, transport: str) -> AsyncIterator[Viewer]:
    if transport == "native":
        async with line(url, token) as socket:
            yield Viewer(user, transport, socket)
    else:
        async with caller(url, transport) as client:
            assert "sid" in await client.connect(token)
            yield Viewer(user, transport, client)


async def test_everybody_gets_what_is_theirs_and_nothing_else(server: Server) -> None:
    """Orders, trades, positions, balances, accounts and alerts of two users who trade with each other: the owner gets all of
    their own, a monitor orders, positions and trades of both without their money, an admin nothing; each event once."""
    ann, bob = server.sign_in("ann"), server.sign_in("bob")
    signed_in = [server.sign_in(user, scope) for user, scope in VIEWERS]
    async with contextlib.AsyncExitStack() as stack:
        viewers = [
            await stack.enter_async_context(viewing(server.url, one.name, one.token, transport))
            for one in signed_in
            for transport in TRANSPORTS
        ]
        await asyncio.gather(*(one.subscribe() for one in viewers))
        before = {one.name: len(one.events()) for one in (ann, bob)}
        trade_and_more(ann, bob)
        await asyncio.gather(*(one.finish() for one in viewers))
    journal = {one.name: one.events()[before[one.name] :] for one in (ann, bob)}
    nouns = {one["event"].partition(":")[0] for one in journal["ann"]}
    assert nouns == {"order", "position", "trade", "balance", "account", "alert", "dead_man"}
    for viewer in viewers:
        check_viewer(viewer, journal)


def trade_and_more(ann: Trader, bob: Trader) -> None:
    """Something of every noun for both: rest, fill, open, close, cancel, reject."""
    bob.order("sell", "0.02", "45000.00")
    ann.order("buy", "0.01", "45000.00")
    ann.http.delete(f"/orders/{ann.order('buy', '0.01', '40000.00')['id']}")
    bob.order("buy", "0.01", "44000.00")
    assert ann.http.post("/positions/BTC-USD/close", json={}).status_code in (200, 201)
    assert ann.order("buy", "1000000")["status"] == "rejected"
    bob.http.delete("/orders")
    alert = {"symbol": "BTC/USD", "condition": "below", "price": "1000000.00"}  # reached already: it rings at once
    assert ann.http.post("/alerts", json=alert).json()["status"] == "triggered"
    ann.http.put("/dead-man", json={"seconds": 1})
    eventually(lambda: any(one["event"] == "dead_man:fired" for one in ann.events()))


def check_viewer(viewer: Viewer, journal: dict[str, list[dict[str, Any]]]) -> None:
    about = f"{viewer.user} over {viewer.transport}"
    if viewer.user == "root":
        assert (viewer.answer, viewer.told) == ("FORBIDDEN", []), about
    elif viewer.user == "mona":
        everything = [
            (one["event"], json.dumps(without_its_words(one["data"])))
            for owner in ("ann", "bob")
            for one in journal[owner]
            if one["event"].startswith(MONITORED)
        ]
        told = [(name, json.dumps(without_its_words(data))) for name, data in viewer.told]
        assert "liquidationPrice" not in json.dumps(viewer.told), about
        assert sorted(told) == sorted(everything), about
        refusals = [data["order"]["rejectText"] for name, data in viewer.told if name == "order:rejected"]
        assert len(refusals) == 1, about
        assert "available" not in refusals[0], about
    else:
        assert viewer.told == [(one["event"], one["data"]) for one in journal[viewer.user]], about


def without_its_words(data: dict[str, Any]) -> dict[str, Any]:
    """An event but for the words of a refusal and the liquidation price, which tell its owner what there is."""
    if "position" in data:
        return {**data, "position": without_liquidation(data["position"])}
    order = data.get("order")
    return data if order is None else {**data, "order": {**order, "rejectText": None}}


def without_liquidation(position: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in position.items() if key != "liquidationPrice"}


async def test_a_monitor_s_snapshot_tells_nobody_s_money(server: Server) -> None:
    """Of a position that is open, all but the mark at which its account is liquidated."""
    bob, ann, mona = server.newcomer(), server.newcomer(), server.sign_in("mona")
    bob.order("sell", "0.01", "45000.00")
    ann.order("buy", "0.01", "45000.00")
    (own,) = ann.http.get("/positions").json()["items"]
    async with line(server.url, mona.token) as monitor:
        await monitor.subscribe()
        (shown,) = (one["data"]["positions"] for one in monitor.heard if one.get("account") == ann.name)
    assert "liquidationPrice" in own
    assert shown == [without_liquidation(own)]
    bob.leave()
    ann.leave()


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("user", ["ann", "mona", "root"])
async def test_what_is_not_ones_own_and_what_is_not_there_are_the_same_refusal(
    server: Server, user: str, transport: str
) -> None:
    """Other users' names, wildcards, look-alikes and channels that do not exist: one answer, and the socket stays."""
    async with viewing(server.url, user, server.sign_in(user).token, transport) as viewer:
        answers = set()
        for channel in FOREIGN:
            if isinstance(viewer.connection, Line):
                said = await viewer.connection.ask("subscribe", channel=channel)
            else:
                said = (await viewer.connection.ask("subscribe", channel))[1]
            answers.add((said.get("code"), said.get("message")))
    assert answers == {("FORBIDDEN", "this is not yours to use")}


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_everybody_may_read_the_markets(server: Server, transport: str) -> None:
    """Every role and scope."""
    for user, scope in VIEWERS:
        async with viewing(server.url, user, server.sign_in(user, scope).token, transport) as viewer:
            for kind in ("ticker", "book", "trades", "candles:1m"):
                if isinstance(viewer.connection, Line):
                    assert (await viewer.connection.subscribe(f"market:BTC/USD:{kind}"))["op"] == "subscribed"
                else:
                    assert (await viewer.connection.ask("subscribe", f"market:BTC/USD:{kind}"))[0] == "subscribed"


@pytest.mark.parametrize(("user", "scope"), [one for one in VIEWERS if one not in {("ann", "trade"), ("bob", "trade")}])
async def test_who_may_not_trade_is_refused_on_every_way_in(server: Server, user: str, scope: str) -> None:
    """A read scope, a monitor and an admin: FORBIDDEN for every command, over the socket and over REST."""
    signed_in = server.sign_in(user, scope)
    body = {"symbol": "BTC/USD", "side": "buy", "type": "limit", "quantity": "0.01", "price": "40000.00"}
    commands = (
        *("order.create", "order.amend", "order.cancel", "orders.cancelAll", "position.close"),
        *("alert.create", "alert.delete", "deadMan.set"),
    )
    async with line(server.url, signed_in.token) as socket:
        for op in commands:
            assert (await socket.ask(op, data=body if op == "order.create" else {"id": "x"}))["code"] == "FORBIDDEN"
    for answer in (
        signed_in.http.post("/orders", json=body),
        signed_in.http.delete("/orders"),
        signed_in.http.post("/positions/close"),
        signed_in.http.post("/kill"),
        signed_in.http.post("/alerts", json={"symbol": "BTC/USD", "condition": "above", "price": "1.00"}),
        signed_in.http.put("/dead-man", json={"seconds": 60}),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN")


async def test_other_peoples_ids_are_not_found_over_the_socket(server: Server) -> None:
    """To cancel or amend another's order answers as if it did not exist, and changes nothing."""
    ann, bob = server.sign_in("ann"), server.sign_in("bob")
    order = ann.order("buy", "0.01", "39000.00")
    async with line(server.url, bob.token) as socket:
        for order_id in (order["id"], "0190a000-0000-7000-8000-000000000000"):
            assert (await socket.ask("order.cancel", data={"id": order_id}))["code"] == "NOT_FOUND"
            amend = {"id": order_id, "quantity": "0.02"}
            assert (await socket.ask("order.amend", data=amend))["code"] == "NOT_FOUND"
            assert (await socket.ask("alert.delete", data={"id": order_id}))["code"] == "NOT_FOUND"
        await socket.ask("orders.cancelAll", data={"include": "all"})
    assert [one["id"] for one in ann.items("/orders", status="open")] == [order["id"]]
    ann.http.delete("/orders")


# ---------------------------------------------------------------- tokens


def forged(token: str, *, secret: str = SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    """A good token's claims, changed and signed again."""
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode({**claims, **changes}, secret if algorithm != "none" else "", algorithm=algorithm)


def bad_tokens(server: Server) -> dict[str, tuple[str, CloseCode]]:
    """By what is wrong with it: a token, and how a native socket is closed for it."""
    ann, now = server.sign_in("ann"), int(time.time())
    with httpx.Client(base_url=f"{server.url}/api/v1", trust_env=False, timeout=PATIENCE_S) as http:
        refresh = http.post("/auth/token", data={"username": "ann", "password": PASSWORD}).json()["refreshToken"]
    left = server.sign_in("ann")
    left.http.post("/auth/logout")
    head, _, signature = ann.token.rpartition(".")
    return {
        "alg none": (forged(ann.token, algorithm="none"), CloseCode.BAD_TOKEN),
        "alg swapped": (forged(ann.token, algorithm="HS512"), CloseCode.BAD_TOKEN),
        "another secret": (forged(ann.token, secret="x" * 64), CloseCode.BAD_TOKEN),
        "signature cut": (head + "." + signature[:-4], CloseCode.BAD_TOKEN),
        "no signature": (head + ".", CloseCode.BAD_TOKEN),
        "wrong aud": (forged(ann.token, aud="another"), CloseCode.BAD_TOKEN),
        "wrong iss": (forged(ann.token, iss="another"), CloseCode.BAD_TOKEN),
        "not yet valid": (forged(ann.token, nbf=now + 3600), CloseCode.BAD_TOKEN),
        "refresh as access": (refresh, CloseCode.BAD_TOKEN),
        "expired": (forged(ann.token, exp=now - 1), CloseCode.TOKEN_EXPIRED),
        "signed out": (left.token, CloseCode.SESSION_REVOKED),
        "another role": (forged(ann.token, role="admin"), CloseCode.SESSION_REVOKED),
        "a user that is not": (forged(ann.token, sub="nobody"), CloseCode.SESSION_REVOKED),
        "a session that is not": (forged(ann.token, sid="nothing"), CloseCode.SESSION_REVOKED),
    }


def rest_answer(url: str, token: str) -> httpx.Response:
    with httpx.Client(base_url=f"{url}/api/v1", trust_env=False, timeout=PATIENCE_S) as http:
        return http.get("/orders", headers={"Authorization": f"Bearer {token}"})


async def test_bad_tokens_are_refused_on_every_way_in(server: Server) -> None:
    """REST 401, the native socket by its code, in the header and in the first message, Socket.IO a connect_error."""
    for what, (token, code) in bad_tokens(server).items():
        word = "EXPIRED" if code is CloseCode.TOKEN_EXPIRED else "UNAUTHENTICATED"
        answer = rest_answer(server.url, token)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, word), what
        async with line(server.url, token, hello=False) as socket:
            assert await socket.close_code() == code, what
        async with line(server.url) as socket:
            await socket.say("auth", token=token)
            assert await socket.close_code() == code, what
        for transport in ("websocket", "polling"):
            async with caller(server.url, transport) as client:
                said = await client.connect(token)
                assert said.get("data", {}).get("code") == word, what
        assert token not in server.log, what


async def test_refresh_token_of_access_kind_refreshes_nothing(server: Server) -> None:
    """The other way round too: an access token is no refresh token."""
    ann = server.sign_in("ann")
    assert ann.http.post("/auth/refresh", json={"refreshToken": ann.token}).status_code == 401


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("change", [("disable",), ("role", "monitor")], ids="-".join)
async def test_changed_user_is_cut_off_while_connected(server: Server, change: tuple[str, ...], transport: str) -> None:
    """Disabled, or of another role, by the server's own command line beside it: 4503, and nobody else is touched.

    Within a second, which is how often the server looks; how long that takes on a busy machine says nothing of it."""
    assert LOOK_AFTER_S <= 1
    user = f"{change[0]}.{transport}"
    server.add_user(user)
    ann, gone = server.sign_in("ann"), server.sign_in(user)
    async with (
        viewing(server.url, user, gone.token, transport) as viewer,
        line(server.url, ann.token) as stays,
    ):
        await viewer.subscribe()
        closing = asyncio.create_task(closed(viewer))
        done = await asyncio.to_thread(server.run, "user", change[0], user, *change[1:])
        assert done.returncode == 0, done.stderr
        code = None if transport == "polling" else CloseCode.SESSION_REVOKED
        assert await asyncio.wait_for(closing, PATIENCE_S) == code
        assert (await stays.subscribe())["op"] == "subscribed"
    assert gone.http.get("/orders").status_code == 401


async def closed(viewer: Viewer) -> int | None:
    """Wait until the server ends the connection; the close code, where the transport has one."""
    if isinstance(viewer.connection, Line):
        return await viewer.connection.close_code()
    with pytest.raises(Ended) as ended:
        await viewer.connection.event("never")
    return ended.value.code
