"""The short way of an order is a shortcut and never a second opinion: whatever comes, both ways answer byte for byte alike.

Two gateways of the same parts get the same bytes, one of them without a short way.
"""

import asyncio
import os
import re
from collections.abc import Callable
from random import Random
from typing import NoReturn

import pytest
import structlog

from server.domain.commands import AmendOrder, CancelOrder, CreateOrder
from server.gateway.limits import GatewayLimits
from server.gateway.rest.order_entry import OrderEntry
from server.gateway.transport import http_protocol
from server.gateway.transport.short_way import ShortRequest
from server.ports import Answer, Busy, DatabaseAway, OutcomeUnknown, Stopping
from tests.contracts.journals import of_orders, order
from tests.server.gateway.commands.test_plain import some_body
from tests.server.gateway.rest.rig import Rig
from tests.server.gateway.transport.lines import MemoryLine, request
from tradeterm.protocol.vocabulary import Scope

SOAK = int(os.environ.get("TRADETERM_SOAK", "1"))
REQUESTS = 1_000 * SOAK  # ten thousand with TRADETERM_SOAK=10; bodies alone are ten thousand in test_plain.py
ORDERS = "/api/v1/orders"
PLAIN = b'{"symbol":"BTC/USD","side":"buy","type":"market","quantity":"0.01"}'
EVERY = 99  # more than there will be
ERROR_ID = re.compile(rb'"errorId":"[0-9a-f]+"')


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What went the short way."""
    found: list[bytes] = []
    take: Callable[[OrderEntry, ShortRequest], bool] = OrderEntry.take

    def counted(self: OrderEntry, asked: ShortRequest) -> bool:
        is_taken = take(self, asked)
        if is_taken:
            found.append(asked.method)
        return is_taken

    monkeypatch.setattr(OrderEntry, "take", counted)
    return found


class Both:
    """The same gateway twice: with the short way, and without."""

    def __init__(self, limits: GatewayLimits | None = None) -> None:
        self.rigs = [Rig(limits or GatewayLimits(commands_per_s=0, read_bytes_per_s=0)) for _ in range(2)]
        self.lines = [MemoryLine(self.rigs[0]), MemoryLine(self.rigs[1], short=False)]

    async def token(self, name: str = "ann", scope: Scope = Scope.TRADE) -> str:
        granted = [await rig.grant(name, scope) for rig in self.rigs]
        assert granted[0].access_token == granted[1].access_token
        return granted[0].access_token

    async def same(self, *data: bytes, answers: int = 1) -> bytes:
        """The answers that both give to what comes piece by piece, until there are so many or the connections are closed; and
        the same commands behind them."""
        for line in self.lines:
            for piece in data:
                line.say(piece)
        said = [ERROR_ID.sub(b'"errorId":"?"', await line.answered(answers)) for line in self.lines]
        assert said[0] == said[1], data
        assert self.rigs[0].orders.submitted == self.rigs[1].orders.submitted, data
        for at, line in enumerate(self.lines):
            if line.transport.closed:
                self.lines[at] = MemoryLine(self.rigs[at], short=at == 0)
        return said[0]


def some_head(chance: Random, token: str, body: bytes) -> bytes:
    """A request that is mostly an order, with a head as clients, proxies, pages and attackers write it."""
    usual = chance.random() < 0.8
    path = (
        ORDERS
        if usual
        else chance.choice((f"{ORDERS}?a=1", f"{ORDERS}/", f"{ORDERS}/o-1", f"{ORDERS}/oco", "/api/v1/order"))
    )
    method = "POST" if path == ORDERS else chance.choice(("POST", "DELETE", "PATCH", "GET"))
    if method in ("PATCH", "DELETE"):
        path = chance.choice(
            (f"{ORDERS}/o-1", f"{ORDERS}/%6f-1", f"{ORDERS}/o-1?x", f"{ORDERS}/a/b", f"{ORDERS}/{'x' * 65}")
        )
    signed = token if chance.random() < 0.95 else chance.choice((token[:-2], "", f" {token}", f"{token} ", "nonsense"))
    more = [one for one in MORE if chance.random() < 0.02]
    made = request(method, path, signed, body, *more)
    return made if chance.random() < 0.97 else made.replace(*chance.choice(CHANGES))


MORE = (
    "Origin: http://127.0.0.1",
    "Connection: close",
    "Connection: keep-alive",
    "X-Forwarded-For: 192.0.2.1",
    "Host: 127.0.0.1",
    "Authorization: Bearer nonsense",
    "Accept: */*",
    "Cookie: a=b",
    "Content-Encoding: gzip",
    "X-Request-Id: 1",
)
CHANGES = (
    (b"HTTP/1.1", b"HTTP/1.0"),
    (b"Host: 127.0.0.1\r\n", b""),
    (b"Host: 127.0.0.1", b"Host: evil.example"),
    (b"Host: 127.0.0.1", b"Host: localhost:8080"),
    (b"Bearer", b"bearer"),
    (b"Bearer", b"Basic"),
    (b"Authorization:", b"authorization:"),
    (b"Content-Type: application/json\r\n", b""),
    (b"POST", b"PUT"),
)


async def test_whatever_comes_both_ways_answer_byte_for_byte_alike(taken: list[bytes]) -> None:
    both, chance = Both(), Random(3)
    tokens = [
        await both.token(),
        await both.token("bob"),
        await both.token("ann", Scope.READ),
        await both.token("mona"),
    ]
    for _ in range(REQUESTS):
        token = tokens[0] if chance.random() < 0.9 else chance.choice(tokens)
        body = (
            some_body(chance)
            if chance.random() < 0.9
            else chance.choice((b"", b"{}", b'{"quantity":"1"}', b"x" * 70_000))
        )
        await both.same(some_head(chance, token, body))
    assert len(taken) > REQUESTS * 0.1


async def test_header_lines_that_came_before_on_a_connection_mean_the_same_again(
    taken: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Heads that differ in little from those before them, beside bodies of every length, whole, in pieces and two at once."""
    parsed: list[ShortRequest | None] = []
    short_request: Callable[[http_protocol.GatewayHttp], ShortRequest | None] = http_protocol.GatewayHttp._short_request

    def counted(self: http_protocol.GatewayHttp) -> ShortRequest | None:
        parsed.append(short_request(self))
        return parsed[-1]

    monkeypatch.setattr(http_protocol.GatewayHttp, "_short_request", counted)
    both, chance = Both(), Random(4)
    token = await both.token()
    for _ in range(REQUESTS):
        body = chance.choice((PLAIN, PLAIN.replace(b"buy", b"sell"), PLAIN.replace(b"0.01", b"0.02"), b""))
        path, method = chance.choice(((ORDERS, "POST"), (ORDERS, "POST"), (f"{ORDERS}/o-1", "DELETE")))
        data = request(method, path, token, b"" if method == "DELETE" else body)
        if chance.random() < 0.9:
            await both.same(data)
        else:
            odd = data.replace(*chance.choice((*CHANGES, *NEAR))) if chance.random() < 0.8 else data * 2
            await both.same(odd, request("GET", ORDERS, token, b"", "Connection: close"), answers=EVERY)
    unparsed = len(taken) - sum(one is not None for one in parsed)
    assert unparsed > REQUESTS / 4


