"""Ways out: what a position makes when it closes, both fees in it, against the sum done by hand."""

from decimal import Decimal

import pytest

from tests.tradeterm.tui.desks import FakeDesk, position
from tradeterm.protocol.vocabulary import PositionSide, Side
from tradeterm.tui.orders.way_out import net_at, way_out

D = Decimal
BTC = FakeDesk().markets()["BTC/USD"]


def test_a_close_takes_the_book_and_pays_for_it() -> None:
    """5 sold: 3.341 at 45,012.50, the rest a tick lower."""
    out = way_out(FakeDesk(), BTC, position(quantity="5"))
    value = D("3.341") * D("45012.5") + D("1.659") * D("45012.0")
    assert (out.order.side, out.order.quantity, out.at) == (Side.SELL, D(5), value / 5)
    assert out.net == D("-58.20") + value - 5 * D("44765.6") - value * BTC.taker_fee


def test_turning_round_makes_what_its_first_half_makes() -> None:
    """The order is twice as large, the outcome is that of the close."""
    desk, held = FakeDesk(), position(side=PositionSide.SHORT)
    close, turn = way_out(desk, BTC, held), way_out(desk, BTC, held, times=2)
    assert (turn.order.side, turn.order.quantity) == (Side.BUY, D(1))
    assert (turn.at, turn.net) == (close.at, close.net)


@pytest.mark.parametrize(("side", "net"), [(PositionSide.LONG, "-498.20"), (PositionSide.SHORT, "267.40")])
def test_a_level_to_come_makes_the_same_sum(side: PositionSide, net: str) -> None:
    """0.5 from 44,765.60 to 44,000, 58.20 paid so far, and 57.20 on the way out."""
    assert net_at(position(side=side), D(44000), D("0.0026")) == D(net)
