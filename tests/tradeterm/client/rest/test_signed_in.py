"""How the SDK asks: with a token that is renewed, and again where nothing else tells what became of it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.exchange.virtual_time import run
from tests.tradeterm.client import wires
from tests.tradeterm.client.rest.rest_wire import Wire, failing, rest_on, saying
from tradeterm.client.errors import CodeWanted, ContractBroken, OutcomeUnknown, SignInFailed, Unreachable
from tradeterm.client.rest import Rest
from tradeterm.protocol.orders import Order


@pytest.mark.parametrize("error", [httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError, httpx.WriteError])
async def test_command_without_an_answer_is_unknown(error: type[httpx.TransportError]) -> None:
    """It may have happened: the error carries the id to ask or try again with."""
    async with rest_on(failing(error)) as rest:
        with pytest.raises(OutcomeUnknown) as unknown:
            await rest.buy("BTC/USD", "1", client_order_id="mine")
    assert unknown.value.client_order_id == "mine"


async def test_command_that_was_never_sent_is_known_not_to_have_happened() -> None:
    """No connection: nothing was sent."""
    async with rest_on(failing(httpx.ConnectError)) as rest:
        with pytest.raises(Unreachable, match="nothing was sent"):
            await rest.buy("BTC/USD", "1")


async def test_question_without_an_answer_may_be_asked_again() -> None:
    """Reading changes nothing, so that it is never unknown."""
    async with rest_on(failing(httpx.ReadTimeout)) as rest:
        with pytest.raises(Unreachable):
            await rest.balances()


async def test_sign_in_keeps_both_tokens_and_renews() -> None:
    """The password goes once; after that the refresh token."""
    wire = saying({"accessToken": "a", "refreshToken": "r", "tokenType": "bearer", "expiresIn": 900})
    async with rest_on(wire) as rest:
        assert await rest.sign_in("ann", "secret & more") == "a"
        assert rest.token == "a"
        await rest.renew()
    assert wire.requests[0].content == b"username=ann&password=secret+%26+more"
    assert wire.body() == {"refreshToken": "r"}


class Expiring:
    """A server whose only good token is the one that it gave last."""

    def __init__(self) -> None:
        self.good = 0
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v1")
        self.asked.append(path)
        if path in ("/auth/token", "/auth/refresh"):
            self.good += 1
            said = {"accessToken": f"a{self.good}", "refreshToken": f"r{self.good}", "expiresIn": 10}
            return httpx.Response(200, json=said)
        if request.headers.get("authorization") != f"Bearer a{self.good}":
            error = {"error": {"code": "EXPIRED", "message": "the token has expired", "details": None}}
            return httpx.Response(401, json=error)
        return httpx.Response(200, json=wires.order(1))


async def test_expired_token_is_renewed_once_however_many_meet_it() -> None:
    """Five commands at once: one refresh, and each is sent again, with the same id where it is an order."""
    server = Expiring()
    wire = Wire(server)
    async with rest_on(wire) as rest:
        await rest.sign_in("ann", "secret")
        server.good += 1
        answers = await asyncio.gather(*(rest.cancel(f"o-{number}") for number in range(4)), rest.buy("BTC/USD", "1"))
    assert len(answers) == 5
    assert server.asked.count("/auth/refresh") == 1
    bodies = [json.loads(one.content) for one in wire.requests if one.url.path.endswith("/orders")]
    assert len({one["clientOrderId"] for one in bodies}) == 1


async def test_refresh_is_not_lost_with_whoever_asked_for_it() -> None:
    """They are cancelled while it is under way: the server has used the refresh token up, so its answer is taken all the
    same."""
    server, is_asked, may_answer = Expiring(), asyncio.Event(), asyncio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        answered = server(request)
        if request.url.path.endswith("/auth/refresh"):
            is_asked.set()
            await may_answer.wait()
        return answered

    async with Rest("http://server", transport=httpx.MockTransport(answer)) as rest:
        await rest.sign_in("ann", "secret")
        server.good += 1
        impatient = asyncio.create_task(rest.cancel("o-1"))
        await is_asked.wait()
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient
        may_answer.set()
        await rest.cancel("o-1")
        assert rest.token == "a3"
    assert server.asked.count("/auth/refresh") == 1


@pytest.mark.parametrize(
    "answer",
    [b"<html>back in five minutes</html>", b"[]", b"{}", b'{"accessToken":1,"refreshToken":"r","expiresIn":900}']
    + [b'{"accessToken":"a","refreshToken":"r","expiresIn":%b}' % life for life in (b"null", b"NaN", b'"soon"')],
)
async def test_page_in_the_place_of_tokens_is_not_the_server_s(answer: bytes) -> None:
    """A proxy's, while the server is away: tried again later, and nobody's line ends for it."""
    async with rest_on(Wire(lambda request: httpx.Response(200, content=answer))) as rest:
        with pytest.raises(Unreachable, match="not the server"):
            await rest.sign_in("ann", "secret")
        assert rest.token == "token"


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_command_that_a_proxy_answers_is_unknown(status: int) -> None:
    """It does not know what the server behind it has done; the error carries the id."""
    async with rest_on(Wire(lambda request: httpx.Response(status, content=b"<html>bad gateway</html>"))) as rest:
        with pytest.raises(OutcomeUnknown, match=str(status)) as unknown:
            await rest.buy("BTC/USD", "1", client_order_id="mine")
    assert unknown.value.client_order_id == "mine"


ASKS: dict[str, Callable[[Rest], Awaitable[object]]] = {
    "order": lambda rest: rest.buy("BTC/USD", "1"),
    "close": lambda rest: rest.close_position("BTC/USD"),
    "reverse": lambda rest: rest.reverse_position("BTC/USD"),
}


@pytest.mark.parametrize("content", [b"<html>welcome</html>", b"[]", b'{"id":"o-1"}'])
@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
async def test_answer_that_is_no_order_says_under_which_id_to_ask(
    ask: Callable[[Rest], Awaitable[object]], content: bytes
) -> None:
    """The client made the id itself: without it nobody could ask for the order again."""
    wire = Wire(lambda request: httpx.Response(201, content=content))
    async with rest_on(wire) as rest:
        with pytest.raises(ContractBroken) as broken:
            await ask(rest)
    assert broken.value.client_order_id == wire.body()["clientOrderId"]


@pytest.mark.parametrize("value", [[], {}, {"orders": [{"id": "o-1"}]}])
async def test_closing_that_is_answered_with_something_else_is_unknown(value: Any) -> None:
    """It is one of the SDK's errors, whatever stands there."""
    async with rest_on(saying(value)) as rest:
        with pytest.raises(ContractBroken):
            await rest.close_all()