# What a head that is as long as another, or ends elsewhere, may be taken for.
NEAR = (
    (b"HTTP/1.1", b"HTTP/1.1 "),
    (b" /api", b"  /api"),
    (b"/api/v1/orders", b"/api/v1/orders#"),
    (b"Content-Length: 6", b"Content-Length: 5"),
    (b"\r\n\r\n", b"\r\n\r\n\r\n"),
    (b"\r\nHost", b"\nHost"),
    (b"Host: 127.0.0.1", b"Host: 127.0.0.2"),
    (b"POST", b"\r\nPOST"),
    (b"POST", b"post"),
    (b"DELETE", b"PATCH"),
    (b"}", b"} "),
)


OUTCOMES = {
    "accepted": (Answer(201, b'{"id":"o-1"}', 3), None, None),
    "known already": (Answer(200, b'{"id":"o-1"}', 3), None, None),
    "an empty answer": (Answer(200), None, None),
    "refused": (Answer(422, code="VALIDATION_FAILED", message="no", details={"field": "price"}), None, None),
    "in conflict": (Answer(409, code="IDEMPOTENCY_CONFLICT", message="another body"), None, None),
    "failed": (Answer(500, code="INTERNAL", message="failed", details={"errorId": "e"}), None, None),
    "not theirs": (Answer(403, code="FORBIDDEN", message="not yours"), None, None),
    "missing": (Answer(404, code="NOT_FOUND", message="no such order"), None, None),
    "busy": (None, Busy(), None),
    "stopping": (None, Stopping(), None),
    "away": (None, DatabaseAway(), None),
    "a fault": (None, ZeroDivisionError(), None),
    "unknown": (None, None, OutcomeUnknown()),
    "away meanwhile": (None, None, DatabaseAway()),
    "stopped meanwhile": (None, None, Stopping()),
    "a fault meanwhile": (None, None, ZeroDivisionError()),
}


