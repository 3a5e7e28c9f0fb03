"""One frame at a time: the next goes out when the terminal has shown the last."""

from tradeterm.tui.terminal.pace import ANSWER_WITHIN_S, LOST_AFTER_S, Pace


def test_a_frame_waits_for_the_answer_to_the_last_one() -> None:
    """Taken bytes are not shown bytes: a line in between may hold them."""
    pace = Pace()
    assert pace.may_send(0.0)
    pace.sent(0.0)
    pace.drained(0.01)
    assert not pace.may_send(0.5)
    pace.answered(0.6)
    assert pace.may_send(0.6)
    assert pace.lag(0.6) == 0.6


def test_a_terminal_that_never_answers_is_paced_by_the_bytes_it_takes() -> None:
    """It is asked once, a second is waited, and from then on nothing is expected of it."""
    pace = Pace()
    pace.sent(0.0)
    pace.drained(0.01)
    assert not pace.may_send(ANSWER_WITHIN_S)
    assert pace.may_send(0.01 + ANSWER_WITHIN_S)
    pace.sent(2.0)
    assert not pace.may_send(2.1)
    pace.drained(2.2)
    assert pace.may_send(2.2)
    assert round(pace.lag(2.2) or 0, 3) == 0.2


def test_bytes_that_are_not_taken_let_nothing_go_out() -> None:
    """However long it lasts."""
    pace = Pace()
    pace.sent(0.0)
    assert not pace.may_send(60.0)


def test_an_answer_that_was_lost_stops_the_screen_for_seconds_only() -> None:
    """A terminal that answered before is waited for longer, and not for ever."""
    pace = Pace(answers=True)
    pace.sent(0.0)
    pace.drained(0.0)
    assert not pace.may_send(LOST_AFTER_S - 0.1)
    assert pace.may_send(LOST_AFTER_S)


def test_an_answer_is_to_the_oldest_question() -> None:
    """A line that takes two seconds for the first frame is held for one that never answers, and then it does: that answer
    lets nothing out while the second frame is still on its way, or each one after would come a frame late."""
    pace = Pace()
    pace.sent(0.0)
    pace.drained(0.1)
    assert pace.may_send(1.2)
    pace.sent(1.2)
    pace.answered(2.0)
    pace.drained(2.1)
    assert not pace.may_send(2.2)
    pace.answered(3.2)
    assert pace.may_send(3.2)
    assert pace.lag(3.2) == 2.0


def test_answers_that_were_lost_are_not_waited_for_twice() -> None:
    """After them one answer is enough again."""
    pace = Pace(answers=True)
    for at in (0.0, LOST_AFTER_S):
        assert pace.may_send(at)
        pace.sent(at)
        pace.drained(at)
    pace.answered(LOST_AFTER_S + 0.1)
    assert pace.may_send(LOST_AFTER_S + 0.1)


def test_the_lag_grows_while_a_frame_is_under_way() -> None:
    """It is said before it is over."""
    pace = Pace(answers=True)
    pace.sent(0.0)
    assert pace.lag(0.3) == 0.3
    pace.answered(1.2)
    assert pace.lag(9.0) == 1.2


def test_before_the_first_frame_nothing_is_known() -> None:
    """And nothing is said."""
    assert Pace().lag(0.0) is None
