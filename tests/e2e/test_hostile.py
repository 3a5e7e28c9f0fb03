"""Clients that mean harm or cannot keep up: each is closed with its code, the log says who and why, nobody else notices."""

import contextlib
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from server.identity.password_queue import ALARMING_FAILURES
from tests.e2e.bystanders import logged, unharmed, until_logged
from tests.e2e.engines import caller
from tests.e2e.lines import Line, Message, line
from tests.e2e.rawlines import raw_line
from tests.e2e.servers import PASSWORD, Server, Trader, running
from tests.endings import ending, needs_pidfd
from tests.eventually import PATIENCE_S
from tradeterm.protocol.vocabulary import CloseCode

HALF_OPEN = 1_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(
        tmp_path_factory.mktemp("hostile"), users=("ann", "bob", "cat"), TRADETERM_LIMITS__SOCKETS_PER_MIN="0"
    ) as started:
        yield started


@pytest.fixture(scope="module")
def ann(server: Server) -> Trader:
    return server.sign_in("ann")


@pytest.fixture(scope="module")
def bob(server: Server) -> Trader:
    return server.sign_in("bob")


# ---------------------------------------------------------------- handshakes


async def test_a_thousand_half_open_handshakes_hold_nobody_up(server: Server, bob: Trader) -> None:
    """Requests that never end cost a little memory each and nothing else, and are ended after ten seconds."""
    async with unharmed(server, bob), contextlib.AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(raw_line(server.port)) for _ in range(HALF_OPEN)]
        for number, one in enumerate(opened):
            await one.say(b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n" if number % 2 else b"")
        assert bob.http.get("/account").status_code == 200
        for one in opened:
            assert await one.until_end() == b""
    assert logged(server, "request_refused", "did not come in time", "address=127.0.0.1")


async def test_too_many_new_sockets_of_an_address_are_turned_away(tmp_path: Path) -> None:
    """429 at the handshake, on both kinds of sockets."""
    with running(tmp_path, TRADETERM_LIMITS__SOCKETS_PER_MIN="5") as server:
        ann = server.sign_in("ann")
        statuses = []
        for _ in range(8):
            with contextlib.suppress(InvalidStatus):
                async with line(server.url, ann.token):
                    statuses.append(101)
        assert statuses == [101] * 5
        async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=PATIENCE_S) as http:
            assert (await http.get("/socket.io/?EIO=4&transport=polling")).status_code == 429
        assert logged(server, "socket_refused", "too many new sockets", "address=127.0.0.1")


# ---------------------------------------------------------------- frames


async def test_oversize_frame_closes_with_1009(server: Server, ann: Trader, bob: Trader) -> None:
    """Over 64 KiB in one frame, or in fragments that together are: on the native socket and on Socket.IO's."""
    async with unharmed(server, bob):
        async with line(server.url, ann.token) as client:
            await client.socket.send('{"op":"pong","x":"' + "x" * 70_000 + '"}')
            assert await client.close_code() == 1009
        async with line(server.url, ann.token) as client:
            with contextlib.suppress(ConnectionClosed):
                await client.socket.send(["x" * 10_000 for _ in range(10)])
            assert await client.close_code() == 1009
        assert logged(server, "socket_closed", "code=1009", "user=ann")


async def test_frame_of_just_64_kib_is_read(ann: Trader) -> None:
    """The limit is what it says."""
    async with line(ann.url, ann.token) as client:
        text = '{"op":"subscribe","id":1,"channel":"' + "x" * 70 + '"}'
        await client.socket.send(text + " " * (65_536 - len(text)))
        assert (await client.op("error"))["op"] == "error"


@pytest.mark.parametrize("limit", [2_048, 200_000])
async def test_limit_of_frames_is_the_configured_one(tmp_path: Path, limit: int) -> None:
    """Smaller and larger than the default: told in the hello, and held to."""
    with running(tmp_path, TRADETERM_LIMITS__FRAME_BYTES=str(limit)) as server:
        async with line(server.url, server.sign_in("ann").token, hello=False) as client:
            assert (await client.op("hello"))["limits"]["frameBytes"] == limit
            text = '{"op":"subscribe","id":1,"channel":"nothing"}'
            await client.socket.send(text + " " * (limit - len(text)))
            assert (await client.op("error"))["id"] == 1
            await client.socket.send(text + " " * (limit - len(text) + 1))
            assert await client.close_code() == 1009


async def test_fragments_of_a_message_are_put_together(ann: Trader) -> None:
    """A message in three frames, with a ping between them."""
    async with line(ann.url, ann.token) as client:
        await client.socket.send(['{"op":"subscr', 'ibe","id":1,"chan', 'nel":"trading"}'])
        assert (await client.op("subscribed"))["channel"] == "trading"