@pytest.mark.parametrize(("answer", "failure", "late"), OUTCOMES.values(), ids=OUTCOMES.keys())
async def test_every_outcome_is_answered_alike_and_counted_alike(
    answer: Answer | None, failure: Exception | None, late: Exception | None, taken: list[bytes]
) -> None:
    both = Both()
    token = await both.token()
    for rig in both.rigs:
        rig.orders.answer, rig.orders.failure, rig.orders.late_failure = answer or rig.orders.answer, failure, late
        rig.history.commit(of_orders(order(1, id="gone", status="filled")))
    with structlog.testing.capture_logs() as logged:
        await both.same(request("POST", ORDERS, token, PLAIN))
        await both.same(request("PATCH", f"{ORDERS}/o-1", token, b'{"price":"45000.00"}'))
        await both.same(request("DELETE", f"{ORDERS}/gone", token))
    assert taken == [b"POST", b"PATCH", b"DELETE"]
    assert _counts(both.rigs[0]) == _counts(both.rigs[1])
    refusals = [one for one in logged if one["event"] == "request_refused"]
    assert refusals[::2] == refusals[1::2]
    assert len(refusals) == 6 * (answer is not None and answer.status == 403)


def _counts(rig: Rig) -> list[bytes]:
    return [line for line in rig.services.metrics.text().split(b"\n") if b"_created" not in line]


async def test_the_commands_are_those_of_the_long_way(taken: list[bytes]) -> None:
    both = Both()
    token = await both.token()
    await both.same(request("POST", ORDERS, token, PLAIN))
    await both.same(request("PATCH", f"{ORDERS}/o-1", token, b'{"quantity":"2"}'))
    await both.same(request("DELETE", f"{ORDERS}/o-1", token))
    assert [type(one) for one in both.rigs[0].orders.submitted] == [CreateOrder, AmendOrder, CancelOrder]
    assert len(taken) == 3


async def test_limits_are_charged_once_whichever_way_a_request_goes(taken: list[bytes]) -> None:
    """Twice the rate at once, then 429 with the time to come back, and cancels have a budget of their own."""
    both = Both(GatewayLimits(commands_per_s=5, read_bytes_per_s=0))
    token = await both.token()
    answers = [await both.same(request("POST", ORDERS, token, PLAIN)) for _ in range(12)]
    assert [answer.split()[1] for answer in answers] == [b"201"] * 10 + [b"429"] * 2
    assert b"retry-after: 1\r\n" in answers[-1]
    assert (await both.same(request("DELETE", f"{ORDERS}/o-1", token))).startswith(b"HTTP/1.1 20")
    assert len(taken) == 11


async def test_a_token_counts_for_as_long_as_on_the_long_way(taken: list[bytes]) -> None:
    """Its end, and the end of its session, are seen at the next request of a connection that is open."""
    both = Both()
    token = await both.token()
    assert (await both.same(request("POST", ORDERS, token, PLAIN))).startswith(b"HTTP/1.1 201")
    for rig in both.rigs:
        rig.clock.advance(16 * 60)
    assert b'"code":"EXPIRED"' in await both.same(request("POST", ORDERS, token, PLAIN))
    token = await both.token()
    await both.same(request("POST", ORDERS, token, PLAIN))
    for rig in both.rigs:
        await (rig.client(token)).post("/auth/logout")
    assert b'"code":"UNAUTHENTICATED"' in await both.same(request("POST", ORDERS, token, PLAIN))
    assert len(taken) == 2


# ---------------------------------------------------------------- the connection


async def test_a_body_in_pieces_is_taken_too(taken: list[bytes]) -> None:
    """Many clients write head and body apart."""
    both = Both()
    data = request("POST", ORDERS, await both.token(), PLAIN)
    for line in both.lines:
        for at in range(0, len(data), 7):
            line.say(data[at : at + 7])
    assert await both.lines[0].answered() == await both.lines[1].answered()
    assert taken == [b"POST"]


