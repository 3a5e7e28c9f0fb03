"""What a stranger may hold of the HTTP port, and how they are told that it is too much."""

import asyncio
import json
import re
import resource
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from server.domain.commands import Command
from server.gateway.limits import GatewayLimits
from server.gateway.transport import http_protocol
from server.gateway.transport.http_protocol import GatewayHttp
from server.ports import Told
from tests.e2e.rawlines import RawLine, raw_line
from tests.eventually import PATIENCE_S, in_time
from tests.server.gateway.rest.rig import Rig
from tests.server.gateway.served import served
from tests.server.gateway.transport.lines import MemoryLine, request

GET = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


async def answer(line: RawLine) -> tuple[int, bytes]:
    """The next answer: status and body."""
    async with asyncio.timeout(PATIENCE_S):
        head = await line.reader.readuntil(b"\r\n\r\n")
        size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        return int(head.split()[1]), await line.reader.readexactly(size)


def code_of(body: bytes) -> str:
    """The code of an error in the one shape."""
    said = json.loads(body)
    assert set(said) == {"error"}
    assert set(said["error"]) == {"code", "message", "details"}
    return str(said["error"]["code"])


async def test_idle_connections_of_an_address_do_not_keep_a_new_one_out() -> None:
    """The oldest of them is closed; the metrics count it."""
    rig = Rig(GatewayLimits(connections_per_address=8))
    async with served(rig) as server, AsyncExitStack() as stack:
        idle = [await stack.enter_async_context(raw_line(server.port)) for _ in range(20)]
        for one in idle:
            await one.say(GET)
        async with raw_line(server.port) as client:
            await client.say(GET)
            assert (await answer(client))[0] == 200
        assert b'turned_away_total{what="made_room"} 13.0' in rig.services.metrics.text()