async def test_ended_session_is_opened_anew_where_the_password_is_known() -> None:
    """The refresh is refused, the password is not."""
    server = Expiring()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/auth/refresh"):
            return httpx.Response(401, json={"error": {"code": "UNAUTHENTICATED", "message": "ended"}})
        return server(request)

    async with rest_on(Wire(answer)) as rest:
        await rest.sign_in("ann", "secret")
        server.good += 1
        await rest.cancel("o-1")
    assert server.asked.count("/auth/token") == 2


async def test_token_alone_that_has_expired_is_said_to_fail() -> None:
    """There is nothing to renew it with: the command was not carried out, and no second one was sent."""
    server = Expiring()
    async with rest_on(Wire(server)) as rest:
        rest.token = "somebody's"
        with pytest.raises(SignInFailed):
            await rest.cancel("o-1")
    assert server.asked == ["/orders/o-1"]


@pytest.mark.parametrize("token", ["a\nb", "a\rb", "a\0b", "\u202eab", "a\x1b[31m"])
async def test_token_that_is_none_is_not_told(token: str) -> None:
    """No header can hold it, and no error does."""
    wire = saying({})
    async with rest_on(wire) as rest:
        rest.token = token
        for asked in (rest.account(), rest.cancel("o-1")):
            with pytest.raises(SignInFailed) as failed:
                await asked
            assert token not in str(failed.value)
    assert wire.requests == []


