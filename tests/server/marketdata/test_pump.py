"""A feed played in real time: what is due together goes together, and nothing is pulled forward or far back."""

from collections.abc import Iterator
from decimal import Decimal

from server.marketdata.pump import GRAIN_S, merged
from server.ports import FlowStep, Place
from tradeterm.protocol.vocabulary import Side, TimeInForce


def steps(*waits: float) -> Iterator[tuple[float, FlowStep]]:
    for number, wait in enumerate(waits):
        place = Place(str(number), "", "BTC/USD", Side.BUY, Decimal(1), Decimal(1), TimeInForce.GTC)
        yield wait, FlowStep([place])


def seen(*waits: float) -> list[tuple[float, int]]:
    """(when, how many requests) as they would be handed over."""
    at, found = 0.0, []
    for wait, step in merged(steps(*waits)):
        at += wait
        found.append((round(at, 4), len(step.requests)))
    return found


def test_the_ladders_stay_by_themselves() -> None:
    """However close what follows is."""
    assert seen(0.0, 0.001, 0.001) == [(0.0, 1), (0.002, 2)]


def test_what_is_close_goes_together_at_the_time_of_the_last() -> None:
    """Within a grain of the first of them; the next is not pulled forward."""
    assert seen(0.0, 1.0, 0.004, 0.004, 0.004, 5.0) == [(0.0, 1), (1.008, 3), (1.012, 1), (6.012, 1)]


def test_a_step_that_is_due_now_does_not_wait_for_a_far_one() -> None:
    """Zero seconds, then ten: the first is handed over at once."""
    assert seen(0.0, 0.0, 10.0) == [(0.0, 1), (0.0, 1), (10.0, 1)]


def test_nothing_is_lost() -> None:
    """As many requests come out as went in."""
    waits = [0.0] + [GRAIN_S / 3] * 1_000
    assert sum(count for _, count in seen(*waits)) == len(waits)
