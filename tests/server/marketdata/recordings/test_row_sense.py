"""What is left out of rows in order: small pieces days from a larger one, and what overlapping files say twice."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from random import Random

import pytest

from server.marketdata.recordings.row_order import LeftOut
from server.marketdata.recordings.row_sense import APART_S, MOST_PIECES, once_each, without_strays
from server.marketdata.recordings.rows import UNNUMBERED, PlacedRow
from tradeterm.protocol.vocabulary import Side

DAY = 86_400.0
JANUARY = 1_767_225_600.0


def played(times: list[float]) -> tuple[list[float], int]:
    """The times that are played, and how many are not."""
    left_out = LeftOut()
    rows = without_strays(iter([(time,) for time in times]), left_out)
    return [time for (time,) in rows], left_out.out_of_line


def simply_played(times: list[float]) -> tuple[list[float], int]:
    """The same, as who holds everything does it: cut in pieces, drop the small ones."""
    pieces: list[list[float]] = []
    for time in times:
        if pieces and time - pieces[-1][-1] <= APART_S:
            pieces[-1].append(time)
        else:
            pieces.append([time])
    largest = max((len(piece) for piece in pieces), default=0)
    kept = [time for piece in pieces if len(piece) > 3 or len(piece) * 3 > largest for time in piece]
    return kept, len(times) - len(kept)


@pytest.mark.parametrize("seed", range(200))
def test_pieces_of_any_size_are_judged_as_by_who_holds_everything(seed: int) -> None:
    """Small ones before, between and after larger ones, however many."""
    chance = Random(seed)
    sizes = chance.choice([(1, 2, 3), (1, 2, 3, 4, 5), (1, 3, 8, 9, 10), (1, 2, 50, 300)])
    times, at = [], 0.0
    for _ in range(chance.randrange(0, 12)):
        at += DAY * chance.uniform(1.01, 400)
        times += [at := at + chance.uniform(0, 1_000) for _ in range(chance.choice(sizes))]
    assert played(times) == simply_played(times)


def test_a_market_that_trades_once_in_two_days_is_a_market() -> None:
    """What waits for a larger piece is bounded: so many small ones are no strays."""
    times = [2 * DAY * number for number in range(3 * MOST_PIECES)]
    assert played(times) == (times, 0)
    taken = 0

    def endless() -> Iterator[tuple[float]]:
        nonlocal taken
        while True:
            taken += 1
            yield (2 * DAY * taken,)

    assert len(list(islice(without_strays(endless(), LeftOut()), 5_000))) == 5_000
    assert taken < 5_000 + 2 * MOST_PIECES


def test_a_row_that_is_said_twice_is_played_once() -> None:
    """If the exchange gave it a number: of two that have none, or are not the same, nobody knows."""

    def row(number: int, price: int) -> PlacedRow:
        return JANUARY, number, (JANUARY, Side.BUY, Decimal(price), Decimal(1))

    left_out = LeftOut()
    rows = [row(UNNUMBERED, 5), row(UNNUMBERED, 5), row(7, 5), row(7, 5), row(7, 5), row(7, 6), row(8, 6)]
    assert list(once_each(iter(rows), left_out)) == [*rows[:3], *rows[5:]]
    assert left_out.repeated == 2
