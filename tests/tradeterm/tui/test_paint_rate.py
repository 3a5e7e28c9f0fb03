"""How often the screen is painted: as wanted; less for hands, and on a machine that is late; never too seldom."""

from datetime import timedelta
from itertools import pairwise

import pytest

from tradeterm.tui.paint_rate import OLDEST, Beat

EVERY = timedelta(milliseconds=100)


def at(count: float) -> timedelta:
    return count * EVERY


def test_every_beat_paints_where_nothing_else_is_to_be_done() -> None:
    """Ten times a second."""
    beat = Beat(EVERY)
    assert all(beat.paints(at(n), has_keys=False) for n in range(20))


def test_hands_come_first_but_not_for_ever() -> None:
    """While keys wait, what one sees is at most half a second old."""
    beat = Beat(EVERY)
    painted = [n for n in range(30) if beat.paints(at(n), has_keys=True)]
    gaps = {(after - before) * EVERY for before, after in pairwise(painted)}
    assert painted[0] == 0
    assert gaps == {OLDEST}


def test_on_a_machine_that_is_late_every_other_beat_is_left_out() -> None:
    """A paint that takes three beats is followed by one without."""
    beat, now, painted = Beat(EVERY), 0.0, []
    for _ in range(10):
        painted.append(beat.paints(at(now), has_keys=False))
        now += 3 if painted[-1] else 1
    assert painted == [True, False] * 5


@pytest.mark.parametrize("seconds", [1, 1000])
def test_a_rate_that_is_slower_than_that_is_kept(seconds: int) -> None:
    """One who wants it once a second gets it then, keys or not."""
    beat = Beat(timedelta(seconds=seconds))
    assert [beat.paints(timedelta(seconds=seconds * n), has_keys=True) for n in range(3)] == [True] * 3
