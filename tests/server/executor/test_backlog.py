"""What is put off while the tables are too far behind: entries and their changes; whoever leaves is let out."""

from decimal import Decimal

import pytest

from server.domain.commands import (
    AmendOrder,
    CancelAll,
    CancelOrder,
    ClosePosition,
    Command,
    CreateOco,
    PreviewOrder,
    ReversePosition,
    SetProtection,
)
from server.executor.backlog import is_put_off
from tests.server.executor.rig import Rig, make


@pytest.fixture(scope="module")
def rig() -> Rig:
    """Ann is long one, with an entry and an exit at rest."""
    rig = Rig()
    rig.open("ann")
    rig.flow("sell", "1", "100.0")
    rig.order("ann", "buy", "1", "100.0")
    rig.order("ann", "buy", "1", "99.0")
    rig.order("ann", "sell", "0.5", "110.0", reduce_only=True)
    return rig


def is_off(rig: Rig, command: Command) -> bool:
    return is_put_off(rig.core.ledger, command)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (make("ann", "buy", "0.1"), True),
        (make("ann", "sell", "1"), False),
        (make("ann", "sell", "1.1"), True),
        (make("ann", "sell", "5", reduce_only=True), False),
        (make("ann", "buy", "5", reduce_only=True), False),
        (make("ann", "sell", "1", symbol="ETH/USD"), True),
        (make("bob", "sell", "1"), True),
        (ReversePosition("ann", "BTC/USD"), True),
        (PreviewOrder("ann", make("ann", "buy", "1").terms), False),
        (CancelAll("ann"), False),
        (ClosePosition("ann", "BTC/USD"), False),
        (SetProtection("ann", "BTC/USD", None, None), False),
        (CreateOco("ann", make("ann", "sell", "1").terms, make("ann", "sell", "1").terms, "f"), False),
        (CreateOco("ann", make("ann", "sell", "1").terms, make("ann", "sell", "2").terms, "f"), True),
    ],
    ids=repr,
)
def test_entries_wait_and_exits_do_not(rig: Rig, order: Command, expected: bool) -> None:
    """By what the order can do to the position, whatever it is called."""
    assert is_off(rig, order) is expected


def test_changes_of_entries_wait_and_those_of_exits_do_not(rig: Rig) -> None:
    """An order that is not open any more is the core's to answer."""
    entry, leaving = (one.id for one in rig.core.ledger.orders.values())
    assert is_off(rig, AmendOrder("ann", entry, quantity=Decimal(2)))
    assert not is_off(rig, AmendOrder("ann", leaving, quantity=Decimal(1)))
    assert not is_off(rig, AmendOrder("ann", "gone", quantity=Decimal(1)))
    assert not is_off(rig, CancelOrder("ann", entry))
