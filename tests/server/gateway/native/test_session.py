"""The server's side of a native WebSocket as a protocol: what each message leads to, without a socket."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from server.gateway.limits import SessionLimits
from server.gateway.native.decisions import (
    Acknowledge,
    Action,
    Close,
    HeartbeatDue,
    Perform,
    ReadMarket,
    ReadTrading,
    Send,
    SignedIn,
    StopReading,
)
from server.gateway.native.session import Session
from server.gateway.streams.position import StreamPosition
from server.identity.tokens import Refusal
from tests.fakes import START
from tests.server.gateway.rig import PEOPLE, check
from tradeterm.protocol.vocabulary import CloseCode, Role


def session(token: str | None = "ann", **limits: float) -> Session:
    opened = Session("x-1", check, lambda: {"BTC/USD"}, SessionLimits(**limits), 0.0)  # type: ignore[arg-type]
    if token is not None:
        opened.sign_in(token, 0.0, START)
    return opened


def say(to: Session, *, now: Any = 1.0, **message: Any) -> list[Action]:
    return to.receive(orjson.dumps(message).decode(), now, START + timedelta(seconds=now))


def codes(actions: list[Action]) -> list[str | int]:
    """The error codes and close codes among the actions."""
    found: list[str | int] = []
    for action in actions:
        if isinstance(action, Close):
            found.append(int(action.code))
        elif isinstance(action, Send):
            found.append(orjson.loads(action.message).get("code") or orjson.loads(action.message)["op"])
    return found


def test_sign_in_is_a_hello_once_it_is_known_who() -> None:
    """First that somebody is known, then the hello: who counts sockets can still refuse."""
    actions = session(None).sign_in("ann", 0.0, START)
    assert actions[0] == SignedIn(PEOPLE["ann"])
    assert codes(actions[1:]) == ["hello"]


def test_nothing_is_done_before_the_sign_in() -> None:
    """Every op but auth."""
    for op in ("subscribe", "unsubscribe", "ack", "pong", "order.create", "nonsense"):
        assert codes(say(session(None), op=op, channel="trading")) == ["UNAUTHENTICATED"]


@pytest.mark.parametrize(("token", "code"), [("bob", CloseCode.BAD_TOKEN), ("nobody", CloseCode.BAD_TOKEN)])
def test_second_token_of_another_user_closes(token: str, code: CloseCode) -> None:
    """A refresh in band is for the same user alone."""
    assert codes(say(session(), op="auth", token=token)) == [code]


def test_channels_lead_to_what_is_read() -> None:
    """`trading` from a place or from now, markets by their exact name."""
    (trading,) = say(session(), op="subscribe", id=3, channel="trading")
    assert trading == ReadTrading(3, None)
    place = {"epoch": "k1", "seq": 7}
    (resumed,) = say(session(), op="subscribe", id="a", channel="trading", **{"from": place})
    assert resumed == ReadTrading("a", StreamPosition(epoch="k1", seq=7))
    (market,) = say(session(), op="subscribe", channel="market:BTC/USD:candles:1m")
    assert isinstance(market, ReadMarket)
    assert (market.channel.symbol, market.channel.interval) == ("BTC/USD", "1m")
    assert say(session(), op="unsubscribe", id=4, channel="trading") == [StopReading(4, "trading")]
    assert say(session(), op="ack", channel="trading", seq=9) == [Acknowledge(StreamPosition(seq=9))]


@pytest.mark.parametrize(
    "place",
    [1, "x", {}, {"seq": -1, "epoch": "k"}, {"seq": True, "epoch": "k"}, {"seq": "1", "epoch": "k"}, {"cursor": 5}],
)
def test_place_that_is_none_is_refused(place: object) -> None:
    """A wrong `from` is an error, not a snapshot that nobody asked for."""
    assert codes(say(session(), op="subscribe", channel="trading", **{"from": place})) == ["VALIDATION_FAILED"]


@pytest.mark.parametrize("channel", ["market:ETH/USD:ticker", "market:BTC/USD:nonsense", "market:BTC/USD", "orders"])
def test_a_channel_that_is_none_is_refused_like_one_of_others(channel: str) -> None:
    """A market that is not listed, a kind that there is not, a name that is nothing."""
    assert codes(say(session(), op="subscribe", channel=channel)) == codes(
        say(session("root"), op="subscribe", channel="trading")
    )


def test_admin_reads_no_trading_and_only_traders_command() -> None:
    """The same FORBIDDEN for both."""
    assert codes(say(session("root"), op="subscribe", channel="trading")) == ["FORBIDDEN"]
    for token in ("root", "mona", "reader"):
        assert codes(say(session(token), op="order.create", data={})) == ["FORBIDDEN"]
    (performed,) = say(session(), op="order.create", id=1, data={"a": 1})
    assert isinstance(performed, Perform)


def test_subscriptions_are_counted() -> None:
    """As many as may be; the same one again costs nothing."""
    opened = session(subscriptions=2)
    for kind in ("ticker", "book", "ticker"):
        assert isinstance(say(opened, op="subscribe", channel=f"market:BTC/USD:{kind}")[0], ReadMarket)
    assert codes(say(opened, op="subscribe", channel="market:BTC/USD:trades")) == ["RATE_LIMITED"]


@pytest.mark.parametrize("message", ["", "x", "[]", "1", '{"op":1}', '{"a":1}', b'{"op":"pong"}'])
def test_what_is_no_message_closes_with_4501(message: str | bytes) -> None:
    """Binary frames too."""
    assert codes(session().receive(message, 1.0, START)) == [CloseCode.MALFORMED]


def test_command_after_its_expiry_is_not_carried_out() -> None:
    """`expiresAt` in the past is EXPIRED; what is no time is wrong."""
    opened = session()
    assert codes(say(opened, op="order.create", data={}, expiresAt="2020-01-01T00:00:00.000Z")) == ["EXPIRED"]
    assert codes(say(opened, op="order.create", data={}, expiresAt="soon")) == ["VALIDATION_FAILED"]


@pytest.mark.parametrize("op", ["order.create", "orders.cancelAll", "position.close", "deadMan.set"])
@pytest.mark.parametrize("key", ["symbol", "expires_at", "Data"])
def test_a_key_beside_data_is_refused_and_never_left_unread(op: str, key: str) -> None:
    """One that was meant to narrow a command down would have it done to everything."""
    opened = session()
    assert codes(say(opened, op=op, data={}, **{key: "ETH/USD"})) == ["VALIDATION_FAILED"]
    assert not opened.closed


@pytest.mark.parametrize(
    "time", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+23:59", 5, [], "x" * 5000]
)
def test_a_time_that_utc_cannot_hold_is_refused_and_the_socket_stays(time: object) -> None:
    """The end of time, with an offset that leads beyond it."""
    opened = session()
    assert codes(say(opened, op="order.create", data={}, expiresAt=time)) == ["VALIDATION_FAILED"]
    assert not opened.closed


@pytest.mark.parametrize("depth", [900, 1_000, 1_020])
def test_deep_brackets_are_refused_and_the_socket_stays(depth: int) -> None:
    """What nests deeper than can be read is one refused message."""
    opened = session()
    said = '{"op":"order.create","id":1,"data":%s}' % ("[" * depth + "]" * depth)
    assert codes(opened.receive(said, 1.0, START)) == ["VALIDATION_FAILED"]
    assert not opened.closed


def test_time_closes_and_beats() -> None:
    """No sign-in in 5 s, nothing heard for 15 s, the token's end; a heartbeat every 5 s."""
    assert codes(session(None).tick(5.0)) == [CloseCode.SIGN_IN_TIMEOUT]
    opened = session()
    assert opened.tick(4.9) == []
    assert opened.tick(5.0) == [HeartbeatDue()]
    assert opened.tick(6.0) == []
    assert codes(opened.tick(15.0)) == [CloseCode.SILENT]
    assert codes(session().tick(86_400.0)) == [CloseCode.TOKEN_EXPIRED]


