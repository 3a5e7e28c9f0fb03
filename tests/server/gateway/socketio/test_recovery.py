"""Where a Socket.IO client goes on: from its own place where all that followed can be given, else from now."""

from typing import Any

import pytest

from server.gateway.socketio.offsets import Offset
from server.gateway.socketio.recovery import OURS, ForgedEvent, Recovery, serializer, start_of
from server.gateway.streams.epoch import EVERYBODY
from tests.server.gateway.rig import PEOPLE, GatewayRig


@pytest.fixture
def rig() -> GatewayRig:
    """Three events of ann's and one of bob's."""
    found = GatewayRig()
    found.commit("ann", "bob", "ann", "ann")
    found.turns.run()
    return found


def pid_of(rig: GatewayRig, history: str, place: int) -> str:
    return Offset(history, rig.hub.epoch.of(history), place).text()


def start(rig: GatewayRig, name: str = "ann", **auth: Any) -> Recovery:
    return start_of(rig.hub, PEOPLE[name], auth)


@pytest.mark.parametrize("place", [0, 1, 3])
def test_a_client_goes_on_from_its_own_place(rig: GatewayRig, place: int) -> None:
    """Under the `pid` that it said, so that its library knows that it was recovered; at the head there is nothing to give."""
    said = pid_of(rig, "ann", place)
    assert start(rig, pid=said) == Recovery(place, said)


def test_the_later_of_pid_and_offset_counts(rig: GatewayRig) -> None:
    """The offset is that of the last event it got since; one of another user's is none."""
    said = pid_of(rig, "ann", 1)
    assert start(rig, pid=said, offset=pid_of(rig, "ann", 2)).place == 2
    assert start(rig, pid=said, offset=pid_of(rig, "bob", 3)).place == 1


@pytest.mark.parametrize("said", [None, 7, "", "x", "bob:e:1", "ann:another:1", "ann:e:١", "ann:e:-1", ["ann"]])
def test_who_says_no_place_of_theirs_begins_now(rig: GatewayRig, said: Any) -> None:
    """With a `pid` of the newest place, in this history."""
    assert start(rig, pid=said, offset=pid_of(rig, "ann", 1)) == Recovery(3, pid_of(rig, "ann", 3))


def test_what_is_no_longer_kept_is_not_promised(rig: GatewayRig) -> None:
    """All that followed, or a new beginning."""
    del rig.journal.rows[0]  # ann's first
    assert start(rig, pid=pid_of(rig, "ann", 0)).place == 3
    assert start(rig, pid=pid_of(rig, "ann", 1)).place == 1


def test_a_place_that_was_never_made_tells_that_the_journal_is_another(rig: GatewayRig) -> None:
    """A trader's place is believed: everybody's older places are void then. A reader's or a monitor's is not."""
    before = rig.hub.epoch.of("ann")
    start(rig, "reader", pid=pid_of(rig, "ann", 99))
    assert rig.hub.epoch.of("ann") == before
    began = start(rig, pid=pid_of(rig, "ann", 99))
    assert rig.hub.epoch.of("ann") != before
    assert began == Recovery(3, pid_of(rig, "ann", 3))


def test_a_monitor_reads_one_history_of_all(rig: GatewayRig) -> None:
    said = pid_of(rig, EVERYBODY, 2)
    assert start(rig, "mona", pid=said) == Recovery(2, said)
    assert start(rig, "mona", pid=pid_of(rig, "mona", 2)).place == 4


def test_the_answer_to_a_connect_carries_the_pid() -> None:
    """And no other packet, nor that of a session that nobody answered."""
    packets = serializer({"s-1": "ann:e:3"}.get)
    assert packets(packet_type=0, data={"sid": "s-1"}).encode() == '0{"sid":"s-1","pid":"ann:e:3"}'
    assert packets(packet_type=0, data={"sid": "s-2"}).encode() == '0{"sid":"s-2"}'
    assert packets(packet_type=2, data=["told", {"sid": "s-1"}]).encode() == '2["told",{"sid":"s-1"}]'


@pytest.mark.parametrize("name", OURS)
def test_a_client_s_event_of_a_name_of_ours_is_forged(name: str) -> None:
    """python-socketio would take it for its own word."""
    packets = serializer(lambda _: None)
    with pytest.raises(ForgedEvent):
        packets(encoded_packet=f'2["{name}"]')
    assert packets(encoded_packet='2["subscribe"]').data == ["subscribe"]
