"""The hub and its streams: what is committed reaches those who read it, once and in order, however slowly they read."""

from typing import NoReturn

import pytest

from server.gateway.native.connection import OUTBOX_BYTES
from server.gateway.streams.ack_window import LagLimit
from server.gateway.streams.market_stream import MarketFeed
from server.gateway.transport.frames import text_frame
from server.ports import DatabaseAway, StoredEvent
from tests.eventually import in_time
from tests.server.gateway.rig import GatewayRig, MemoryWire, Message
from tradeterm.protocol.vocabulary import CloseCode, EventName


@pytest.fixture
def rig() -> GatewayRig:
    return GatewayRig()


def seqs(messages: list[Message]) -> list[int]:
    return [one["seq"] for one in messages if "event" in one and "seq" in one]


def test_commit_goes_out_at_once_and_in_one_write(rig: GatewayRig) -> None:
    """Five events, one write a subscriber; nobody waits for the loop's next turn."""
    peer, wire = rig.connect()
    rig.say(peer, "subscribe", channel="trading")
    wire.said()
    before = wire.writes
    rig.commit(*["ann"] * 5)
    assert (wire.writes - before, seqs(wire.said())) == (1, [1, 2, 3, 4, 5])


def test_events_of_others_do_not_come(rig: GatewayRig) -> None:
    """A commit for two accounts is told to each its own."""
    ann, ann_wire = rig.connect("ann")
    bob, bob_wire = rig.connect("bob")
    for peer in (ann, bob):
        rig.say(peer, "subscribe", channel="trading")
    for wire in (ann_wire, bob_wire):
        wire.said()
    rig.commit("ann", "bob", "ann")
    rig.turns.run()
    assert [one["data"]["order"]["id"] for one in ann_wire.said()] == ["ann-1", "ann-2"]
    assert [one["data"]["order"]["id"] for one in bob_wire.said()] == ["bob-1"]


def test_refused_write_is_made_up_from_the_journal(rig: GatewayRig) -> None:
    """While the wire refuses nothing is queued; when it drains everything comes, once and in order."""
    peer, wire = rig.connect()
    rig.say(peer, "subscribe", channel="trading")
    wire.ready = False
    for _ in range(600):
        rig.commit("ann")
        rig.turns.run()
    wire.ready = True
    wire.said()
    peer.drained()
    rig.commit("ann")
    rig.turns.run()
    assert seqs(wire.said()) == list(range(1, 602))


def test_lost_bus_message_is_found_by_the_tick(rig: GatewayRig) -> None:
    """The journal is the stream: what the bus lost comes with the next look at the head."""
    peer, wire = rig.connect()
    rig.say(peer, "subscribe", channel="trading")
    wire.said()
    rig.journal.append("ann")
    rig.hub.tick()
    rig.turns.run()
    assert seqs(wire.said()) == [1]


def test_bus_message_lost_between_two_of_a_turn_leaves_no_hole(rig: GatewayRig) -> None:
    """What follows the hole does not go out before what was lost."""
    peer, wire = rig.connect()
    rig.say(peer, "subscribe", channel="trading")
    wire.said()
    rig.commit("ann")
    rig.journal.append("ann")
    rig.commit("ann")
    rig.turns.run()
    assert seqs(wire.said()) == [1, 2, 3]


def test_joiner_does_not_get_what_belongs_to_those_before(rig: GatewayRig) -> None:
    """A commit that has not gone out yet is in the joiner's snapshot, and in the stream of who was there."""
    first, first_wire = rig.connect()
    rig.say(first, "subscribe", channel="trading")
    first_wire.said()
    rig.commit("ann")
    second, second_wire = rig.connect()
    rig.say(second, "subscribe", channel="trading")
    rig.commit("ann")
    rig.turns.run()
    assert seqs(first_wire.said()) == [1, 2]
    said = second_wire.said()
    assert [one["asOf"] for one in said if one.get("op") == "snapshot"] == [1]
    assert seqs(said) == [2]