async def test_code_is_asked_for_only_when_it_is_wanted() -> None:
    """By a callback, waiting or not; without one it is told that a code is wanted."""
    asked: list[str] = []

    def code() -> str:
        asked.append("code")
        return "123456"

    def answer(request: httpx.Request) -> httpx.Response:
        if b"otp=123456" not in request.content:
            return httpx.Response(401, json={"error": {"code": "OTP_REQUIRED", "message": "a code is wanted"}})
        return httpx.Response(200, json={"accessToken": "a", "refreshToken": "r", "expiresIn": 10})

    async with rest_on(Wire(answer)) as rest:
        with pytest.raises(CodeWanted):
            await rest.sign_in("ann", "secret")
        assert await rest.sign_in("ann", "secret", code) == "a"
        assert await rest.sign_in("ann", "secret", "123456") == "a"
    assert asked == ["code"]


async def test_sign_in_that_is_not_taken_is_told() -> None:
    """A wrong password, or a session that has ended: trying again does not help."""
    error = {"error": {"code": "UNAUTHENTICATED", "message": "no"}}
    async with rest_on(saying(error, 401)) as rest:
        with pytest.raises(SignInFailed, match="no"):
            await rest.sign_in("ann", "wrong")
        with pytest.raises(SignInFailed):
            await rest.renew()


UNKNOWN = {"error": {"code": "OUTCOME_UNKNOWN", "message": "whether this took place is not known", "details": None}}


AWAY = {"error": {"code": "BUSY", "message": "the database does not answer", "details": None}}


def saying_in_turn(*answers: tuple[int, Any]) -> Wire:
    """The last answer stays."""
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        status, value = left.pop(0) if len(left) > 1 else left[0]
        return httpx.Response(status, json=value)

    return Wire(answer)


async def bought_on(wire: Wire) -> Order:
    async with rest_on(wire) as rest:
        return await rest.buy("BTC/USD", "1", client_order_id="mine")


def test_outcome_that_the_server_does_not_know_is_asked_for_under_the_same_id() -> None:
    """Whatever it says in between, until it says what became of the order."""
    wire = saying_in_turn((503, UNKNOWN), (503, AWAY), (503, UNKNOWN), (200, wires.order(1)))
    assert run(bought_on(wire)).id == "o-1"
    assert [wire.body(number)["clientOrderId"] for number in range(4)] == ["mine"] * 4


def test_outcome_that_stays_unknown_is_said_to_be() -> None:
    """Never as refused, although the last answer was that nothing was done: that was of the last try alone."""
    wire = saying_in_turn((503, UNKNOWN), (503, AWAY))
    with pytest.raises(OutcomeUnknown) as raised:
        run(bought_on(wire))
    assert raised.value.client_order_id == "mine"
    assert len(wire.requests) > 2


def test_outcome_in_doubt_is_not_ended_by_a_session_that_ends() -> None:
    """That the token is not taken any more says nothing of the order, which the first try may have made."""
    ended = {"error": {"code": "UNAUTHENTICATED", "message": "the session has ended", "details": None}}
    with pytest.raises(OutcomeUnknown) as raised:
        run(bought_on(saying_in_turn((503, UNKNOWN), (401, ended))))
    assert raised.value.client_order_id == "mine"


async def test_command_without_an_id_is_not_sent_twice() -> None:
    """Unknown, and told so at once."""
    wire = saying(UNKNOWN, 503)
    async with rest_on(wire) as rest:
        with pytest.raises(OutcomeUnknown):
            await rest.cancel("o-1")
    assert len(wire.requests) == 1
