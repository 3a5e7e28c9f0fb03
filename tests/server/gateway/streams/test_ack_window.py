"""Who stays behind: only who has had too much in front of them, unacknowledged, for too long."""

import pytest

from server.gateway.streams.ack_window import AckWindow, LagLimit

LIMIT = LagLimit(events=100, bytes=10_000, seconds=10.0)


def sent(window: AckWindow, events: int, size: int = 10) -> None:
    """Write so many events to the reader."""
    window.place += events
    window.events += events
    window.bytes += events * size


def test_a_reader_that_keeps_up_is_never_behind() -> None:
    """However much is sent, for as long as it likes."""
    window = AckWindow(7)
    for second in range(100):
        sent(window, 10_000)
        assert not window.is_behind(float(second), LIMIT)
        window.ack(window.place)
        assert window.unacknowledged == 0


@pytest.mark.parametrize(
    ("events", "size", "behind"), [(99, 10, False), (100, 10, True), (50, 199, False), (50, 200, True)]
)
def test_too_many_events_or_bytes_for_too_long_are_behind(events: int, size: int, behind: bool) -> None:
    """Ten seconds, and not before; a few events may stay unacknowledged for ever."""
    window = AckWindow(0)
    sent(window, events, size)
    assert [window.is_behind(at, LIMIT) for at in (0.0, 5.0, 9.9)] == [False] * 3
    assert window.is_behind(10.0, LIMIT) is behind
    assert window.is_behind(1_000.0, LIMIT) is behind


def test_a_burst_alone_is_not_behind() -> None:
    """What was sent a moment ago has had no time to be read, even where older events wait too."""
    window = AckWindow(0)
    sent(window, 50)
    window.is_behind(0.0, LIMIT)
    sent(window, 100_000)
    assert not window.is_behind(10.0, LIMIT)
    assert window.is_behind(20.0, LIMIT)


def test_an_acknowledgement_that_comes_late_is_enough() -> None:
    """Of what is old by then; the rest has its own ten seconds."""
    window = AckWindow(0)
    sent(window, 200)
    window.is_behind(0.0, LIMIT)
    sent(window, 200)
    window.is_behind(8.0, LIMIT)
    window.ack(200)
    assert not window.is_behind(10.0, LIMIT)
    assert window.is_behind(18.0, LIMIT)


def test_acknowledgements_are_cut_to_what_was_sent() -> None:
    """One from the past changes nothing, one from the future is of everything there was."""
    window = AckWindow(5)
    sent(window, 10)
    window.ack(10**9)
    assert window.acked == 15
    window.ack(3)
    assert (window.acked, window.unacknowledged) == (15, 0)


def test_between_two_marks_events_are_taken_as_even() -> None:
    """The figure for people: about how many are under way."""
    window = AckWindow(0)
    sent(window, 100)
    window.is_behind(0.0, LIMIT)
    assert window.unacknowledged == 100
    window.ack(25)
    assert window.unacknowledged == 75
    sent(window, 10)
    assert window.unacknowledged == 85
    window.ack(110)
    assert window.unacknowledged == 0
