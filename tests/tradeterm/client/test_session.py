"""The client's side of the stream without a socket: every event once and in order, whatever the line does."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tradeterm.client import wires
from tradeterm.client.session import (
    ACK_AFTER_S,
    ACK_EVERY,
    TRADING,
    CaughtUp,
    CommandResult,
    Event,
    Fact,
    Greeting,
    Position,
    Problem,
    ProtocolBroken,
    Session,
    Snapshot,
)

HELLO = {"op": "hello", "sessionId": "s", "user": "ann", "role": "trader", "heartbeatMs": 5000, "deadMs": 15000}


@dataclass
class Talk:
    """A session and what it has said and told so far."""

    session: Session
    sent: list[dict[str, Any]] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    now: float = 0.0

    def hear(self, **message: Any) -> None:
        output = self.session.received(json.dumps(message), self.now)
        self.sent += map(json.loads, output.send)
        self.facts += output.facts

    def event(self, seq: int | None, epoch: str = "e", **more: Any) -> None:
        data = {"order": {"id": "o"}}
        self.hear(event="order:created", channel=TRADING, epoch=epoch, seq=seq, data=data, **more)

    def subscribed(self, mode: str = "replay", epoch: str = "e", head: int = 0) -> None:
        asked = [one["id"] for one in self.sent if one["op"] == "subscribe"][-1]
        self.hear(op="subscribed", id=asked, channel=TRADING, epoch=epoch, head=head, mode=mode)

    def seqs(self) -> list[int | None]:
        return [fact.seq for fact in self.facts if isinstance(fact, Event)]

    def asked(self) -> list[dict[str, Any]]:
        return [one for one in self.sent if one["op"] == "subscribe"]


def talk(position: Position | None = None) -> Talk:
    """A session just signed in that wants the own stream."""
    found = Talk(Session("token", {TRADING: position}, 0.0))
    found.sent += map(json.loads, found.session.opened().send)
    found.hear(**HELLO)
    return found


def test_sign_in_comes_first_and_subscribing_after_hello() -> None:
    """The token goes in the first message, and nothing else before the server has said hello."""
    found = talk()
    assert found.sent == [
        {"op": "auth", "token": "token"},
        {"op": "subscribe", "id": 1, "channel": "trading"},
    ]
    assert isinstance(found.facts[0], Greeting)
    assert found.facts[0].dead_s == 15.0


def test_known_position_is_resumed() -> None:
    """What was read is not asked for again."""
    assert talk(Position("e", 7)).asked()[0]["from"] == {"epoch": "e", "seq": 7}
    assert talk(Position("e", 7, "k")).asked()[0]["from"] == {"cursor": "k"}


def test_snapshot_in_parts_is_one_fact() -> None:
    """The lists are joined, and the next event is the one after its `asOf`."""
    found = talk()
    found.subscribed("snapshot", head=4)
    parts = [{"orders": [1, 2], "positions": []}, {"orders": [3], "positions": [9]}]
    for number, data in enumerate(parts, 1):
        found.hear(op="snapshot", channel=TRADING, asOf=4, part=number, of=2, data=data)
    found.hear(op="live", channel=TRADING, seq=4)
    found.event(5)
    assert found.facts[1:3] == [
        Snapshot(TRADING, {"orders": [1, 2, 3], "positions": [9]}, 4, "e"),
        CaughtUp(TRADING),
    ]
    assert found.seqs() == [5]


def test_hole_is_asked_for_and_what_follows_it_is_not_taken() -> None:
    """2 is missing: nothing after it is told before it came."""
    found = talk(Position("e", 0))
    found.subscribed()
    found.event(1)
    found.event(3)
    found.event(4)
    assert found.seqs() == [1]
    assert found.asked()[-1]["from"] == {"epoch": "e", "seq": 1}
    assert len(found.asked()) == 2
    found.subscribed()
    for seq in (2, 3, 4):
        found.event(seq)
    assert found.seqs() == [1, 2, 3, 4]


def test_lost_tail_shows_in_the_heartbeat() -> None:
    """The server says that it is at 3 while 1 was the last that came: ask."""
    found = talk(Position("e", 0))
    found.subscribed()
    found.hear(op="live", channel=TRADING, seq=0)
    found.event(1)
    found.hear(op="heartbeat", time="t", heads={TRADING: 1})
    assert found.sent[-1] == {"op": "pong"}
    found.hear(op="heartbeat", time="t", heads={TRADING: 3})
    assert found.sent[-1]["op"] == "subscribe"


def test_event_of_another_epoch_is_not_mixed_in() -> None:
    """Another history: ask again; its snapshot replaces everything."""
    found = talk(Position("e", 5))
    found.subscribed()
    found.event(6, epoch="f")
    assert found.seqs() == []
    found.subscribed("snapshot", epoch="f", head=2)
    found.hear(op="snapshot", channel=TRADING, asOf=2, data={"orders": []})
    found.event(3, epoch="f")
    assert found.session.positions() == {TRADING: Position("f", 3)}


def test_value_that_moved_with_the_price_counts_only_at_the_own_head() -> None:
    """Computed on a state that is not ours (yet, or any more), it is dropped; it moves no position."""
    found = talk(Position("e", 5))
    found.subscribed()
    for as_of in (4, 5, 6):
        found.hear(event="position:updated", channel=TRADING, epoch="e", asOf=as_of, data={"position": {}})
    assert found.seqs() == [None]
    assert found.session.positions()[TRADING] == Position("e", 5)


def test_acknowledgement_comes_every_hundred_events_and_every_second() -> None:
    """Never more often, never later."""
    found = talk(Position("e", 0))
    found.subscribed()
    for seq in range(1, ACK_EVERY + 1):
        found.event(seq)
    assert [one["seq"] for one in found.sent if one["op"] == "ack"] == [ACK_EVERY]
    found.event(ACK_EVERY + 1)
    assert found.session.tick(ACK_AFTER_S / 2).send == []
    assert json.loads(found.session.tick(ACK_AFTER_S).send[0])["seq"] == ACK_EVERY + 1
    assert found.session.tick(ACK_AFTER_S * 9).send == []


def test_monitor_goes_on_by_cursor() -> None:
    """Seqs of many accounts are mixed; the cursor alone says where one is, from the snapshot on."""
    found = talk()
    found.subscribed("snapshot")
    found.hear(op="snapshot", channel=TRADING, asOf="k0", account="ann", part=1, of=1, data={"orders": [1]})
    assert found.session.positions()[TRADING] == Position("e", 0, "k0")
    for account, seq, cursor in (("ann", 7, "k1"), ("bob", 2, "k2"), ("bob", 2, "k2")):
        found.event(seq, account=account, cursor=cursor)
    assert found.seqs() == [7, 2]
    place = found.session.positions()[TRADING]
    assert place is not None
    assert talk(place).asked()[0]["from"] == {"cursor": "k2"}


def test_rewound_channel_is_taken_again_from_there() -> None:
    """Until the answer comes nothing is told, then everything after the place."""
    found = talk(Position("e", 0))
    found.subscribed()
    found.event(1)
    found.event(2)
    found.sent += map(json.loads, found.session.rewind(TRADING, Position("e", 1)).send)
    found.event(3)
    found.subscribed()
    found.event(2)
    found.event(3)
    assert found.seqs() == [1, 2, 2, 3]


def test_refused_subscription_is_a_problem_and_not_asked_again() -> None:
    """The socket stays, the channel goes."""
    found = talk()
    found.hear(op="error", id=1, code="FORBIDDEN", message="no")
    assert found.facts[-1] == Problem("FORBIDDEN", "no", TRADING)
    assert found.session.positions() == {}


def test_command_gets_its_own_answer() -> None:
    """By id, whether yes or no."""
    found = talk()
    first, output = found.session.command("order.create", {"a": 1}, "2026-01-05T12:00:00.000Z")
    assert json.loads(output.send[0])["expiresAt"]
    second, _ = found.session.command("order.cancel", {})
    found.hear(op="error", id=second, code="NOT_FOUND", message="none")
    found.hear(op="result", id=first, ok=True, data={"order": {}}, seq=1)
    assert found.facts[-2:] == [
        CommandResult(second, False, None, "NOT_FOUND", "none"),
        CommandResult(first, True, {"order": {}}),
    ]


def test_silence_is_death() -> None:
    """The time is what the server's hello says."""
    found = talk()
    assert not found.session.is_dead(15.0)
    assert found.session.is_dead(15.1)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "null", '{"op":"hello"}', '{"event":"x"}', '{"a":1}', '"x"'])