async def test_a_body_that_does_not_come_goes_the_long_way_and_has_its_time_limit(
    taken: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "SHORT_S", 0.01)
    monkeypatch.setattr("server.gateway.rest.reading.BODY_TIMEOUT_S", 0.05)
    both = Both()
    data = request("POST", ORDERS, await both.token(), PLAIN)
    for line in both.lines:
        line.say(data[:-5])
    answers = [await line.answered() for line in both.lines]
    assert answers[0] == answers[1]
    assert answers[0].startswith(b"HTTP/1.1 408")
    assert taken == []


async def test_a_late_rest_of_a_body_is_put_to_what_came_before(
    taken: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "SHORT_S", 0.0)
    both = Both()
    data = request("POST", ORDERS, await both.token(), PLAIN)
    both.lines[0].say(data[:-5])
    await asyncio.sleep(0.01)
    both.lines[0].say(data[-5:])
    assert (await both.lines[0].answered()).startswith(b"HTTP/1.1 201")
    assert taken == []


async def test_requests_that_come_at_once_are_answered_in_their_order(taken: list[bytes]) -> None:
    """What comes behind one that is under way waits for it, whichever way it goes."""
    both = Both()
    token = await both.token()
    data = request("POST", ORDERS, token, PLAIN) + request("GET", ORDERS, token) + request("POST", ORDERS, token, PLAIN)
    for line in both.lines:
        line.say(data)
    answers = [await line.answered(3) for line in both.lines]
    assert answers[0] == answers[1]
    assert answers[0].count(b"HTTP/1.1 20") == 3
    assert (await both.same(request("POST", ORDERS, token, PLAIN))).startswith(b"HTTP/1.1 201")
    assert len(taken) == 2


async def test_what_is_under_way_when_the_server_stops_is_answered_and_then_the_connection_closed(
    taken: list[bytes],
) -> None:
    both = Both()
    data = request("POST", ORDERS, await both.token(), PLAIN)
    for line in both.lines:
        line.say(data)
        line.protocol.shutdown()
    answers = [await line.answered() for line in both.lines]
    assert answers[0] == answers[1]
    assert b"\r\nconnection: close\r\n" in answers[0]
    assert all(line.transport.closed for line in both.lines)
    assert taken == [b"POST"]


async def test_a_server_that_stops_while_a_body_comes_closes_behind_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "SHORT_S", 0.0)
    both = Both()
    data, line = request("POST", ORDERS, await both.token(), PLAIN), both.lines[0]
    line.say(data[:-5])
    line.protocol.shutdown()
    await asyncio.sleep(0.01)
    line.say(data[-5:])
    assert b"\r\nconnection: close\r\n" in await line.answered()
    assert line.transport.closed


async def test_an_answer_to_who_has_gone_is_written_nowhere(taken: list[bytes]) -> None:
    both = Both()
    line = both.lines[0]
    line.say(request("POST", ORDERS, await both.token(), PLAIN))
    line.transport.close()
    line.protocol.connection_lost(None)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert line.transport.written == b""
    assert (taken, len(both.rigs[0].orders.submitted)) == ([b"POST"], 1)


async def test_who_does_not_read_answers_goes_the_long_way_which_waits_for_them(taken: list[bytes]) -> None:
    both = Both()
    line = both.lines[0]
    line.protocol.pause_writing()
    line.say(request("POST", ORDERS, await both.token(), PLAIN))
    for _ in range(20):
        await asyncio.sleep(0)
    assert (line.transport.written, taken) == (b"", [])
    line.protocol.resume_writing()
    assert (await line.answered()).startswith(b"HTTP/1.1 201")


@pytest.mark.parametrize("outcome", ["carried out", "refused"])
async def test_an_answer_that_cannot_be_given_ends_its_connection(
    outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that hears that knows what to do; one that hears nothing waited for ever."""
    both = Both()
    line, rig = both.lines[0], both.rigs[0]
    token = await both.token()

    def failing(*_: object) -> NoReturn:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(rig.services.metrics, "refused" if outcome == "refused" else "carried_out", failing)
    if outcome == "refused":
        rig.orders.answer = Answer(404, code="NOT_FOUND", message="no such order")
    with pytest.MonkeyPatch.context() as quiet:
        quiet.setattr(asyncio.get_running_loop(), "call_exception_handler", lambda context: None)
        line.say(request("DELETE", f"{ORDERS}/o-1", token))
        assert await line.answered() == b""
    assert line.transport.closed
