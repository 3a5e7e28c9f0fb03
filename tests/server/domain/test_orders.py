"""The life of an order: every cell of the table, written down once more by hand."""

from datetime import timedelta
from decimal import Decimal

import pytest

from server.domain.commands import OrderTerms
from server.domain.orders import LIFECYCLE, ImpossibleStep, Order, Step, order_from
from tests.builders import START
from tradeterm.protocol.vocabulary import FINAL_STATUSES, OrderStatus, OrderType, Side, TimeInForce

# Rows: statuses. Columns: what each step makes of it; a dash is impossible.
TABLE = """
                  SUBMIT     ACCEPT            REJECT    PARTIAL_FILL      FILL    CANCEL     EXPIRE   AMEND             TRIGGER
pending           submitted  accepted          rejected  -                 -       cancelled  expired  -                 -
submitted         -          accepted          rejected  partially_filled  filled  cancelled  expired  -                 -
accepted          submitted  -                 rejected  partially_filled  filled  cancelled  expired  accepted          accepted
partially_filled  -          partially_filled  -         partially_filled  filled  cancelled  expired  partially_filled  -
cancelled         -          -                 -         cancelled         filled  -          -        -                 -
expired           -          -                 -         expired           filled  -          -        -                 -
rejected          -          -                 -         cancelled         filled  -          -        -                 -
filled            -          -                 -         -                 -       -          -        -                 -
"""


def cells() -> list[tuple[str, str, str]]:
    head, *rows = TABLE.strip().splitlines()
    return [
        (status, step, after)
        for status, *following in map(str.split, rows)
        for step, after in zip(head.split(), following, strict=True)
    ]


def an_order(status: str = "pending") -> Order:
    terms = OrderTerms("BTC/USD", Side.BUY, OrderType.LIMIT, Decimal(1), Decimal(100))
    order = order_from(terms, "id", "ann", "", START)
    order.status = OrderStatus(status)
    return order


@pytest.mark.parametrize(("status", "step", "after"), cells())
def test_every_cell_of_the_life_of_an_order(status: str, step: str, after: str) -> None:
    """A step leads where the table says, or cannot happen and changes nothing."""
    order = an_order(status)
    if after == "-":
        with pytest.raises(ImpossibleStep):
            order.take(Step[step], START)
        assert order.status == status
    else:
        order.take(Step[step], START)
        assert order.status == after


def test_the_table_is_whole() -> None:
    """Every status and every step is in it."""
    assert {status for status, _, _ in cells()} == set(OrderStatus) == set(LIFECYCLE)
    assert {step for _, step, _ in cells()} == {step.name for step in Step}


def test_fill_of_more_than_was_asked_for_is_impossible() -> None:
    """An overfill is a fault, and books nothing."""
    order = an_order("accepted")
    order.fill(Decimal("0.6"), Decimal(60), START)
    with pytest.raises(ImpossibleStep):
        order.fill(Decimal("0.5"), Decimal(50), START)
    assert (order.filled, order.leaves) == (Decimal("0.6"), Decimal("0.4"))


def test_full_order_knows_its_average_and_when_it_filled() -> None:
    """Two fills at different prices."""
    order = an_order("accepted")
    order.fill(Decimal("0.5"), Decimal(50), START)
    later = START + timedelta(seconds=1)
    order.fill(Decimal("0.5"), Decimal("50.5"), later)
    assert order.average == Decimal("100.5")
    assert order.filled_at == later
    assert order.status is OrderStatus.FILLED


@pytest.mark.parametrize("status", sorted(FINAL_STATUSES))
def test_ended_order_leaves_nothing(status: str) -> None:
    """Whatever it was for."""
    assert an_order(status).leaves == 0


def test_time_in_force_is_always_explicit() -> None:
    """gtc when nothing is said, ioc for a market order."""
    terms = OrderTerms("BTC/USD", Side.BUY, OrderType.MARKET, Decimal(1))
    assert order_from(terms, "id", "ann", "", START).time_in_force is TimeInForce.IOC
    assert an_order().time_in_force is TimeInForce.GTC