def test_frame_that_the_contract_does_not_know_breaks_the_session(text: str) -> None:
    """And nothing worse: the line is made anew."""
    with pytest.raises(ProtocolBroken):
        Session("token", {TRADING: None}, 0.0).received(text, 0.0)


@pytest.mark.parametrize("data", [None, 7, "x", [], True])
def test_an_event_of_another_shape_breaks_the_session_and_is_not_taken_for_read(data: Any) -> None:
    """It comes again with the line that is made anew."""
    found = talk(Position("e", 1))
    found.subscribed()
    with pytest.raises(ProtocolBroken):
        found.hear(event="order:created", channel=TRADING, epoch="e", seq=2, data=data)
    assert found.session.positions()[TRADING] == Position("e", 1)


@pytest.mark.parametrize("name", ["orders", "positions", "balances"])
@pytest.mark.parametrize("value", [None, 7, "x", {}, True])
def test_a_snapshot_of_another_shape_breaks_the_session(name: str, value: Any) -> None:
    """Whoever keeps its lists is given lists."""
    found = talk()
    found.subscribed("snapshot", head=1)
    with pytest.raises(ProtocolBroken, match=name):
        found.hear(op="snapshot", channel=TRADING, asOf=1, part=1, of=1, data={name: value})


def test_op_that_is_newer_than_this_client_is_passed_over() -> None:
    """A server may say more."""
    found = talk()
    found.hear(op="weather", text="fine")
    assert len(found.facts) == 1


