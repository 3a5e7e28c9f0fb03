"""The trading channel of a socket: what is said when it is subscribed to, and by which names its places go."""

from typing import Any

import pytest

from server.gateway.streams.ack_window import LagLimit
from tests.server.gateway.rig import GatewayRig, MemoryWire
from tradeterm.protocol.vocabulary import CloseCode


def heads(wire: MemoryWire) -> list[Any]:
    """The last heartbeat's."""
    return [one["heads"] for one in wire.said() if one.get("op") == "heartbeat"]


def test_a_new_reader_gets_everything_and_then_what_comes() -> None:
    rig = GatewayRig()
    rig.commit("ann", "bob", "ann")
    peer, wire = rig.connect()
    rig.say(peer, "subscribe", id=1, channel="trading")
    subscribed, page, live = wire.said()
    assert (subscribed["mode"], subscribed["epoch"], subscribed["head"]) == ("snapshot", "k1", 2)
    assert (page["op"], page["asOf"], page["data"]) == ("snapshot", 2, {"orders": [], "positions": [], "balances": []})
    assert live == {"op": "live", "channel": "trading", "seq": 2}
    rig.commit("ann", "bob")
    rig.turns.run()
    assert [(one["event"], one["seq"]) for one in wire.said()] == [("order:created", 3)]


def test_a_monitor_s_places_are_cursors_and_it_sees_nobody_s_money() -> None:
    rig = GatewayRig()
    rig.commit("ann", "bob", "ann")
    peer, wire = rig.connect("mona")
    rig.say(peer, "subscribe", id=1, channel="trading")
    subscribed, *pages, live = wire.said()
    assert subscribed["head"] == "k1.3"
    seen: dict[str, Any] = {"orders": [], "positions": []}
    assert [(page["account"], page["asOf"], page["data"]) for page in pages] == [
        ("ann", "k1.3", seen),
        ("bob", "k1.3", seen),
    ]
    assert live == {"op": "live", "channel": "trading", "cursor": "k1.3"}


def test_who_subscribes_again_reads_from_the_new_place_and_nothing_twice() -> None:
    rig = GatewayRig()
    rig.commit("ann", "ann", "ann")
    peer, wire = rig.connect()
    rig.say(peer, "subscribe", id=1, channel="trading")
    wire.said()
    rig.say(peer, "subscribe", id=2, channel="trading", **{"from": {"epoch": "k1", "seq": 1}})
    subscribed, *replayed, live = wire.said()
    assert subscribed["mode"] == "replay"
    assert [(one["seq"], one["replay"]) for one in replayed] == [(2, True), (3, True)]
    assert live["seq"] == 3
    rig.commit("ann")
    rig.turns.run()
    assert [one["seq"] for one in wire.said()] == [4]


@pytest.mark.parametrize(("who", "place"), [("ann", {"seq": 3}), ("mona", {"cursor": "k1.3"})])
def test_what_is_acknowledged_is_owed_no_more(who: str, place: dict[str, Any]) -> None:
    rig = GatewayRig()
    peer, _ = rig.connect(who)
    rig.say(peer, "subscribe", id=1, channel="trading")
    for _ in range(3):
        rig.commit("ann")
        rig.turns.run()
    assert peer.status().events_unacknowledged == 3
    rig.say(peer, "ack", channel="trading", **place)
    assert peer.status().events_unacknowledged == 0


def test_who_acknowledges_nothing_for_too_long_is_let_go() -> None:
    rig = GatewayRig(LagLimit(events=2, seconds=1.0))
    peer, wire = rig.connect()
    rig.say(peer, "subscribe", id=1, channel="trading")
    for _ in range(4):
        rig.commit("ann")
        rig.turns.run()
    start = rig.clock.monotonic()
    for after in (0.0, 0.5):
        peer.tick(start + after)
        assert wire.closed is None
    peer.tick(start + 1.5)
    assert wire.closed == (CloseCode.SLOW, "the reader stays behind")


def test_a_heartbeat_says_how_far_the_socket_was_written_to() -> None:
    rig = GatewayRig()
    rig.commit("ann")
    peer, wire = rig.connect()
    peer.tick(rig.clock.monotonic() + 7.0)
    assert heads(wire) == [{}]
    rig.say(peer, "subscribe", id=1, channel="trading")
    rig.commit("ann")
    rig.turns.run()
    wire.said()
    peer.tick(rig.clock.monotonic() + 14.0)
    assert heads(wire) == [{"trading": 2}]
