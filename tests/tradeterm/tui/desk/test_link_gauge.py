"""What is measured of the line."""

import contextlib
from datetime import datetime, timedelta

import pytest

from tests.tradeterm.tui.desks import NOON
from tradeterm.client import connection
from tradeterm.tui.desk.link_gauge import LineGauge
from tradeterm.tui.desk.port import DeskLink, DeskLinkState

LIVE = connection.Link(connection.LinkState.LIVE, 0.0)


class Watch:
    """Both clocks, moved by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)

    def steady(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


def shown(gauge: LineGauge, state: DeskLinkState = DeskLinkState.LIVE, line: connection.Link = LIVE) -> DeskLink:
    return gauge.link(state, line, 7, "")


def test_delay_is_the_age_of_data_when_it_came(watch: Watch) -> None:
    """And never below zero, whose clock ever is ahead."""
    gauge = LineGauge(watch.now, watch.steady)
    gauge.came(watch.now() - timedelta(milliseconds=40))
    assert shown(gauge).delay == timedelta(milliseconds=40)
    gauge.came(watch.now() + timedelta(seconds=1))
    assert shown(gauge).delay == timedelta()


def test_the_newest_data_is_the_newest_whatever_comes_after_it(watch: Watch) -> None:
    """A late value does not make the data older."""
    gauge = LineGauge(watch.now, watch.steady)
    gauge.came(watch.now())
    gauge.came(watch.now() - timedelta(seconds=9))
    assert shown(gauge).newest == watch.now()


def test_a_round_trip_is_measured_only_when_it_was_answered(watch: Watch) -> None:
    """What raises was no answer."""
    gauge = LineGauge(watch.now, watch.steady)
    with gauge.round_trip():
        watch.seconds += 0.25
    assert shown(gauge).round_trip == timedelta(milliseconds=250)
    with contextlib.suppress(OSError), gauge.round_trip():
        watch.seconds += 9
        raise OSError
    assert shown(gauge).round_trip == timedelta(milliseconds=250)


def test_a_lost_line_says_since_when_and_when_it_is_tried_again(watch: Watch) -> None:
    """The times of the loop become times of day; a live line has neither."""
    gauge = LineGauge(watch.now, watch.steady)
    lost_at = watch.now()
    gauge.lost()
    watch.seconds += 5
    line = connection.Link(connection.LinkState.DOWN, 100.0, "refused", 3, retry_at=watch.seconds + 2)
    down = shown(gauge, DeskLinkState.DOWN, line)
    assert (down.since, down.attempt, down.reason) == (lost_at, 3, "refused")
    assert down.retry_at == watch.now() + timedelta(seconds=2)
    assert shown(gauge).since is None


def test_a_round_trip_is_forgotten_after_a_minute(watch: Watch) -> None:
    """A slow answer does not stay red until the next order."""
    gauge = LineGauge(watch.now, watch.steady)
    with gauge.round_trip():
        watch.seconds += 3.1
    watch.seconds += 59
    assert shown(gauge).round_trip == timedelta(seconds=3.1)
    watch.seconds += 1
    assert shown(gauge).round_trip is None