async def test_connections_at_work_are_bounded_and_the_next_is_told() -> None:
    """429 in the shape of every error, and closed: requests under way are not broken off for it."""
    rig = Rig(GatewayLimits(connections_per_address=4))
    async with served(rig) as server, AsyncExitStack() as stack:
        busy = [await stack.enter_async_context(raw_line(server.port)) for _ in range(4)]
        for one in busy:
            await one.say(b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n")
            _, opened = await chunked_answer(one)
            path = b"/socket.io/?EIO=4&transport=polling&sid=" + json.loads(opened[1:])["sid"].encode()
            await one.say(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % path)  # waits for what there is to say
        await asyncio.sleep(0.2)
        async with raw_line(server.port) as client:
            status, body = await answer(client)
            assert (status, code_of(body)) == (429, "RATE_LIMITED")
            assert await client.until_end() == b""
        assert b'turned_away_total{what="refused_address"} 1.0' in rig.services.metrics.text()


UPGRADE = (
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


async def chunked_answer(line: RawLine) -> tuple[int, bytes]:
    """The next answer, whose body is one chunk."""
    async with asyncio.timeout(PATIENCE_S):
        head = await line.reader.readuntil(b"\r\n\r\n")
        size = int((await line.reader.readuntil(b"\r\n")).strip(), 16)
        body = await line.reader.readexactly(size)
        await line.reader.readuntil(b"0\r\n\r\n")
        return int(head.split()[1]), body


async def test_bodies_that_do_not_come_give_way() -> None:
    """Who sends a beginning and waits keeps nobody out who sends all of it."""
    rig = Rig(GatewayLimits(connections_per_address=4))
    async with served(rig) as server, AsyncExitStack() as stack:
        for number in range(12):
            slow = await stack.enter_async_context(raw_line(server.port))
            if number % 2:
                await slow.say(b"POST /api/v1/auth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 60\r\n\r\nusername=")
            else:  # a body that ends after its answer leaves nothing to be at work on
                await slow.say(GET.replace(b"\r\n\r\n", b"\r\nContent-Length: 1\r\n\r\n"))
                assert (await answer(slow))[0] == 200
                await slow.say(b"x")
        async with raw_line(server.port) as client:
            await client.say(GET)
            assert (await answer(client))[0] == 200


HEAD = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
UNREADABLE = {
    "a head of 70 KiB in one piece": (431, HEAD + b"x: " + b"y" * 70_000 + b"\r\n\r\n"),
    "many small headers in one piece": (431, HEAD + b"x: y\r\n" * 20_000 + b"\r\n"),
    "more headers than anybody needs": (431, HEAD + b"x: y\r\n" * 201 + b"\r\n"),
    "a long path": (414, b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
    "a long query": (414, b"GET /socket.io/?" + b"a=1&" * 3_000 + HEAD[12:] + b"\r\n"),
    "a head that does not end": (431, HEAD + b"x: " + b"y" * 70_000),
    "two hosts": (400, HEAD + b"Host: 127.0.0.1\r\n\r\n"),
    "two that ask": (400, HEAD + b"Authorization: Bearer x\r\nX: y\r\nauthorization: Bearer z\r\n\r\n"),
    "two origins": (400, HEAD + b"Origin: http://a.example\r\nOrigin: http://b.example\r\n\r\n"),
    "two kinds of body": (400, b"POST" + HEAD[3:] + b"Content-Type: a/b\r\nContent-Type: c/d\r\n\r\n"),
    "no host": (400, b"GET /healthz HTTP/1.1\r\n\r\n"),
    "another host in the address": (400, b"GET http://evil.example/healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
    "a handshake with a body": (400, HEAD + UPGRADE + b"Content-Length: 5\r\n\r\nhello"),
    "a handshake with a body that never ends": (
        400,
        HEAD + UPGRADE + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ),
    "a handshake of an old version": (400, HEAD.replace(b"1.1", b"1.0") + UPGRADE + b"\r\n"),
    "a handshake without a key": (400, HEAD + UPGRADE.replace(b"Sec-WebSocket-Key", b"x") + b"\r\n"),
    "no HTTP": (400, b"garbage\r\n\r\n"),
    "two lengths": (400, HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n"),
    "a length and chunks": (400, HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
    "a chunk that is none": (400, b"POST" + HEAD[3:] + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n"),
    "a bare line feed": (400, HEAD + b"x: y\n\n z\r\n\r\n"),
    "a NUL": (400, HEAD + b"x: \x00\r\n\r\n"),
    "a socket with two hosts": (400, HEAD + b"Host: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"),
}


@pytest.mark.parametrize(("status", "sent"), UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_what_cannot_be_read_is_answered_in_the_shape_of_errors(status: int, sent: bytes) -> None:
    """And the connection is closed: nothing that follows is taken for a request."""
    async with served(Rig()) as server, raw_line(server.port) as client:
        await client.say(sent)
        said, body = await answer(client)
        assert (said, code_of(body)) == (status, "MALFORMED")
        assert await client.until_end() == b""


OFFER = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"


async def test_an_offer_to_speak_another_protocol_is_not_taken_up() -> None:
    """As Java's client makes it with every first request: it is answered as usual, and a body stays a body."""
    form = b"username=ann&password=x"
    sign_in = (
        b"POST /api/v1/auth/token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    )
    async with served(Rig()) as server, raw_line(server.port) as client:
        for between in (False, True):  # the body in a packet of its own
            await client.say(sign_in + OFFER + b"Content-Length: %d\r\n\r\n" % len(form) + (b"" if between else form))
            if between:
                await client.say(form)
            assert (await answer(client))[0] == 401
        await client.say(HEAD + OFFER + b"Content-Length: %d\r\n\r\n" % len(GET) + GET + HEAD + b"\r\n")
        assert [(await answer(client))[0] for _ in range(2)] == [200, 200]


async def test_an_offer_that_is_heard_too_late_is_refused() -> None:
    """Behind another request in one packet: what follows it could be taken for anything."""
    async with served(Rig()) as server, raw_line(server.port) as client:
        await client.say(GET + HEAD + OFFER + b"Content-Length: %d\r\n\r\n" % len(GET))
        assert [(await answer(client))[0] for _ in range(2)] == [200, 400]
        await client.say(GET)
        assert await client.until_end() == b""


BEHIND = {
    "no HTTP": b"garbage\r\n\r\n",
    "a head of 70 KiB": HEAD + b"x: " + b"y" * 70_000 + b"\r\n\r\n",
    "two hosts": HEAD + b"Host: x\r\n\r\n",
    "a chunk that is none": b"POST" + HEAD[3:] + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "a handshake": HEAD + UPGRADE + b"\r\n",
}


@pytest.mark.parametrize("sent", BEHIND.values(), ids=BEHIND.keys())
@pytest.mark.parametrize("before", [1, 3])
async def test_what_is_read_is_answered_though_what_follows_cannot_be(before: int, sent: bytes) -> None:
    """In its turn: a refusal that came first would be taken for the answer to what was carried out."""
    async with served(Rig()) as server, raw_line(server.port) as client:
        await client.say(GET * before + sent)
        assert [(await answer(client))[0] for _ in range(before)] == [200] * before
        said, body = await answer(client)
        assert (said // 100, code_of(body)) == (4, "MALFORMED")
        assert await client.until_end() == b""


async def test_a_head_of_just_under_64_kib_is_read() -> None:
    async with served(Rig()) as server, raw_line(server.port) as client:
        await client.say(HEAD + b"x: " + b"y" * 65_000 + b"\r\n\r\n")
        assert (await answer(client))[0] == 200


async def test_a_body_that_trickles_on_a_route_that_reads_none_does_not_hold_its_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each byte of it used to start the keep-alive's patience anew."""
    monkeypatch.setattr(http_protocol, "REST_S", 0.3)
    async with served(Rig()) as server, raw_line(server.port) as client:
        await client.say(HEAD + b"Content-Length: 1000\r\n\r\n")
        assert (await answer(client))[0] == 200
        ended = asyncio.create_task(client.until_end())
        async with asyncio.timeout(PATIENCE_S):
            while not ended.done():
                await client.say(b"x")
                await asyncio.sleep(0.05)


async def test_a_body_that_goes_on_after_its_answer_is_cut_off() -> None:
    """What nobody reads is taken up to a size: a short one leaves the connection as it was."""
    async with served(Rig()) as server, raw_line(server.port) as client:
        await client.say(HEAD + b"Content-Length: 10\r\n\r\n")
        assert (await answer(client))[0] == 200
        await client.say(b"x" * 10 + GET)
        assert (await answer(client))[0] == 200
        await client.say(HEAD + b"Content-Length: 1000000\r\n\r\n")
        assert (await answer(client))[0] == 200
        for _ in range(20):
            await client.say(b"x" * 50_000)
        assert await client.until_end() == b""


async def test_address_that_is_given_whole_is_taken() -> None:
    """As a proxy asks; a request of HTTP/1.0 needs no Host."""
    async with served(Rig()) as server, raw_line(server.port) as client:
        await client.say(b"GET http://127.0.0.1/healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert (await answer(client))[0] == 200
        await client.say(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert (await answer(client))[0] == 200


async def test_who_does_not_read_what_was_asked_for_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its answer waits in memory and its place is taken: without an end, for who reads nothing at all."""
    monkeypatch.setattr(http_protocol, "UNREAD_S", 0.2)
    rig = Rig()
    async with served(rig) as server:
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.connect(("127.0.0.1", server.port))
            deaf.setblocking(False)
            request = b"GET /asyncapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            await asyncio.get_running_loop().sock_sendall(deaf, (request + b"\r\n") * 80)
            await in_time(lambda: b"tradeterm_connections 1.0" in rig.services.metrics.text())
            await in_time(lambda: b"tradeterm_connections 0.0" in rig.services.metrics.text())


async def test_who_reads_slowly_gets_the_whole_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer than the time in which who takes nothing is cut off."""
    monkeypatch.setattr(http_protocol, "UNREAD_S", 2.0)
    async with served(Rig()) as server, raw_line(server.port) as client:
        client.reader._limit = 1_024  # type: ignore[attr-defined]  # so that the kernel's buffers fill up
        await client.say((b"GET /asyncapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") * 30)
        for _ in range(30):
            status, body = await answer(client)
            assert (status, json.loads(body)["asyncapi"][0]) == (200, "3")
            await asyncio.sleep(0.1)


def test_descriptors_are_raised_as_far_as_they_may_be() -> None:
    """A shell that gives 256 of a thousand does not bound the server."""
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (256, 1000));"
        "from server.descriptors import allowed_descriptors, raise_descriptors;"
        "raise_descriptors(); print(allowed_descriptors())"
    )
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] >= 1000
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.stdout.strip() == "1000", done.stderr


class HandLoop:
    """The loop with timers that the test lets run out."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._seconds = 1_000.0
        self._due: dict[HandTimer, float] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)

    def time(self) -> float:
        return self._seconds

    def call_later(self, seconds: float, then: Callable[..., None], *arguments: Any) -> "HandTimer":
        timer = HandTimer(partial(then, *arguments), self._due.pop)
        self._due[timer] = self._seconds + seconds
        return timer

    def passes(self, seconds: float) -> None:
        until = self._seconds + seconds
        while self._due and min(self._due.values()) <= until:
            timer = min(self._due, key=self._due.__getitem__)
            self._seconds = self._due.pop(timer)
            timer.then()
        self._seconds = until

    @property
    def is_idle(self) -> bool:
        return not self._due


@dataclass(eq=False)
class HandTimer:
    then: Callable[[], None]
    forget: Callable[["HandTimer", None], object]

    def cancel(self) -> None:
        self.forget(self, None)


async def _by_hand() -> tuple[MemoryLine, HandLoop, bytes]:
    """A connection whose time is moved by the test, and an order to send on it."""
    rig = Rig()
    token = (await rig.grant("ann")).access_token
    line = MemoryLine(rig)
    loop = line.protocol.loop = HandLoop()
    body = b'{"symbol":"BTC/USD","side":"buy","type":"market","quantity":"1"}'
    return line, loop, request("POST", "/api/v1/orders", token, body)


async def test_a_connection_is_silent_from_its_last_answer_on_whichever_way_that_went() -> None:
    line, loop, order = await _by_hand()
    patience = line.protocol.timeout_keep_alive
    for asked in (order, order, GET, order, order, GET, GET, order, order):
        assert (await line.ask(asked)).startswith(b"HTTP/1.1 20")
        loop.passes(patience * 0.7)
        assert not line.transport.closed
    loop.passes(patience * 0.3 - 0.001)
    assert not line.transport.closed
    loop.passes(0.001)
    assert line.transport.closed


async def test_silence_does_not_end_a_connection_whose_order_is_under_way() -> None:
    line, loop, order = await _by_hand()
    patience = line.protocol.timeout_keep_alive
    await line.ask(order)
    line.say(order)
    loop.passes(3 * patience)
    assert not line.transport.closed
    assert (await line.answered()).startswith(b"HTTP/1.1 201")
    loop.passes(patience - 0.001)
    assert not line.transport.closed
    loop.passes(0.001)
    assert line.transport.closed


@pytest.mark.parametrize("last", ["short", "long"])
async def test_nothing_waits_for_a_connection_that_was_cut(last: str) -> None:
    """Or the memory of those that come and go by the thousand is kept for as long as a silent one may live."""
    rig = Rig()
    token = (await rig.grant("ann")).access_token
    line = MemoryLine(rig)
    loop = line.protocol.loop = HandLoop()
    order = request(
        "POST", "/api/v1/orders", token, b'{"symbol":"BTC/USD","side":"buy","type":"market","quantity":"1"}'
    )
    for asked in (GET, order, GET if last == "long" else order):
        await line.ask(asked)
    assert not loop.is_idle
    line.protocol.connection_lost(ConnectionResetError())
    assert loop.is_idle


async def _orders_line(rig: Rig) -> tuple[MemoryLine, bytes]:
    token = (await rig.grant("ann")).access_token
    body = b'{"symbol":"BTC/USD","side":"buy","type":"market","quantity":"1"}'
    return MemoryLine(rig), request("POST", "/api/v1/orders", token, body)


@pytest.mark.parametrize("sent", [[GET], [GET, GET, GET], ["order"], ["order", GET], [GET, "order", "order"]])
async def test_who_says_no_more_gets_the_answers_to_what_was_asked(sent: list[bytes | str]) -> None:
    """A client that closes its writing side behind its requests, as `nc -N` does; then the connection is closed."""
    rig = Rig()
    line, order = await _orders_line(rig)
    line.say(b"".join(order if one == "order" else GET for one in sent))
    assert line.protocol.eof_received()
    statuses = re.findall(rb"HTTP/1.1 (\d+)", await line.answered(len(sent)))
    assert statuses == [b"201" if one == "order" else b"200" for one in sent]
    assert line.transport.closed
    assert len(rig.orders.traded) == sent.count("order")


@pytest.mark.parametrize("kind", ["get", "order"])
@pytest.mark.parametrize("rest", [b"GET /heal", GET[:-2], b"POST" + HEAD[3:] + b"Content-Length: 9\r\n\r\nhalf"])
async def test_who_stops_within_a_request_hears_so_behind_the_answers(kind: str, rest: bytes) -> None:
    line, order = await _orders_line(Rig())
    line.say((order if kind == "order" else GET) + rest)
    assert line.protocol.eof_received()
    answers = await line.answered(2)
    assert re.findall(rb"HTTP/1.1 (\d+)", answers) == [b"201" if kind == "order" else b"200", b"400"]
    assert b"the request ended before it was whole" in answers
    assert line.transport.closed


@pytest.mark.parametrize("sent", [b"", b"GET /heal", b"POST" + HEAD[3:] + b"Content-Length: 9\r\n\r\nhalf"])
async def test_who_says_no_more_and_is_owed_nothing_is_let_go(sent: bytes) -> None:
    line = MemoryLine(Rig())
    await line.ask(GET)
    if sent:
        line.say(sent)
    assert not line.protocol.eof_received()


async def test_over_tls_nobody_closes_one_side_alone() -> None:
    """The end of what comes is the end of all there: it was never held open, and to say so would be logged as a mistake."""
    line, order = await _orders_line(Rig())
    line.protocol.scheme = "https"
    line.say(order)
    assert not line.protocol.eof_received()


@pytest.mark.parametrize("short", [True, False])
async def test_an_order_whose_client_says_no_more_is_answered_on_a_socket(
    short: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though the end of what they say is heard before the answer is there."""
    rig, held = Rig(), list[partial[None]]()
    _, order = await _orders_line(rig)
    heard: Callable[[GatewayHttp], bool] = GatewayHttp.eof_received
    loop = asyncio.get_running_loop()

    def answered_late(command: Command, told: Told) -> None:
        held.append(partial(told, rig.orders.answer))

    def eof_received(self: GatewayHttp) -> bool:
        stays = heard(self)
        for answer in held:
            loop.call_soon(answer)
        return stays

    monkeypatch.setattr(rig.orders, "offer", answered_late)
    monkeypatch.setattr(GatewayHttp, "eof_received", eof_received)
    async with served(rig) as server, raw_line(server.port) as client:
        client.writer.write(order if short else order.replace(b"Host", b"Accept: */*\r\nExpect: nothing\r\nHost"))
        client.writer.write_eof()
        assert (await client.until_end()).startswith(b"HTTP/1.1 201")
        await in_time(lambda: b"tradeterm_connections 0.0" in rig.services.metrics.text())