FAULTS = st.lists(st.sampled_from(["event", "event", "event", "lose", "repeat", "break", "heartbeat"]), max_size=60)


@given(FAULTS)
def test_every_event_is_told_once_and_in_order_whatever_the_line_does(faults: list[str]) -> None:
    """Lose frames, repeat old ones, break the line, answer with replays: in the end each was told once, in order."""
    head, heard = 0, talk(Position("e", 0))
    told: list[int | None] = []

    def answer() -> None:
        """The server's part: whatever was asked for is replayed."""
        asked = heard.asked()
        if heard.session._channels[TRADING].asked is not None:
            after = asked[-1]["from"]["seq"]
            heard.subscribed(head=head)
            for seq in range(after + 1, head + 1):
                heard.event(seq, replay=True)
            heard.hear(op="live", channel=TRADING, seq=head)

    answer()
    for fault in [*faults, "heartbeat"]:
        match fault:
            case "event":
                head += 1
                heard.event(head)
            case "lose":
                head += 1
            case "repeat" if head:
                heard.event(max(1, head // 2))
            case "heartbeat":
                heard.hear(op="heartbeat", time="t", heads={TRADING: head})
            case "break":
                told += heard.seqs()
                heard = talk(heard.session.positions()[TRADING])
        answer()
    assert told + heard.seqs() == list(range(1, head + 1))


def test_before_hello_nothing_but_the_token_is_said() -> None:
    """Channels and a fresh token are kept until the server knows who asks, and then said once."""
    session = Session("old", {}, 0.0)
    session.opened()
    assert session.subscribe("market:BTC/USD:book").send == []
    assert session.renew("new").send == []
    assert session.rewind("market:BTC/USD:book", Position("e", 3)).send == []
    assert session.unsubscribe("market:ETH/USD:book").send == []
    said = [json.loads(one) for one in session.received(json.dumps(HELLO), 0.0).send]
    assert [(one["op"], one["channel"], one["from"]) for one in said] == [
        ("subscribe", "market:BTC/USD:book", {"epoch": "e", "seq": 3})
    ]
    assert json.loads(session.opened().send[0])["token"] == "new"


def test_channels_come_and_go_in_the_middle() -> None:
    """What was unsubscribed is heard no more, whatever of it is still on the way; a second hello asks for nothing anew."""
    found = talk()
    found.sent += map(json.loads, found.session.subscribe("market:BTC/USD:ticker").send)
    assert found.asked()[-1]["channel"] == "market:BTC/USD:ticker"
    found.sent += map(json.loads, found.session.unsubscribe("market:BTC/USD:ticker").send)
    assert found.sent[-1]["op"] == "unsubscribe"
    before = len(found.facts), len(found.sent)
    found.hear(op="subscribed", id=2, channel="market:BTC/USD:ticker", mode="live")
    found.hear(op="snapshot", channel="market:BTC/USD:ticker", data={})
    found.hear(op="live", channel="market:BTC/USD:ticker")
    found.hear(event="ticker", channel="market:BTC/USD:ticker", data={})
    found.hear(op="heartbeat", time="t", heads={"market:BTC/USD:ticker": 9})
    assert len(found.facts) == before[0]
    assert [one["op"] for one in found.sent[before[1] :]] == ["pong"]
    found.hear(**HELLO)
    assert found.asked()[-1]["id"] == 2
    assert found.session.rewind("market:BTC/USD:ticker", Position("e", 1)).send == []


def test_fresh_token_is_said_at_once_when_signed_in() -> None:
    """In band: the socket stays."""
    found = talk()
    assert json.loads(found.session.renew("new").send[0]) == {"op": "auth", "token": "new"}


def test_error_that_answers_nothing_is_a_problem() -> None:
    """Without an id it is about the line."""
    found = talk()
    found.hear(op="error", code="RATE_LIMITED", message="slower")
    assert found.facts[-1] == Problem("RATE_LIMITED", "slower", None)


def test_payload_is_the_contracts_model_of_its_channel() -> None:
    """Market events have theirs, and a name that is newer than this client has none."""
    ticker: dict[str, Any] = dict.fromkeys(("bid", "ask", "change24h", "high24h", "low24h", "mark"))
    ticker |= {"symbol": "BTC/USD", "last": "45000.00", "volume24h": "0", "stale": False, "time": wires.AT}
    event = Event("ticker", "market:BTC/USD:ticker", {"ticker": ticker, "timestamp": wires.AT}, None, None)
    assert type(event.payload).__name__ == "TickerPayload"
    with pytest.raises(KeyError):
        _ = Event("order:teleported", TRADING, {}, 1, "e").payload


def test_command_says_until_when_it_is_good() -> None:
    """A server that hears of it later does nothing."""
    _, output = talk().session.command("order.create", {}, "2026-01-05T12:00:00.000Z")
    assert json.loads(output.send[0])["expiresAt"] == "2026-01-05T12:00:00.000Z"


def test_a_snapshot_that_says_nothing_of_its_place_is_told_without_one() -> None:
    """A market's: there is nothing to go on from, and nothing to acknowledge."""
    found = talk()
    found.subscribed("snapshot", epoch="e", head=7)
    found.hear(op="snapshot", channel=TRADING, data={"orders": []})
    assert [fact.seq for fact in found.facts if isinstance(fact, Snapshot)] == [None]


def test_a_monitor_acknowledges_by_cursor() -> None:
    """The one word in which its place can be said."""
    found = talk(Position("e", 0, "k0"))
    found.subscribed()
    found.event(7, account="ann", cursor="k1")
    (said,) = map(json.loads, found.session.tick(ACK_AFTER_S).send)
    assert said == {"op": "ack", "channel": TRADING, "cursor": "k1"}


def test_nothing_is_acknowledged_of_a_story_that_is_over() -> None:
    """What was read belongs to none that the server still tells."""
    found = talk(Position("e", 0))
    found.subscribed()
    found.event(1)
    found.event(3)
    asked = found.asked()[-1]["id"]
    found.hear(op="subscribed", id=asked, channel=TRADING, mode="live")
    assert found.session.positions() == {TRADING: None}
    assert found.session.tick(ACK_AFTER_S).send == []


def test_an_event_that_was_said_already_is_told_once() -> None:
    """A replay may begin with what came last: nothing is asked for again, and nothing is told again."""
    found = talk(Position("e", 0))
    found.subscribed()
    for seq in (1, 2, 2, 1, 3):
        found.event(seq)
    assert found.seqs() == [1, 2, 3]
    assert len(found.asked()) == 1
