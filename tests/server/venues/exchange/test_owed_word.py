"""What a stream owes a word about, and when it is silent for too long."""

from server.venues.exchange.owed_word import OWED_S, OwedWord
from tests.fakes import ManualClock


def up() -> tuple[ManualClock, OwedWord]:
    """A stream that is up, and its time."""
    clock = ManualClock()
    owed = OwedWord(clock)
    owed.turn(is_up=True)
    return clock, owed


def test_a_stream_that_says_nothing_of_what_was_done_is_overdue() -> None:
    """After its time, and not before; any word pays."""
    clock, owed = up()
    owed.owe("a")
    clock.advance(OWED_S)
    assert not owed.is_overdue
    clock.advance(0.1)
    assert owed.is_overdue
    owed.tell("another")
    assert not owed.is_overdue


def test_the_first_debt_counts() -> None:
    """Others that come later put nothing off."""
    clock, owed = up()
    owed.owe("a")
    clock.advance(OWED_S - 1)
    owed.owe("b")
    clock.advance(1.1)
    assert owed.is_overdue


def test_what_was_told_a_moment_ago_is_not_owed() -> None:
    """The stream was quicker than the answer; later the same order is owed a word again."""
    clock, owed = up()
    owed.tell("a")
    clock.advance(OWED_S - 0.1)
    owed.owe("a")
    clock.advance(OWED_S + 1)
    assert not owed.is_overdue
    owed.tell("b")
    owed.owe("a")
    clock.advance(OWED_S + 1)
    assert owed.is_overdue


def test_a_stream_that_is_down_owes_nothing() -> None:
    """Nor does the one that comes after it owe what that did: everything is asked for then."""
    clock = ManualClock()
    owed = OwedWord(clock)
    owed.owe("a")
    owed.turn(is_up=True)
    owed.owe("b")
    owed.turn(is_up=False)
    owed.turn(is_up=True)
    clock.advance(OWED_S + 1)
    assert not owed.is_overdue