def test_long_replay_comes_in_pages_and_ends_with_live(rig: GatewayRig) -> None:
    """A thousand events, marked as replayed, then the marker, then what happens now."""
    for _ in range(1000):
        rig.journal.append("ann")
    peer, wire = rig.connect()
    rig.say(peer, "subscribe", channel="trading", **{"from": {"epoch": "k1", "seq": 0}})
    rig.commit("ann")
    rig.turns.run()
    said = wire.said()
    assert seqs(said) == list(range(1, 1002))
    live = next(index for index, one in enumerate(said) if one.get("op") == "live")
    assert (said[live]["seq"], [one["seq"] for one in said[live + 1 :]]) == (1000, [1001])
    assert all(one["replay"] for one in said[1:live])


def test_nobody_waits_for_what_monitors_read(rig: GatewayRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose account it is hears of a commit before the journal is read for the monitors, which is done outside its turn."""
    peer, wire = rig.connect("ann")
    monitor, seen = rig.connect("mona")
    for one in (peer, monitor):
        rig.say(one, "subscribe", channel="trading")
    wire.said()
    read, heard = rig.journal.all_events, list[list[int]]()

    def all_events(after: int, limit: int) -> list[StoredEvent]:
        heard.append(seqs(wire.said()))
        return read(after, limit)

    monkeypatch.setattr(rig.journal, "all_events", all_events)
    seen.said()
    rig.commit("ann")
    assert heard == []
    rig.turns.run()
    assert heard[0] == [1]
    assert [one["event"] for one in seen.said()] == ["order:created"]


def test_monitor_gets_everybodys_orders_and_nobodys_money(rig: GatewayRig) -> None:
    """With the account and a cursor; balances and service accounts are left out, and a cursor resumes."""
    mona, wire = rig.connect("mona")
    rig.say(mona, "subscribe", channel="trading")
    wire.said()
    rig.commit("ann", "bob", ":house")
    rig.commit("ann", event=EventName.BALANCE_UPDATED)
    rig.commit("bob", event=EventName.TRADE_EXECUTED)
    rig.turns.run()
    said = wire.said()
    assert [(one["account"], one["event"]) for one in said] == [
        ("ann", "order:created"),
        ("bob", "order:created"),
        ("bob", "trade:executed"),
    ]
    again, other = rig.connect("mona")
    rig.say(again, "subscribe", channel="trading", **{"from": {"cursor": said[0]["cursor"]}})
    assert [one["cursor"] for one in other.said() if "event" in one] == [one["cursor"] for one in said[1:]]


def test_reader_that_acknowledges_nothing_is_closed_as_slow() -> None:
    """So many events unacknowledged for so long: 4009; one that acknowledges stays."""
    rig = GatewayRig(LagLimit(events=10, bytes=1 << 20, seconds=10.0))
    silent, silent_wire = rig.connect()
    keeps_up, other_wire = rig.connect("ann")
    for peer in (silent, keeps_up):
        rig.say(peer, "subscribe", channel="trading")
    for _ in range(20):
        rig.commit("ann")
    rig.turns.run()
    for second in range(14):
        rig.clock.advance(1)
        if second == 5:
            rig.say(keeps_up, "ack", channel="trading", seq=20)
        rig.say(silent, "pong")
        rig.hub.tick()
    assert silent_wire.closed is not None
    assert silent_wire.closed[0] == CloseCode.SLOW
    assert other_wire.closed is None


def test_wire_that_takes_nothing_is_closed_as_slow(rig: GatewayRig) -> None:
    """Ten seconds of a full pipe are enough, whatever is subscribed."""
    peer, wire = rig.connect()
    wire.ready = False
    for _ in range(12):
        rig.clock.advance(1)
        rig.say(peer, "pong")
        rig.hub.tick()
    assert wire.closed is not None
    assert wire.closed[0] == CloseCode.SLOW
    assert rig.hub.statuses() == []


def test_unread_answers_are_bounded(rig: GatewayRig) -> None:
    """Who asks on and on and never reads is closed before the answers fill the memory."""
    peer, wire = rig.connect()
    wire.ready = False
    for number in range(OUTBOX_BYTES // 100):
        rig.say(peer, "subscribe", id=number, channel="market:BTC/USD:ticker")
        if wire.closed:
            break
    assert wire.closed is not None
    assert wire.closed[0] == CloseCode.SLOW


def test_nothing_overtakes_an_answer_that_waits(rig: GatewayRig) -> None:
    """The answer to a subscribe that was refused comes before the stream it announces."""
    peer, wire = rig.connect()
    wire.ready = False
    rig.say(peer, "subscribe", id=7, channel="trading")
    rig.commit("ann")
    rig.turns.run()
    wire.ready = True
    peer.drained()
    rig.turns.run()
    said = [one.get("op") or one["event"] for one in wire.said()]
    assert said == ["subscribed", "snapshot", "order:created", "live"]


def test_answer_that_waits_goes_out_before_the_good_bye(rig: GatewayRig) -> None:
    """The reader is behind and the server stops: what was carried out for it is answered all the same."""
    peer, wire = rig.connect()
    wire.said()
    wire.ready = False
    rig.say(peer, "subscribe", id=7, channel="trading")
    assert wire.said() == []
    rig.hub.close_all(CloseCode.STOPPING, "the server is stopping")
    assert [one.get("id", one["op"]) for one in wire.said()] == [7, "snapshot"]
    assert wire.closed == (CloseCode.STOPPING, "the server is stopping")


def test_slow_reader_of_a_market_gets_the_newest_and_how_many_it_stands_for(rig: GatewayRig) -> None:
    """Pending is one value a key, however long the reader is slow."""
    peer, wire = rig.connect()
    channel = "market:BTC/USD:ticker"
    rig.say(peer, "subscribe", channel=channel)
    wire.said()
    wire.ready = False
    for number in range(50):
        rig.hub.market_event(channel, "ticker", "BTC/USD", b'{"ticker":{"last":"%d"}}' % number)
        rig.turns.run()
    wire.ready = True
    peer.drained()
    (told,) = wire.said()
    assert (told["data"]["ticker"]["last"], told["merged"]) == ("49", 50)


def test_market_is_watched_while_somebody_reads_it(rig: GatewayRig) -> None:
    """From the first reader to the last."""
    one, _ = rig.connect()
    two, _ = rig.connect("bob")
    for peer in (one, two):
        rig.say(peer, "subscribe", channel="market:BTC/USD:book")
    assert rig.markets.watched == ["market:BTC/USD:book"]
    one.gone()
    assert rig.markets.watched == ["market:BTC/USD:book"]
    rig.say(two, "unsubscribe", channel="market:BTC/USD:book")
    assert rig.markets.watched == []


def test_revoked_session_loses_its_sockets_and_no_others(rig: GatewayRig) -> None:
    """4503, for what belongs to the session."""
    _, ann = rig.connect("ann")
    _, bob = rig.connect("bob")
    rig.hub.revoke("s-ann")
    assert ann.closed is not None
    assert (ann.closed[0], bob.closed) == (CloseCode.SESSION_REVOKED, None)


def test_good_bye_comes_after_what_was_committed(rig: GatewayRig) -> None:
    """The last commit is on the wire before the close."""
    peer, wire = rig.connect()
    rig.say(peer, "subscribe", channel="trading")
    wire.said()
    rig.commit("ann")
    rig.hub.close_all(CloseCode.STOPPING, "the server is stopping")
    assert seqs(wire.said()) == [1]
    assert wire.closed is not None


def test_price_move_is_told_only_to_who_stands_there(rig: GatewayRig) -> None:
    """A told value has no seq, says what it was computed at, and comes after the event of that seq."""
    peer, wire = rig.connect()
    rig.say(peer, "subscribe", channel="trading")
    wire.said()
    rig.commit("ann")
    rig.hub.tell("ann", EventName.ACCOUNT_UPDATED, b"{}", 1)
    rig.hub.tell("ann", EventName.ACCOUNT_UPDATED, b"{}", 0)
    rig.turns.run()
    said: list[Message] = wire.said()
    assert [(one.get("seq"), one.get("asOf")) for one in said] == [(1, None), (None, 1)]


def test_wire_of_the_rig_takes_joined_frames_apart() -> None:
    """Short, medium and long frames, in one write."""
    wire = MemoryWire()
    texts = [b"1" * size for size in (1, 125, 126, 70_000)]
    assert wire.write(b"".join(text_frame(text) for text in texts))
    assert wire.written == texts


def test_history_that_is_away_stops_nobody_s_turn(rig: GatewayRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Monitors read from the database, which is away for a moment: neither the tick nor a newcomer fails for it, accounts
    are told, and the monitors are when it is back."""

    def away(*asked: object) -> NoReturn:
        raise DatabaseAway("away")

    mona, mona_wire = rig.connect("mona")
    ann, ann_wire = rig.connect()
    for peer in (mona, ann):
        rig.say(peer, "subscribe", channel="trading")
    for wire in (mona_wire, ann_wire):
        wire.said()
    with monkeypatch.context() as patched:
        patched.setattr(rig.journal, "all_events", away)
        rig.commit("ann")
        rig.hub.tick()
        assert seqs(ann_wire.said()) == [1]
        rig.commit("ann")
        bob, bob_wire = rig.connect("bob")
        rig.say(bob, "subscribe", channel="trading")
        assert bob_wire.closed is None
        assert seqs(ann_wire.said()) == [2]
    rig.hub.tick()
    rig.turns.run()
    assert seqs(mona_wire.said()) == [1, 2]


def failing(*asked: object, **named: object) -> NoReturn:
    raise RuntimeError("a fault of ours")


@pytest.mark.parametrize("user", ["ann", "mona"])
def test_who_reads_what_cannot_be_read_is_closed_and_nobody_else(
    rig: GatewayRig, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A damaged record, say: they hear of it and may come back; they used to wait for ever."""
    behind, behind_wire = rig.connect(user)
    bob, bob_wire = rig.connect("bob")
    for peer in (behind, bob):
        rig.say(peer, "subscribe", channel="trading")
    behind_wire.ready = bob_wire.ready = False
    for _ in range(3):
        rig.commit("ann", "bob")
        rig.turns.run()
    with monkeypatch.context() as patched:
        found = rig.journal.events
        patched.setattr(rig.journal, "all_events", failing)
        patched.setattr(rig.journal, "events", lambda *asked: failing() if asked[0] == "ann" else found(*asked))
        for peer, wire in ((behind, behind_wire), (bob, bob_wire)):
            wire.ready = True
            peer.drained()
        rig.turns.run()
        rig.hub.tick()
    assert behind_wire.closed is not None
    assert behind_wire.closed[0] == CloseCode.INTERNAL
    assert bob_wire.closed is None
    assert seqs(bob_wire.said()) == [1, 2, 3]


def test_a_socket_whose_time_cannot_be_kept_is_closed_and_nobody_else(
    rig: GatewayRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One socket is no reason to end the server."""
    ann, ann_wire = rig.connect("ann")
    _, bob_wire = rig.connect("bob")
    monkeypatch.setattr(ann, "tick", failing)
    rig.clock.advance(6)
    rig.hub.tick()
    assert ann_wire.closed == (CloseCode.INTERNAL, "the server made a mistake")
    assert bob_wire.closed is None
    assert [one["op"] for one in bob_wire.said()] == ["heartbeat"]


def test_a_market_that_cannot_be_told_holds_up_no_other_feed(rig: GatewayRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor the tick, with which the server would end."""
    peer, wire = rig.connect()
    for channel in ("market:BTC/USD:ticker", "market:BTC/USD:book", "trading"):
        rig.say(peer, "subscribe", channel=channel)
    wire.said()
    monkeypatch.setattr(MarketFeed, "frame", failing)
    for kind in ("ticker", "book"):
        rig.hub.market_event(f"market:BTC/USD:{kind}", kind, "BTC/USD", b"{}")
    rig.hub.tell("ann", EventName.ACCOUNT_UPDATED, b"{}", 0)
    rig.hub.tick()
    assert [one["event"] for one in wire.said()] == ["account:updated"]
    rig.commit("ann")
    assert seqs(wire.said()) == [1]


async def test_what_fails_when_a_commit_has_ended_closes_its_socket(
    rig: GatewayRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A subscription that waits for the end of a commit: whatever its client said next used to wait behind it for ever."""
    peer, wire = rig.connect()
    monkeypatch.setattr(rig.journal, "is_settled", False)
    monkeypatch.setattr(rig.journal, "snapshot", failing)
    rig.say(peer, "subscribe", channel="trading")
    assert wire.closed is None
    monkeypatch.setattr(rig.journal, "is_settled", True)
    await in_time(lambda: wire.closed is not None)
    assert wire.closed == (CloseCode.INTERNAL, "the server made a mistake")
