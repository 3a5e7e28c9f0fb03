"""SAFE: nothing leaves without a review that was read and a `y`."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tradeterm.tui.orders.safe_mode import DEBOUNCE, KILL_WITHIN, REVIEW_HOLD, Gate
from tradeterm.tui.orders.sendable import Close, Kill

CLOSE = Close("BTC/USD", "0" * 32)
OTHER = Close("ETH/USD", "1" * 32)


def at(milliseconds: int) -> timedelta:
    return timedelta(milliseconds=milliseconds)


def test_y_sends_what_is_under_review_once() -> None:
    """A second `y` finds nothing."""
    gate = Gate()
    gate.review(CLOSE, at(0))
    assert gate.confirm(REVIEW_HOLD) == CLOSE
    assert gate.confirm(REVIEW_HOLD) is None


def test_a_review_is_deaf_until_it_could_be_read() -> None:
    """A key that was meant for what was there before must not answer it."""
    gate = Gate()
    gate.review(CLOSE, at(1000))
    assert gate.confirm(at(1249)) is None
    assert gate.confirm(at(1250)) == CLOSE


def test_back_forgets_what_was_under_review() -> None:
    """After going back a late `y` sends nothing."""
    gate = Gate()
    gate.review(CLOSE, at(0))
    gate.back()
    assert gate.confirm(at(5000)) is None


def test_the_newest_review_is_the_one_that_counts() -> None:
    """What was reviewed before is not sent with it."""
    gate = Gate()
    gate.review(CLOSE, at(0))
    gate.review(OTHER, at(100))
    assert gate.confirm(at(1000)) == OTHER
    assert gate.confirm(at(2000)) is None


def test_a_kill_is_meant_at_once_or_not_at_all() -> None:
    """After five seconds `y` kills nothing; any other review waits for as long as it likes."""
    for waited, sent in ((KILL_WITHIN - at(1), Kill()), (KILL_WITHIN, None)):
        gate = Gate()
        gate.review(Kill(), at(0))
        gate.shown(at(1000))
        assert gate.left(at(1000) + waited) == KILL_WITHIN - waited
        assert gate.confirm(at(1000) + waited) == sent
    gate.review(CLOSE, at(0))
    assert gate.left(at(60_000)) is None
    assert gate.confirm(at(60_000)) == CLOSE


def test_a_bouncing_key_is_pressed_once() -> None:
    """Each press restarts the wait, so that a held key never acts again."""
    gate = Gate()
    assert gate.pressed("order.cancel", at(1000))
    assert not gate.pressed("order.cancel", at(1100))
    assert not gate.pressed("order.cancel", at(1200))
    assert gate.pressed("order.cancel", at(1200) + DEBOUNCE)
    assert gate.pressed("ticket.buy", at(1201))


@given(st.lists(st.tuples(st.sampled_from(["review", "confirm", "back"]), st.integers(0, 400)), max_size=40))
def test_nothing_is_sent_without_a_review_of_its_own(steps: list[tuple[str, int]]) -> None:
    """Whatever the order of keys and pauses, sends never outnumber reviews."""
    gate, now, reviews, sent = Gate(), timedelta(), 0, 0
    for step, pause in steps:
        now += timedelta(milliseconds=pause)
        if step == "review":
            gate.review(CLOSE, now)
            reviews += 1
        elif step == "back":
            gate.back()
        elif gate.confirm(now) is not None:
            sent += 1
        assert sent <= reviews
