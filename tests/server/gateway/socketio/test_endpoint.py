"""The endpoint of Socket.IO, asked as a poll asks it: who may come in, who may go on, and what they are answered."""

import asyncio
import json
from collections.abc import MutableMapping
from typing import Any

import pytest

from server.gateway.limits import GatewayLimits, Limits, SessionLimits
from server.gateway.socketio.endpoint import SocketIoEndpoint
from server.gateway.socketio.session import POSTS_BURST
from server.ports import DatabaseAway
from tests.eventually import in_time, turns
from tests.server.gateway.rig import GatewayRig, check
from tradeterm.protocol.vocabulary import EventName

GOOD = "https://desk.example"
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"


class Polls:
    """The endpoint, asked without a socket between."""

    def __init__(self, limits: GatewayLimits | None = None) -> None:
        self.rig = GatewayRig()
        self.early: list[str] = []  # what came in one poll with the answer to a CONNECT
        self.limits = Limits(limits or GatewayLimits(sockets_per_user=0), self.rig.clock)
        self.endpoint = SocketIoEndpoint(
            hub=self.rig.hub,
            check=check,
            limits=self.limits,
            session_limits=SessionLimits(commands_per_s=0),
            allow_origins=(GOOD,),
        )

    async def ask(
        self, method: str, sid: str | None = None, body: str = "", *, of: str = HERE, more: str = "", origin: str = ""
    ) -> tuple[int, str]:
        """The status and the body of the answer."""
        query = f"EIO=4&transport=polling{f'&sid={sid}' if sid else ''}{more}"
        scope = {
            "type": "http",
            "method": method,
            "path": "/socket.io/",
            "query_string": query.encode(),
            "headers": [
                (b"host", b"localhost"),
                (b"content-length", str(len(body)).encode()),
                *([(b"origin", origin.encode())] if origin else []),
            ],
            "client": (of, 4000),
        }
        said: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body.encode(), "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            said.append(message)

        await self.endpoint(scope, receive, send)
        return said[0]["status"], b"".join(one.get("body", b"") for one in said[1:]).decode()

    async def open(self) -> str:
        """A session that nobody has signed in; its id."""
        status, text = await self.ask("GET")
        assert status == 200, text
        sid: str = json.loads(text.removeprefix("0"))["sid"]
        return sid

    async def sign_in(self, token: str = "ann", sid: str | None = None, **more: Any) -> tuple[str, dict[str, Any]]:
        """The session's id, and what the CONNECT is answered with."""
        sid = sid or await self.open()
        assert (await self.ask("POST", sid, "40" + json.dumps({"token": token, **more})))[0] == 200
        answer, *self.early = await self.poll(sid)
        return sid, json.loads(answer[2:])

    async def poll(self, sid: str) -> list[str]:
        """The packets that wait."""
        self.rig.turns.run()
        status, text = await self.ask("GET", sid)
        assert status == 200, text
        return text.split("\x1e")

    async def say(self, sid: str, event: str, *said: object) -> list[str]:
        """An event of the client, and what it is answered."""
        assert (await self.ask("POST", sid, "42" + json.dumps([event, *said])))[0] == 200
        return await self.poll(sid)


# ---------------------------------------------------------------- who may come in


async def test_a_client_that_signs_in_hears_its_events_with_their_offsets() -> None:
    """From the answered CONNECT on, each with the place from which it would go on."""
    polls = Polls()
    sid, answer = await polls.sign_in()
    assert answer["sid"]
    assert answer["pid"]
    await asyncio.sleep(0)
    polls.rig.commit("ann", event=EventName.ORDER_CREATED)
    polls.rig.commit("bob", event=EventName.ORDER_CREATED)
    (packet,) = await polls.poll(sid)
    event, data, offset = json.loads(packet[2:])
    assert (event, data["order"]["id"]) == ("order:created", "ann-1")
    assert isinstance(offset, str)


async def test_a_client_that_comes_back_gets_what_it_missed() -> None:
    """With its own `pid`, and everything since the offset that it had."""
    polls = Polls()
    sid, answer = await polls.sign_in()
    await asyncio.sleep(0)
    polls.rig.commit("ann")
    (packet,) = await polls.poll(sid)
    offset = json.loads(packet[2:])[-1]
    await polls.ask("POST", sid, "1")
    polls.rig.commit("ann")
    polls.rig.commit("ann")
    again, answered = await polls.sign_in(pid=answer["pid"], offset=offset)
    assert answered["pid"] == answer["pid"]
    missed = polls.early or await polls.poll(again)
    assert [json.loads(one[2:])[1]["order"]["id"] for one in missed] == ["ann-2", "ann-3"]


@pytest.mark.parametrize(
    "token", ["nobody", "x" * 10_000, 7, None, ["ann"]], ids=["strange", "long", "a number", "nothing", "a list"]
)
async def test_who_is_not_known_is_not_connected(token: Any) -> None:
    """The packet says why; the session stays one that nobody has signed in."""
    polls = Polls()
    _, refused = await polls.sign_in(token)
    assert refused["data"]["code"] == "UNAUTHENTICATED"
    assert not polls.rig.hub.statuses()


async def test_a_user_has_as_many_sockets_as_may_be() -> None:
    """One more is refused and takes none of the others' places; one that ends gives its place back."""
    polls = Polls(GatewayLimits(sockets_per_user=1))
    first, answer = await polls.sign_in()
    assert "pid" in answer
    _, refused = await polls.sign_in()
    assert refused["data"]["code"] == "RATE_LIMITED"
    await polls.ask("POST", first, "1")
    await in_time(lambda: not polls.rig.hub.statuses())
    assert "pid" in (await polls.sign_in())[1]