@pytest.mark.parametrize(("commands_per_s", "room"), [(5, 2_000), (100, 2_000), (300, 6_000)])
def test_too_many_messages_close_with_4013(commands_per_s: int, room: int) -> None:
    """A burst may be saved up, no more; whoever may send more commands has room for them."""
    opened = session(commands_per_s=commands_per_s)
    for _ in range(room):
        assert codes(say(opened, now=0.0, op="pong")) == []
    assert codes(say(opened, now=0.0, op="pong")) == [CloseCode.TOO_MANY_MESSAGES]


def test_no_limit_of_commands_is_none_of_messages() -> None:
    """An operator who trusts their bots with orders trusts them with the rest."""
    opened = session(commands_per_s=0)
    assert all(codes(say(opened, now=0.0, op="pong")) == [] for _ in range(10_000))


def test_closed_session_says_nothing_more() -> None:
    """Whatever still comes in."""
    opened = session()
    opened.revoked()
    assert (say(opened, op="subscribe", channel="trading"), opened.tick(100.0), opened.revoked()) == ([], [], [])


def test_an_id_that_is_none_is_refused_and_the_socket_stays() -> None:
    """It is to be repeated in the answer: a number or a text, not whatever JSON may hold."""
    opened = session()
    assert codes(say(opened, op="subscribe", id={"a": 1}, channel="trading")) == ["VALIDATION_FAILED"]
    assert codes(say(opened, op="nonsense", id=5)) == ["VALIDATION_FAILED"]
    assert len(say(opened, op="subscribe", id=5, channel="trading")) == 1


