"""One reader is nobody's trouble: what a token that only reads says and does changes nothing for anybody else."""

import pytest

from server.gateway.limits import GatewayLimits, Limits
from server.gateway.socketio.offsets import Offset, parse_offset
from server.gateway.socketio.recovery import start_of
from server.gateway.streams.epoch import EVERYBODY
from server.gateway.streams.position import cursor_text
from tests.fakes import ManualClock
from tests.server.gateway.rig import PEOPLE, GatewayRig, Message


@pytest.fixture
def rig() -> GatewayRig:
    found = GatewayRig()
    found.commit("ann", "bob", "ann")
    found.turns.run()
    return found


def subscribed(rig: GatewayRig, token: str, place: Message | None = None) -> Message:
    peer, wire = rig.connect(token)
    rig.say(peer, "subscribe", id=1, channel="trading", **({"from": place} if place else {}))
    return next(one for one in wire.said() if one["op"] == "subscribed")


def test_reader_who_claims_to_be_ahead_gets_a_snapshot_alone(rig: GatewayRig) -> None:
    """The trading bot of the same account resumes under the epoch that it knows, and misses nothing."""
    epoch = subscribed(rig, "ann")["epoch"]
    answer = subscribed(rig, "reader", {"epoch": epoch, "seq": 1_000})
    assert (answer["mode"], answer["reason"], answer["epoch"]) == ("snapshot", "AHEAD_OF_SERVER", epoch)
    assert subscribed(rig, "ann", {"epoch": epoch, "seq": 1})["mode"] == "replay"


def test_monitor_with_a_made_up_cursor_gets_a_snapshot_alone(rig: GatewayRig) -> None:
    """The other monitors go on from where they were."""
    epoch = rig.hub.epoch.of(EVERYBODY)
    answer = subscribed(rig, "mona", {"cursor": cursor_text(epoch, 9_999)})
    assert (answer["mode"], answer["reason"], answer["epoch"]) == ("snapshot", "AHEAD_OF_SERVER", epoch)
    assert subscribed(rig, "mona", {"cursor": cursor_text(epoch, 1)})["mode"] == "replay"


@pytest.mark.parametrize("name", ["reader", "mona"])
def test_made_up_offset_of_a_socketio_client_is_its_own_matter(rig: GatewayRig, name: str) -> None:
    """It is answered from the head on, with a place in the same history."""
    identity = PEOPLE[name]
    history = EVERYBODY if name == "mona" else "ann"
    epoch = rig.hub.epoch.of(history)
    ahead = Offset(history, epoch, 5_000).text()
    start = start_of(rig.hub, identity, {"pid": ahead, "offset": ahead})
    assert rig.hub.epoch.of(history) == epoch
    assert parse_offset(start.pid) == Offset(history, epoch, start.place)


def test_owner_who_trades_is_believed_for_that_account_alone(rig: GatewayRig) -> None:
    """Both the database and its mark can have been put back: then nobody else knows."""
    epoch = subscribed(rig, "ann")["epoch"]
    assert subscribed(rig, "ann", {"epoch": epoch, "seq": 1_000})["epoch"] != epoch
    assert subscribed(rig, "bob")["epoch"] == epoch
    assert rig.hub.epoch.of(EVERYBODY) == epoch


def test_acks_of_a_reader_are_no_acks_of_the_bot(rig: GatewayRig) -> None:
    """Each socket counts its own."""
    bot, _ = rig.connect("ann")
    reader, _ = rig.connect("reader")
    for peer in (bot, reader):
        rig.say(peer, "subscribe", channel="trading")
    rig.commit("ann", "ann")
    rig.turns.run()
    rig.say(reader, "ack", channel="trading", seq=10_000)
    assert (bot.status().events_unacknowledged, reader.status().events_unacknowledged) == (2, 0)


def test_readers_sockets_leave_the_traders_alone() -> None:
    """Ten of each scope: a screen on every wall keeps no bot from coming back."""
    limits = Limits(GatewayLimits(), ManualClock())
    ann, reader = PEOPLE["ann"], PEOPLE["reader"]
    assert [limits.enter(reader.budget) for _ in range(11)] == [True] * 10 + [False]
    assert [limits.enter(ann.budget) for _ in range(11)] == [True] * 10 + [False]
    limits.leave(reader.budget)
    assert (limits.enter(ann.budget), limits.enter(reader.budget)) == (False, True)