async def test_while_the_database_is_away_a_client_is_asked_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known of where its stream would begin."""
    polls = Polls()

    def away(account: str) -> int:
        raise DatabaseAway

    monkeypatch.setattr(polls.rig.journal, "head", away)
    _, refused = await polls.sign_in()
    assert refused["data"]["code"] == "BUSY"
    assert polls.limits.enter("ann")


async def test_a_fault_of_ours_is_told_without_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the place that was taken is not lost."""
    polls = Polls()

    def broken(account: str) -> int:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(polls.rig.journal, "head", broken)
    _, refused = await polls.sign_in()
    assert refused["data"]["code"] == "INTERNAL"
    assert "secret" not in json.dumps(refused)


@pytest.mark.parametrize(("origin", "status"), [(GOOD, 200), ("https://evil.example", 403), ("null", 403)])
async def test_a_page_from_elsewhere_does_not_come_in(origin: str, status: int) -> None:
    """A browser says where a page is from; only those that are allowed open a session."""
    assert (await Polls().ask("GET", origin=origin))[0] == status


async def test_a_page_does_not_get_in_as_a_script() -> None:
    """JSONP would get round the Origin."""
    assert (await Polls().ask("GET", more="&j=0"))[0] == 400


async def test_new_sessions_of_an_address_are_bounded() -> None:
    """Of that address alone."""
    polls = Polls(GatewayLimits(sockets_per_min=2))
    assert [(await polls.ask("GET"))[0] for _ in range(3)] == [200, 200, 429]
    assert (await polls.ask("GET", of=ELSEWHERE))[0] == 200


# ---------------------------------------------------------------- who may go on


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_session_s_id_is_not_enough_to_go_on_with_it(method: str) -> None:
    """It stands in URLs, which are logged: another address is answered as for a session that there is not."""
    polls = Polls()
    sid, _ = await polls.sign_in()
    answers = [await polls.ask(method, one, "1", of=ELSEWHERE) for one in (sid, "there-is-not")]
    assert answers[0] == answers[1]
    assert answers[0][0] == 400
    assert "42" in (await polls.say(sid, "subscribe", {"channel": "trading"}))[0]


async def test_a_flood_of_posts_is_refused_until_it_has_slowed_down() -> None:
    """The session itself goes on."""
    polls = Polls()
    sid = await polls.open()
    answers = [(await polls.ask("POST", sid, "3"))[0] for _ in range(POSTS_BURST + 1)]
    assert (answers[:-1], answers[-1]) == ([200] * POSTS_BURST, 429)
    polls.rig.clock.advance(1)
    assert (await polls.ask("POST", sid, "3"))[0] == 200


async def test_what_is_counted_is_counted_under_who_signed_in() -> None:
    """A stranger's requests are the address's."""
    polls = Polls()
    stranger, (known, _) = await polls.open(), await polls.sign_in()
    scopes = [{"query_string": f"sid={sid}".encode()} for sid in (stranger, known, "there-is-not")]
    assert [polls.endpoint.budget_of(one) for one in scopes] == [None, "ann", None]


async def test_a_session_that_nobody_signs_in_ends() -> None:
    """After the time for it, and not before; one that is signed in stays."""
    polls = Polls()
    (known, _), stranger = await polls.sign_in(), await polls.open()
    polls.rig.clock.advance(SessionLimits().sign_in_s - 0.1)
    polls.endpoint.sweep()
    await asyncio.sleep(0)
    assert (await polls.ask("POST", stranger, "3"))[0] == 200
    polls.rig.clock.advance(0.1)
    polls.endpoint.sweep()
    await turns()
    assert (await polls.ask("POST", stranger, "3"))[0] == 400
    assert (await polls.ask("POST", known, "3"))[0] == 200


async def test_a_stop_ends_the_sessions_of_strangers() -> None:
    """The hub ends the others, with what they have not read yet."""
    polls = Polls()
    (known, _), stranger = await polls.sign_in(), await polls.open()
    polls.endpoint.drain()
    await turns()
    assert (await polls.ask("POST", stranger, "3"))[0] == 400
    assert (await polls.ask("POST", known, "3"))[0] == 200


# ---------------------------------------------------------------- what a client may say


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ([{"channel": "market:BTC/USD:ticker"}], ["subscribed", {"channel": "market:BTC/USD:ticker"}]),
        ([{"channel": "trading"}], ["subscribed", {"channel": "trading"}]),
        ([{"channel": "market:NONE/USD:ticker"}], "FORBIDDEN"),
        ([{"channel": "orders:bob"}], "FORBIDDEN"),
        ([{"channel": "x" * 10_000}], "VALIDATION_FAILED"),
        ([{"channel": 7}], "VALIDATION_FAILED"),
        (["trading"], "VALIDATION_FAILED"),
        ([], "VALIDATION_FAILED"),
    ],
)
async def test_a_subscription_is_answered(said: list[Any], answer: Any) -> None:
    """With what it is to, or with why not: the same for what is foreign and for what there is not."""
    polls = Polls()
    sid, _ = await polls.sign_in()
    await asyncio.sleep(0)
    heard = [json.loads(one[2:]) for one in await polls.say(sid, "subscribe", *said)]
    if isinstance(answer, str):
        assert [(event, body["code"]) for event, body in heard] == [("error", answer)]
    else:
        assert answer in heard


async def test_a_session_that_is_over_takes_nothing_more() -> None:
    """What still came in the same body as its end is not heard."""
    polls = Polls()
    sid = await polls.open()
    await polls.ask("POST", sid, '1\x1e40{"token":"ann"}')
    assert not polls.rig.hub.statuses()
