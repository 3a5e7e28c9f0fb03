"""Who is signed in by a CONNECT, what they hear, and what they may ask for."""

import asyncio
import json
from typing import Any

import pytest

from server.gateway.limits import GatewayLimits
from server.ports import DatabaseAway
from tests.eventually import in_time
from tests.server.gateway.socketio.polls import Polls
from tradeterm.protocol.vocabulary import EventName


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


SUBSCRIBE, UNSUBSCRIBE = (f'42["{word}",{{"channel":"trading"}}]' for word in ("subscribe", "unsubscribe"))


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ((SUBSCRIBE,), ["ann-2", "ann-3"]),
        ((SUBSCRIBE, SUBSCRIBE), ["ann-2", "ann-3"]),
        ((UNSUBSCRIBE,), []),
        ((SUBSCRIBE, UNSUBSCRIBE), []),
        ((UNSUBSCRIBE, SUBSCRIBE), ["ann-3"]),
    ],
    ids=["asked for", "twice", "left", "asked for and left", "left and asked for"],
)
async def test_what_comes_in_one_poll_with_the_sign_in_doubles_and_loses_nothing(
    said: tuple[str, ...], heard: list[str]
) -> None:
    """A client that comes back does not wait for the answer: its stream is the one that it had, once, or none."""
    polls = Polls()
    first, answer = await polls.sign_in()
    await polls.ask("POST", first, "1")
    polls.rig.commit("ann")
    polls.rig.commit("ann")
    pid, _, _ = answer["pid"].rpartition(":")
    sid = await polls.open()
    connect = "40" + json.dumps({"token": "ann", "pid": f"{pid}:1", "offset": f"{pid}:1"})
    assert (await polls.ask("POST", sid, "\x1e".join((connect, *said))))[0] == 200
    await asyncio.sleep(0)
    polls.rig.commit("ann")
    packets = [json.loads(one[2:]) for one in await polls.poll(sid) if one.startswith("42")]
    assert [one[1]["order"]["id"] for one in packets if one[0] == "order:created"] == heard


async def test_every_subscription_of_one_poll_is_answered() -> None:
    """A page asks for all of its channels at once, and a client sends them in one body."""
    polls = Polls()
    sid, _ = await polls.sign_in()
    await asyncio.sleep(0)
    asked = "\x1e".join(['42["subscribe",{"channel":"market:BTC/USD:ticker"}]'] * 128)
    assert (await polls.ask("POST", sid, asked))[0] == 200
    heard = await polls.poll(sid)
    while heard.count('42["subscribed",{"channel":"market:BTC/USD:ticker"}]') < 128:
        heard += await polls.poll(sid)


@pytest.mark.parametrize(
    "body",
    ["\x1e".join(["3"] * 513), "\x1e".join(["3", "x", "3"]), "\x1e".join(["3"] + ["40{}"] * 400)],
    ids=["more packets than may be", "one that is none", "more than may be said in a moment"],
)
async def test_a_poll_whose_packets_are_not_taken_ends_its_session(body: str) -> None:
    """Nobody is told that all is well with what was thrown away."""
    polls = Polls()
    sid, _ = await polls.sign_in()
    await polls.ask("POST", sid, body)
    await in_time(lambda: not polls.rig.hub.statuses())


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
