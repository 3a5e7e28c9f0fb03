"""How far an order is from the market: ticks while they are few, percent after that, nothing that is not known."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tradeterm.tui.desks import market, order, ticker
from tradeterm.protocol.orders import Order
from tradeterm.protocol.vocabulary import OrderType, Side
from tradeterm.tui.drawing.away import WIDTH, away_share, away_text
from tradeterm.tui.drawing.columns import columns
from tradeterm.tui.drawing.panes import Pane

D = Decimal
BTC = market("BTC", "0.5", "0.00001", 2)
NOW = ticker("BTC/USD", "45012.5", "1", "0.5")


def stop(side: Side, at: str) -> Order:
    return order(1, side, "1", at).model_copy(update={"type": OrderType.STOP, "stop_price": D(at), "price": None})


@pytest.mark.parametrize(
    ("side", "at", "said"),
    [
        (Side.BUY, "45010.5", "-4t"),
        (Side.BUY, "45012.5", "0t"),
        (Side.SELL, "45015.5", "+5t"),
        (Side.SELL, "45013", "0t"),
        (Side.BUY, "44513", "-999t"),
        (Side.BUY, "44512.5", "-1.1%"),
        (Side.SELL, "60000", "+33%"),
        (Side.SELL, "9999999", "far"),
    ],
)
def test_what_rests_is_so_far_from_the_touch_of_its_own_side(side: Side, at: str, said: str) -> None:
    """Ticks while they are few."""
    assert away_text(order(1, side, "1", at), BTC, NOW) == said


def test_what_waits_is_so_far_from_the_last_trade() -> None:
    """That is what wakes it."""
    assert away_text(stop(Side.SELL, "45000"), BTC, NOW) == "-25t"
    woken = stop(Side.SELL, "45000").model_copy(
        update={"type": OrderType.STOP_LIMIT, "triggered": True, "price": D(45_015)}
    )
    assert away_text(woken, BTC, NOW) == "+4t"


def test_what_is_not_known_is_not_said() -> None:
    """No market, one without quotes, and an order that stands nowhere."""
    rests = order(1, Side.BUY, "1", "45000")
    assert away_text(rests, BTC, None) == ""
    assert away_text(rests, BTC, NOW.model_copy(update={"bid": None})) == ""
    assert away_text(rests.model_copy(update={"type": OrderType.MARKET, "price": None}), BTC, NOW) == ""


@given(st.decimals("0.5", "99999999", places=1), st.sampled_from(Side))
def test_it_always_has_room(at: Decimal, side: Side) -> None:
    """In the column that is for it."""
    assert len(away_text(order(1, side, "1", str(at)), BTC, NOW)) <= WIDTH
    assert next(one for one in columns(Pane.ORDERS, is_wide=True) if one.title == "Away").width == WIDTH


def test_as_a_share_it_can_be_compared_between_markets() -> None:
    """Whichever way; nothing where it is not known."""
    near, far = (away_share(order(1, Side.BUY, "1", at), NOW) for at in ("45012.5", "22506.25"))
    assert (near, far) == (D(0), D("0.5"))
    assert away_share(order(1, Side.BUY, "1", "45000"), None) is None
