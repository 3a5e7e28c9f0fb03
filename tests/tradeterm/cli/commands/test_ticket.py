"""From flags to an order's body: its kind follows from the prices, and what makes no sense is said before it is sent."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tradeterm.cli.commands.ticket import NO_EXTRAS, Extras, order_request
from tradeterm.cli.exit_codes import USAGE, Ending
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.vocabulary import OrderType, Side


def ordered(price: str | None = None, **extras: object) -> OrderRequest:
    return order_request(Side.BUY, "BTC/USD", "0.5", price, replace(NO_EXTRAS, **extras))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("price", "extras", "kind"),
    [
        (None, {}, OrderType.MARKET),
        ("45000", {}, OrderType.LIMIT),
        (None, {"stop_price": "46000"}, OrderType.STOP),
        ("46100", {"stop_price": "46000"}, OrderType.STOP_LIMIT),
        (None, {"trail_amount": "100"}, OrderType.TRAILING_STOP),
        (None, {"trail_percent": "1.5"}, OrderType.TRAILING_STOP),
        (None, {"stop_price": "44000", "type": OrderType.TAKE_PROFIT}, OrderType.TAKE_PROFIT),
    ],
)
def test_the_kind_follows_from_the_prices_unless_it_is_said(
    price: str | None, extras: dict[str, object], kind: OrderType
) -> None:
    assert ordered(price, **extras).type is kind


def test_what_belongs_to_it_is_in_the_body() -> None:
    request = ordered("45000", take_profit="47000", stop_loss="44000", post_only=True)
    assert request.take_profit is not None
    assert request.stop_loss is not None
    assert (request.take_profit.price, request.stop_loss.stop_price) == (Decimal(47_000), Decimal(44_000))
    assert (request.price, request.post_only, request.reduce_only) == (Decimal(45_000), True, False)


def test_every_order_has_an_id_of_its_own_or_the_one_that_is_said() -> None:
    """Also an empty one is said, and refused: it would be no name."""
    assert ordered().client_order_id
    assert ordered().client_order_id != ordered().client_order_id
    assert ordered(client_order_id="mine").client_order_id == "mine"
    with pytest.raises(Ending):
        ordered(client_order_id="")


@pytest.mark.parametrize(
    ("quantity", "extras", "where"),
    [("x", Extras(), "quantity"), ("-1", Extras(), "quantity"), ("1", Extras(expire_at="soon"), "expireAt")],
)
def test_what_makes_no_sense_ends_with_usage_and_names_the_field(quantity: str, extras: Extras, where: str) -> None:
    with pytest.raises(Ending) as ended:
        order_request(Side.SELL, "BTC/USD", quantity, "45000", extras)
    assert ended.value.code == USAGE
    assert str(ended.value).startswith(where)
