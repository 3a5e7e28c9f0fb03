"""A held key is one order and two taps are two, at every rate at which terminals repeat."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeterm.tui.orders.held_keys import WAIT, HeldKeys, Press


def acted(times: list[int]) -> list[int]:
    """When a key whose events come at these milliseconds acts, with its waiting presses asked again in time."""
    held, done = HeldKeys(), []
    waiting: list[timedelta] = []
    for time in times:
        at = timedelta(milliseconds=time)
        for one in [one for one in waiting if one + WAIT <= at]:
            waiting.remove(one)
            done += [one] if held.acts("B", one) else []
        match held.press("B", at):
            case Press.ACT:
                done.append(at)
            case Press.WAIT:
                waiting.append(at)
    done += [one for one in waiting if held.acts("B", one)]
    return [int(one / timedelta(milliseconds=1)) for one in done]


def stream(delay: int, rate: int, count: int = 40) -> list[int]:
    return [0, *(delay + rate * n for n in range(count))]


@pytest.mark.parametrize(("delay", "rate"), [(250, 92), (500, 33), (660, 40), (200, 100), (400, 25), (1000, 110)])
def test_a_held_key_acts_once(delay: int, rate: int) -> None:
    """However long it is held."""
    assert acted(stream(delay, rate)) == [0]


@pytest.mark.parametrize("gap", [200, 300, 700, 1000, 1500])
def test_taps_act_each(gap: int) -> None:
    """Two taps 200 ms apart are two orders; ten are ten."""
    assert acted([n * gap for n in range(10)]) == [n * gap for n in range(10)]


def test_after_a_repeat_it_takes_silence() -> None:
    """300 ms without the key, then it is heard again."""
    events = stream(250, 92, 10)
    again = events[-1] + 400
    assert acted([*events, again]) == [0, again]


@given(st.integers(180, 1000), st.integers(1, 119), st.integers(2, 200))
def test_no_repeat_rate_makes_a_second_order(delay: int, rate: int, count: int) -> None:
    """Any delay that keyboards have, any rate above eight a second."""
    assert acted(stream(delay, rate, count)) == [0]


@given(st.lists(st.integers(0, 2000), max_size=60))
def test_no_stream_acts_more_often_than_it_has_keys(gaps: list[int]) -> None:
    """Each press acts once at most, and the first always does."""
    times = [sum(gaps[: n + 1]) for n in range(len(gaps))]
    done = acted(times)
    assert len(done) == len(set(done)) or len(times) != len(set(times))
    assert done[:1] == times[:1]
    assert len(done) <= len(times)
