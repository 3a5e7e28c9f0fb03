"""Rows in the order of their times: sorted within a window, piece by piece, strays and latecomers left out and counted."""

from collections.abc import Iterable
from itertools import islice, pairwise
from random import Random

import pytest

from server.marketdata.row_order import APART_S, BATCH, MOST_HELD, WINDOW, InOrder

DAY = 86_400.0
JANUARY, FEBRUARY = 1_767_225_600.0, 1_769_904_000.0


def ordered(times: Iterable[float]) -> tuple[list[float], int]:
    """The times that are played, and how many are not."""
    rows = InOrder(iter([(time,) for time in times]))
    return [time for (time,) in rows], rows.left_out


def simply_ordered(times: list[float]) -> tuple[list[float], int]:
    """The same for a file that fits in the window, the long way: sort, cut in pieces, drop the small ones."""
    pieces: list[list[float]] = []
    for time in sorted(times):
        if pieces and time - pieces[-1][-1] <= APART_S:
            pieces[-1].append(time)
        else:
            pieces.append([time])
    largest = max((len(piece) for piece in pieces), default=0)
    kept = [piece for piece in pieces if len(piece) > 3 or len(piece) * 3 > largest]
    played = [time for piece in kept for time in piece]
    return played, len(times) - len(played)


def test_what_is_in_order_stays_as_it_is() -> None:
    """Whatever its length, equal times in the order of the file."""
    for count in (0, 1, 2, BATCH, BATCH + 1, WINDOW + BATCH, 3 * WINDOW + 7):
        rows = [(JANUARY + number // 3, number) for number in range(count)]
        assert list(InOrder(iter(rows))) == rows


@pytest.mark.parametrize("seed", range(40))
def test_short_files_are_as_a_simple_reader_sorts_them(seed: int) -> None:
    """Pieces of any size and order, with strays, as a reader does it that holds everything."""
    chance = Random(seed)
    times = []
    for _ in range(chance.randrange(1, 6)):
        begin = chance.choice([0.0, JANUARY, FEBRUARY, JANUARY + 3 * DAY, 4e9])
        times += [
            begin + chance.uniform(0, chance.choice([1, 1_000, DAY])) for _ in range(chance.choice([1, 2, 5, 300]))
        ]
    if chance.random() < 0.7:
        chance.shuffle(times)
    assert ordered(times) == simply_ordered(times)


@pytest.mark.parametrize("seed", range(3))
def test_rows_that_traded_places_are_sorted_in_a_file_of_any_length(seed: int) -> None:
    """None is further from its place than the window."""
    chance = Random(seed)
    times = [JANUARY + number * 0.01 for number in range(20_000)]
    jumbled = sorted(times, key=lambda time: time + chance.uniform(0, (WINDOW - BATCH) / 100))
    assert jumbled != times
    assert ordered(jumbled) == (times, 0)


def test_a_row_a_year_ahead_keeps_nobody_waiting() -> None:
    """Nor does one at time nothing: both are strays, in short files and in long ones."""
    for count in (6, 10 * WINDOW):
        times = [JANUARY + number for number in range(count)]
        wrong = [0.0, *times[: count // 2], JANUARY + 365 * DAY, *times[count // 2 :]]
        assert ordered(wrong) == (times, 2)


def test_a_row_a_little_ahead_is_played_when_its_time_comes() -> None:
    """Two hours early in the file, and thousands of rows from its place."""
    times = [JANUARY + number for number in range(4 * WINDOW)]
    assert ordered([*times[:10], times[7_210] + 0.5, *times[10:]]) == (
        sorted([*times, times[7_210] + 0.5]),
        0,
    )


def test_a_row_that_comes_when_its_place_is_played_is_late() -> None:
    """It is left out, and nothing else."""
    times = [JANUARY + number for number in range(4 * WINDOW)]
    assert ordered([*times, JANUARY + 10.5, times[-1] + 1]) == ([*times, times[-1] + 1], 1)


@pytest.mark.parametrize("count", [10, 3 * WINDOW])
def test_two_months_joined_are_both_played(count: int) -> None:
    """Also the wrong way round: short ones are sorted, of long ones each is played to its end."""
    january, february = ([begin + number for number in range(count)] for begin in (JANUARY, FEBRUARY))
    assert ordered(january + february) == (january + february, 0)
    wrong_way_round = january + february if count < WINDOW else february + january
    assert ordered(february + january) == (wrong_way_round, 0)


def test_two_months_shuffled_into_each_other_come_apart() -> None:
    """Row by row: what fits in what is held is sorted, and beyond that one of them is played to its end."""
    january, february = ([begin + number for number in range(4_000)] for begin in (JANUARY, FEBRUARY))
    mixed = [time for two in zip(january, february, strict=True) for time in two]
    assert ordered(mixed) == (january + february, 0)


def test_what_is_held_is_bounded() -> None:
    """Rows of another piece are let go when there are too many; the piece that plays loses none."""
    january, february = ([begin + number for number in range(3 * MOST_HELD)] for begin in (JANUARY, FEBRUARY))
    rows = InOrder((time,) for two in zip(january, february, strict=True) for time in two)
    played = []
    for (time,) in rows:
        played.append(time)
        assert len(rows._held) <= MOST_HELD + BATCH
    assert played[: len(january)] == january
    assert len(played) + rows.left_out == 6 * MOST_HELD
    assert rows.left_out > MOST_HELD


def test_it_reads_no_further_than_it_needs() -> None:
    """A file without end is played while it is read."""
    taken = 0

    def endless() -> Iterable[tuple[float]]:
        nonlocal taken
        while True:
            taken += 1
            yield (JANUARY + taken,)

    played = [time for (time,) in islice(InOrder(iter(endless())), 10_000)]
    assert all(two - one == 1 for one, two in pairwise(played))
    assert taken <= 10_000 + WINDOW + 2 * BATCH
