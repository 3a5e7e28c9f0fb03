"""The order of rows: told from their times alone, and put right within a window."""

from collections.abc import Iterable, Iterator
from itertools import islice, pairwise
from random import Random

import pytest

from server.marketdata.recordings.row_order import BATCH, SURELY, WINDOW, LeftOut, RowOrder, in_order, order_of

JANUARY = 1_767_225_600.0


def ordered(rows: Iterable[tuple[float, int]]) -> tuple[list[tuple[float, int]], int]:
    """The rows that are played, and how many are not."""
    left_out = LeftOut()
    return list(in_order(iter(rows), left_out)), left_out.out_of_line


def blocks(times: list[float], size: int = 4_000) -> Iterator[list[float]]:
    return (times[begin : begin + size] for begin in range(0, len(times), size))


# ---------------------------------------------------------------- which order it is


@pytest.mark.parametrize("size", [1, 499, 4_000, 100_000])
def test_the_order_of_a_file_is_told_in_whatever_blocks_it_comes(size: int) -> None:
    """In order, all at one time, jumbled a little, backwards, joined the wrong way round, shuffled."""
    times = [JANUARY + number for number in range(12_000)]
    jumbled = sorted(times, key=lambda time: time + Random(time).uniform(0, SURELY - BATCH))
    shuffled = Random(1).sample(times, len(times))
    told = {
        "in order": (times, RowOrder.NEARLY),
        "one time": ([JANUARY] * 12_000, RowOrder.NEARLY),
        "jumbled": (jumbled, RowOrder.NEARLY),
        "backwards": (times[::-1], RowOrder.NEWEST_FIRST),
        "wrong way round": (times[6_000:] + times[:6_000], RowOrder.NONE),
        "shuffled": (shuffled, RowOrder.NONE),
    }
    assert {name: order_of(blocks(rows, size)) for name, (rows, _) in told.items()} == {
        name: order for name, (_, order) in told.items()
    }


def test_a_short_file_that_is_written_backwards_is_told_from_one_that_is_not() -> None:
    """However short; two rows of one time say nothing."""
    assert order_of([]) is order_of([[], []]) is order_of([[1.0, 1.0]]) is order_of([[1.0, 2.0]]) is RowOrder.NEARLY
    assert order_of([[2.0, 1.0]]) is RowOrder.NEWEST_FIRST


def test_what_is_told_to_be_in_order_loses_no_row_when_it_is_played() -> None:
    """Whatever rows among those that were looked at turn out to be none: batches move, and nothing is late by that."""
    for seed in range(8):
        chance = Random(seed)
        reach = chance.choice([100, SURELY, SURELY + BATCH, WINDOW, 2 * WINDOW])
        rows = [(JANUARY + number, number) for number in range(9_000)]
        rows.sort(key=lambda row: row[0] + chance.choice([0, 0, 1]) * reach)
        played = [row for row in rows if chance.random() < 0.9]
        if order_of(blocks([time for time, _ in rows])) is RowOrder.NEARLY:
            assert ordered(played) == (sorted(played), 0)


# ---------------------------------------------------------------- what is nearly in order


def test_what_is_in_order_stays_as_it_is() -> None:
    """Whatever its length, what is equal in the order of the file."""
    for count in (0, 1, 2, BATCH, BATCH + 1, WINDOW + BATCH, 3 * WINDOW + 7):
        rows = [(JANUARY + number // 3, -1, number) for number in range(count)]
        assert list(in_order(iter(rows), LeftOut())) == rows


def test_rows_of_one_time_come_by_their_numbers() -> None:
    """As the exchange counted them, not as they stand; one that comes thousands of rows later is played all the same."""
    rows = [(JANUARY, number) for number in range(500, 0, -1)]
    assert ordered(rows) == (rows[::-1], 0)
    many = [(JANUARY, number) for number in range(3 * WINDOW, 0, -1)]
    played, late = ordered(many)
    assert (sorted(played), late) == (many[::-1], 0)


@pytest.mark.parametrize("seed", range(3))
def test_rows_that_traded_places_are_sorted_in_a_file_of_any_length(seed: int) -> None:
    """None is further from its place than the window."""
    chance = Random(seed)
    rows = [(JANUARY + number * 0.01, 0) for number in range(20_000)]
    jumbled = sorted(rows, key=lambda row: row[0] + chance.uniform(0, (WINDOW - BATCH) / 100))
    assert jumbled != rows
    assert ordered(jumbled) == (rows, 0)


def test_a_row_that_comes_when_its_place_has_been_played_is_late() -> None:
    """A file that grew after it had been looked through: it is left out and counted, and nothing else is."""
    rows = [(JANUARY + number, 0) for number in range(4 * WINDOW)]
    late, next_one = (JANUARY + 10.5, 0), (rows[-1][0] + 1, 0)
    assert ordered([*rows, late, next_one]) == ([*rows, next_one], 1)


def test_it_reads_no_further_than_it_needs() -> None:
    """A file without end is played while it is read."""
    taken = 0

    def endless() -> Iterator[tuple[float, int]]:
        nonlocal taken
        while True:
            taken += 1
            yield (JANUARY + taken, 0)

    played = [time for time, _ in islice(in_order(endless(), LeftOut()), 10_000)]
    assert all(two - one == 1 for one, two in pairwise(played))
    assert taken <= 10_000 + WINDOW + 2 * BATCH
