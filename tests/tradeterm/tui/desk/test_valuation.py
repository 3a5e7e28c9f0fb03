"""Positions and the account at a new price: the server's arithmetic, to the last digit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tradeterm.tui.desks import account, position
from tradeterm.protocol.positions import Position
from tradeterm.protocol.vocabulary import PositionSide
from tradeterm.tui.desk.valuation import marked, open_cost, valued

D = Decimal


def held(side: PositionSide = PositionSide.LONG, **more: Decimal | None) -> Position:
    """0.01 BTC bought at 45,000 for a fee of 1.17, told at 45,000."""
    told: dict[str, Decimal | None] = {
        "entry_price": D(45_000),
        "current_price": D(45_000),
        "unrealized_pnl": D(0),
        "fees_paid": D("1.17"),
        "net_realized_pnl": D("-1.17"),
        "net_total_pnl": D("-1.17"),
    }
    return position(side=side, quantity="0.01").model_copy(update={**told, **more})


def test_the_worked_case_of_a_rise() -> None:
    """0.01 @ 45,000, fee 1.17, mark 45,500: 5.00 gross, 1.11 %, 3.83 net."""
    seen = marked(held(), D(45_500))
    assert (seen.unrealized_pnl, seen.total_pnl, seen.net_total_pnl) == (D(5), D(5), D("3.83"))
    assert round(seen.unrealized_pnl_percent, 2) == D("1.11")


def test_a_short_loses_when_the_price_rises() -> None:
    """The sign of the quantity decides."""
    assert marked(held(PositionSide.SHORT), D(45_500)).unrealized_pnl == D(-5)


def test_without_a_price_the_position_is_as_it_was_told() -> None:
    """Nothing is made up."""
    assert marked(held(), None) == held()


def test_a_position_that_was_told_without_a_mark_is_valued_from_its_entry() -> None:
    """Its cost is then its average times its size."""
    seen = marked(held(current_price=None), D(45_100))
    assert seen.unrealized_pnl == D(1)


@given(st.integers(1, 10**7), st.integers(1, 10**7), st.integers(1, 10**6), st.sampled_from(PositionSide))
def test_two_marks_in_a_row_are_as_good_as_the_second_alone(
    first: int, second: int, lots: int, side: PositionSide
) -> None:
    """The cost that is behind a position does not move with its price."""
    told = held(side, quantity=D(lots) / 100_000)
    once, twice = marked(told, D(second) / 2), marked(marked(told, D(first) / 2), D(second) / 2)
    assert once.unrealized_pnl == twice.unrealized_pnl
    assert open_cost(once) == open_cost(told)


def test_the_account_moves_by_what_its_positions_moved() -> None:
    """Equity and the day follow the marks; cash, margin and what is available stay as told."""
    told = account().model_copy(update={"unrealized_pnl": D(0), "equity": D(100_000), "day_pnl": D("-1.17")})
    now = valued(told, [marked(held(), D(45_500))])
    assert (now.equity, now.unrealized_pnl, now.day_pnl) == (D(100_005), D(5), D("3.83"))
    assert (now.cash, now.available) == (told.cash, told.available)


def test_a_missing_mark_moves_nothing() -> None:
    """Half a valuation would be a wrong one."""
    assert valued(account(), [held(current_price=None)]) == account()


@pytest.mark.parametrize("side", PositionSide)
def test_a_flat_price_is_no_profit(side: PositionSide) -> None:
    """At its entry a position has made its fees' worth of loss, no more."""
    assert marked(held(side), D(45_000)).net_total_pnl == D("-1.17")
