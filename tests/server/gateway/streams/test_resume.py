"""Where a reader begins: where it says it was, when that history can still give everything after it, and else from now."""

from typing import Any

import pytest

from server.gateway.native.dialect import NativeAccount, NativeMonitor
from server.gateway.streams.position import StreamPosition, cursor_text
from server.gateway.streams.resume import Start, start_of
from tests.server.gateway.rig import GatewayRig


def rig() -> GatewayRig:
    """Five events of ann's, three of bob's."""
    made = GatewayRig()
    for _ in range(5):
        made.journal.append("ann")
    for _ in range(3):
        made.journal.append("bob")
    return made


def start(on: GatewayRig, place: StreamPosition | None, *, may_renew: bool = True) -> Start:
    feed = on.hub.account_feed("ann", NativeAccount)
    return start_of(place, is_monitor=False, may_renew=may_renew, feed=feed, epoch=on.hub.epoch, account="ann")


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (None, (5, "snapshot", None)),
        (StreamPosition("k1", 5), (5, "live", None)),
        (StreamPosition("k1", 2), (2, "replay", None)),
        (StreamPosition("k1", 0), (0, "replay", None)),
        (StreamPosition("another", 2), (5, "snapshot", "EPOCH_CHANGED")),
        (StreamPosition("k1", 6), (5, "snapshot", "AHEAD_OF_SERVER")),
        (StreamPosition("k1", None), (5, "snapshot", "PLACE_UNKNOWN")),
        (StreamPosition(None, 2), (5, "snapshot", "PLACE_UNKNOWN")),
        (StreamPosition(cursor=cursor_text("k1", 2)), (5, "snapshot", "PLACE_UNKNOWN")),
    ],
)
def test_an_owner_goes_on_where_they_were_or_hears_why_not(
    place: StreamPosition | None, expected: tuple[Any, ...]
) -> None:
    found = start(rig(), place)
    assert (found.place, found.mode, found.reason) == expected
    assert found.head == 5


def test_who_has_seen_more_than_there_is_disowns_the_history_if_it_is_theirs() -> None:
    """Only who may trade on the account is believed; a reader's word changes nothing for others."""
    on = rig()
    start(on, StreamPosition("k1", 6), may_renew=False)
    assert on.hub.epoch.of("ann") == "k1"
    start(on, StreamPosition("k1", 6))
    assert on.hub.epoch.of("ann") != "k1"
    assert start(on, StreamPosition("k1", 2)).reason == "EPOCH_CHANGED"


def test_a_history_that_no_longer_reaches_back_is_a_snapshot() -> None:
    """Better everything as it is now than a hole that nobody sees."""
    on = rig()
    del on.journal.rows[:3]
    assert start(on, StreamPosition("k1", 1)).reason == "HISTORY_LOST"
    assert start(on, StreamPosition("k1", 4)).mode == "replay"


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (StreamPosition(cursor=cursor_text("k1", 8)), (8, "live")),
        (StreamPosition(cursor=cursor_text("k1", 3)), (3, "replay")),
        (StreamPosition(cursor="nonsense"), (8, "snapshot")),
        (StreamPosition("k1", 3), (8, "snapshot")),
    ],
)
def test_a_monitor_goes_on_by_cursor(place: StreamPosition, expected: tuple[int, str]) -> None:
    """A seq alone says nothing among many accounts."""
    on = rig()
    feed = on.hub.monitor_feed(NativeMonitor)
    found = start_of(place, is_monitor=True, may_renew=False, feed=feed, epoch=on.hub.epoch, account="*")
    assert (found.place, found.mode) == expected


def test_a_monitor_hears_of_a_history_that_no_longer_reaches_back() -> None:
    """The events of whoever's account: their cursors have no holes either."""
    on = rig()
    del on.journal.rows[:3]
    feed = on.hub.monitor_feed(NativeMonitor)
    for cursor, expected in ((1, ("snapshot", "HISTORY_LOST")), (3, ("replay", None))):
        place = StreamPosition(cursor=cursor_text("k1", cursor))
        found = start_of(place, is_monitor=True, may_renew=False, feed=feed, epoch=on.hub.epoch, account="*")
        assert (found.mode, found.reason) == expected


def test_a_start_says_its_epoch_and_why_it_is_not_what_was_asked_for() -> None:
    assert Start(5, 5, "live").described("k1", 5) == {"epoch": "k1", "head": 5}
    assert Start(5, 5, "snapshot", "HISTORY_LOST").described("k1", 5)["reason"] == "HISTORY_LOST"
