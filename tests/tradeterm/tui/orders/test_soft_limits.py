"""The console's own limits: what an order that is beyond one says, and that zero is no limit."""

from decimal import Decimal

import pytest

from tests.tradeterm.tui.desks import FakeDesk, position
from tradeterm.protocol.orders import OrderRequest, StopLoss
from tradeterm.protocol.vocabulary import OrderType, PositionSide, Side
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.mode import Modes
from tradeterm.tui.orders.soft_limits import SoftLimits

D = Decimal


def buy(quantity: str, price: str | None = None, stop: str | None = None, side: Side = Side.BUY) -> OrderRequest:
    return OrderRequest(
        symbol="BTC/USD",
        side=side,
        type=OrderType.LIMIT if price else OrderType.MARKET,
        quantity=D(quantity),
        price=D(price) if price else None,
        stop_loss=StopLoss(stop_price=D(stop)) if stop else None,
    )


def why(request: OrderRequest, limits: SoftLimits | None = None, desk: FakeDesk | None = None) -> str | None:
    desk = desk or FakeDesk()
    return Trading(desk, desk.clock.clocks(), Modes(), limits).asks_size(request)


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (buy("7"), "leverage 3.15x is above 3x"),
        (buy("0.1", "40000"), "the limit is 11.14% off the market, more than 10%"),
        (buy("1", stop="38000"), "the stop risks 7.22% of equity, more than 5%"),
    ],
)
def test_beyond_a_usual_limit_it_says_which(order: OrderRequest, words: str) -> None:
    """On 100,065.25 of equity, BTC at 45,012.50."""
    assert why(order) == words


def test_within_all_of_them_nothing_is_asked() -> None:
    assert why(buy("1", "44000", "43000")) is None


def test_a_value_and_a_slippage_are_limits_where_they_are_set() -> None:
    """Neither is by the usual ones: no value, and the book takes 8 BTC a tick further."""
    assert why(buy("0.1"), SoftLimits(value=D(4000))) == "value 4,501.30 is above 4,000.00"
    tight = SoftLimits(leverage=D(0), slippage_pct=D("0.00001"))
    assert str(why(buy("8"), tight)).startswith("slippage of 0.00% is above 0.00001%")


def test_zero_is_no_limit() -> None:
    off = SoftLimits(*([D(0)] * 5))
    assert why(buy("50", "30000", "20000"), off) is None


@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
def test_what_only_reduces_is_never_asked_about(side: Side) -> None:
    """Seven of seven closed; an eighth would turn it round, and so would as many on the other side add."""
    held = PositionSide.SHORT if side is Side.BUY else PositionSide.LONG
    desk = FakeDesk(held=[position(side=held, quantity="7")])
    assert why(buy("7", side=side), desk=desk) is None
    assert why(buy("16", side=side), desk=desk) is not None
    assert why(buy("7", side=side.opposite), desk=desk) is not None