def test_a_second_token_of_the_same_user_is_a_hello_and_no_new_sign_in() -> None:
    """The socket goes on, now for as long as the fresh token is good."""
    fresh = replace(PEOPLE["ann"], expires_at=START + timedelta(days=2))
    opened = Session("x-1", {"ann": PEOPLE["ann"], "fresh": fresh}.__getitem__, set, SessionLimits(), 0.0)
    opened.sign_in("ann", 0.0, START)
    assert codes(opened.sign_in("fresh", 1.0, START)) == ["hello"]
    day = timedelta(days=1).total_seconds()
    opened.heard_from(day + 1)
    assert codes(opened.tick(day + 1)) == []
    assert codes(opened.tick(2 * day + 2)) == [CloseCode.TOKEN_EXPIRED]


def test_a_token_with_another_role_closes() -> None:
    """What the socket may see has changed: it begins anew."""
    as_monitor = replace(PEOPLE["ann"], role=Role.MONITOR)
    opened = Session("x-1", {"ann": PEOPLE["ann"], "now": as_monitor}.__getitem__, set, SessionLimits(), 0.0)
    opened.sign_in("ann", 0.0, START)
    assert codes(opened.sign_in("now", 1.0, START)) == [CloseCode.FORBIDDEN]


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (Refusal.EXPIRED, CloseCode.TOKEN_EXPIRED),
        (Refusal.EARLY, CloseCode.TOKEN_EXPIRED),
        (Refusal.REVOKED, CloseCode.SESSION_REVOKED),
        (Refusal.BAD, CloseCode.BAD_TOKEN),
    ],
)
def test_a_client_hears_whether_another_token_would_help(refusal: Refusal, code: CloseCode) -> None:
    """One that is over is refreshed, one whose session has ended is not."""
    opened = Session("x-1", lambda token: refusal, set, SessionLimits(), 0.0)
    assert codes(opened.sign_in("token", 0.0, START)) == [code]
    assert opened.closed


def test_an_acknowledgement_of_what_needs_none_is_nothing() -> None:
    """Markets are not acknowledged; a client that does it all the same is not wrong."""
    assert say(session(), op="ack", channel="market:BTC/USD:ticker", seq=1) == []