@pytest.mark.parametrize(
    "body",
    [b"", b"garbage", b"4" * 70_000, b"\x1e" * 100, b"40{", b"451-[0]", b"9", b"\xff\xfe"],
    ids=["empty", "words", "oversize", "many", "cut", "binary", "unknown", "not-utf8"],
)
async def test_garbage_over_polling_hurts_nobody(server: Server, bob: Trader, body: bytes) -> None:
    """Whatever is posted to a session of Socket.IO."""
    async with (
        unharmed(server, bob),
        httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=PATIENCE_S) as http,
    ):
        opened = await http.get("/socket.io/?EIO=4&transport=polling")
        session = opened.json()["sid"] if opened.text.startswith("{") else opened.text.split('"sid":"')[1].split('"')[0]
        await http.post(f"/socket.io/?EIO=4&transport=polling&sid={session}", content=body)
    assert "Traceback" not in server.log


# ---------------------------------------------------------------- floods


async def test_ping_flood_closes_with_4013(server: Server, ann: Trader, bob: Trader) -> None:
    """Control frames count as messages, and pongs are not piled up for who does not read them."""
    async with unharmed(server, bob):
        for open_line in (line(server.url, ann.token), line(server.url)):
            async with open_line as client:
                with contextlib.suppress(ConnectionClosed):
                    for _ in range(5_000):
                        await client.socket.ping()
                assert await client.close_code() == CloseCode.TOO_MANY_MESSAGES
        assert logged(server, "socket_closed", f"code={int(CloseCode.TOO_MANY_MESSAGES)}", "user=ann")


async def test_message_flood_over_socketio_closes(server: Server, ann: Trader, bob: Trader) -> None:
    """The same budget for Socket.IO's WebSocket."""
    async with unharmed(server, bob), caller(server.url, "websocket") as client:
        await client.connect(ann.token)
        with contextlib.suppress(ConnectionClosed, Exception):
            for _ in range(5_000):
                await client.emit("subscribe", {"channel": "nothing"})
        with contextlib.suppress(Exception):
            await client.event("never")
        await until_logged(server, "socket_closed", f"code={int(CloseCode.TOO_MANY_MESSAGES)}", "kind=socketio")


async def test_command_flood_is_rate_limited_and_makes_no_order(server: Server, ann: Trader, bob: Trader) -> None:
    """Past the burst every command is RATE_LIMITED with a time to wait; cancels have a budget of their own."""
    before = len(ann.items("/orders", limit=500))
    order = {"symbol": "BTC/USD", "side": "buy", "type": "limit", "quantity": "0.001", "price": "30000.00"}
    async with unharmed(server, bob), line(server.url, ann.token) as client:
        for number in range(400):
            await client.say("order.create", id=f"n{number}", data=order)
        answers = [await answer_of(client, f"n{number}") for number in range(400)]
        refused = [one for one in answers if one["op"] == "error"]
        assert refused
        assert {one["code"] for one in refused} == {"RATE_LIMITED"}
        assert all(one["retryMs"] > 0 for one in refused)
        assert len(ann.items("/orders", limit=500)) - before == 400 - len(refused)
        assert (await client.ask("orders.cancelAll", data={}))["ok"] is True


async def answer_of(client: Line, number: str) -> Message:
    for one in client.heard:
        if one.get("id") == number:
            return one
    return await client.until(lambda one: one.get("id") == number)


def guess(server: Server, user: str, number: int) -> httpx.Response:
    """A wrong password, each number from an address of its own."""
    transport = httpx.HTTPTransport(local_address=f"127.0.0.{10 + number}")
    with httpx.Client(transport=transport, base_url=server.url, trust_env=False, timeout=PATIENCE_S) as http:
        return http.post("/api/v1/auth/token", data={"username": user, "password": f"guess {number}"})


def test_guessing_passwords_is_slowed_down(server: Server) -> None:
    """Five failures for a user from an address, then a delay; nobody learns whether the user exists, and who knows the
    password gets in from elsewhere, and anybody else from there."""
    server.add_user("vic")
    for user in ("vic", "nobody"):
        answers = [guess(server, user, 0) for _ in range(12)]  # slow ones may come after the first waits
        assert [one.status_code for one in answers[:5]] == [401] * 5
        assert {one.text for one in answers[:5]} == {answers[0].text}
        held_back = [one for one in answers if one.status_code == 429]
        assert held_back
        assert all(int(one.headers["Retry-After"]) > 0 for one in held_back)
        assert guess(server, user, 1).status_code == 401
    assert guess(server, "another", 0).status_code == 401
    server.sign_in("vic")
    assert logged(server, "sign-in held back", "user=vic", "address=127.0.0.10")
    assert "guess 0" not in server.log
    assert PASSWORD not in server.log


@needs_pidfd
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_process_that_checks_passwords_under_a_flood_ends_with_the_server(tmp_path: Path, how: signal.Signals) -> None:
    """Signing in works meanwhile, and nothing is left of it however the server goes."""
    with running(tmp_path, users=("ann", "vic")) as server:
        for number in range(ALARMING_FAILURES):
            assert guess(server, "vic", number).status_code == 401
        server.sign_in("ann")
        started = re.search(r"password process started.* pid=(\d+)", server.log)
        assert started is not None
        with contextlib.suppress(ProcessLookupError), ending(int(started[1])):  # or it got no time, and was given up
            server.end(how)
