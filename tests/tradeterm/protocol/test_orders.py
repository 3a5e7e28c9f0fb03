"""Which keys of an order go together: the shape alone, before any market or account is asked."""

from typing import Any

import pytest
from pydantic import ValidationError

from tradeterm.protocol.orders import AmendRequest, OcoRequest, Order, OrderRequest
from tradeterm.protocol.vocabulary import OrderStatus

BASE = {"symbol": "BTC/USD", "side": "buy", "quantity": "0.01"}
ORDER = {
    **BASE,
    "id": "o-1",
    "type": "limit",
    "status": "accepted",
    "filledQuantity": "0",
    "createdAt": "2026-01-05T12:00:00.000Z",
}


def body(type: str = "limit", **more: Any) -> dict[str, Any]:
    return {**BASE, "type": type, **more}


@pytest.mark.parametrize(
    "request_body",
    [
        body("market"),
        body("market", timeInForce="ioc"),
        body("limit", price="1"),
        body("limit", price="1", postOnly=True),
        body("limit", price="1", timeInForce="gtd", expireAt="2026-01-05T12:00:00Z"),
        body("stop", stopPrice="1"),
        body("stop_limit", stopPrice="1", price="2"),
        body("take_profit", stopPrice="1"),
        body("take_profit_limit", stopPrice="1", price="2"),
        body("trailing_stop", trailAmount="1"),
        body("trailing_stop", trailPercent="2.5", reduceOnly=True),
        body("limit", price="1", takeProfit={"price": "2"}, stopLoss={"stopPrice": "0.5"}),
        body("market", clientOrderId="a" * 64),
    ],
    ids=str,
)
def test_well_formed_order_is_taken_and_written_back(request_body: dict[str, Any]) -> None:
    """Every type with the keys it needs; what is written is what was read."""
    request = OrderRequest.model_validate(request_body)
    written = request.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert OrderRequest.model_validate(written) == request


@pytest.mark.parametrize(
    ("request_body", "word"),
    [
        (body("market", price="1"), "takes no price"),
        (body("market", timeInForce="gtc"), "ioc or fok"),
        (body("limit"), "needs a price"),
        (body("stop"), "needs a stopPrice"),
        (body("stop", stopPrice="1", price="1"), "takes no price"),
        (body("limit", price="1", stopPrice="1"), "takes no stopPrice"),
        (body("trailing_stop"), "one of trailAmount and trailPercent"),
        (body("trailing_stop", trailAmount="1", trailPercent="1"), "one of"),
        (body("market", trailAmount="1"), "does not trail"),
        (body("trailing_stop", trailPercent="100"), "100"),
        (body("limit", price="1", timeInForce="gtd"), "needs expireAt"),
        (body("limit", price="1", expireAt="2026-01-05T12:00:00Z"), "goes with"),
        (body("market", postOnly=True), "postOnly"),
        (body("limit", price="1", timeInForce="ioc", postOnly=True), "postOnly"),
        (body("limit", price="1", reduceOnly=True, takeProfit={"price": "2"}), "bracket"),
        (body("market", quantity="0"), "zero"),
        (body("market", quantity=1), "JSON number"),
        (body("market", side="long"), "buy"),
        (body("market", hidden=True), "xtra"),
        (body("market", clientOrderId="a b"), "pattern"),
        (body("market", clientOrderId="a" * 65), "pattern"),
        (body("market", reduceOnly="yes"), "bool"),
        (body("iceberg"), "market"),
    ],
    ids=lambda value: str(value)[-40:],
)
def test_order_whose_keys_do_not_go_together_is_refused(request_body: dict[str, Any], word: str) -> None:
    """The refusal names what is wrong."""
    with pytest.raises(ValidationError, match=word):
        OrderRequest.model_validate(request_body)


def test_pair_is_of_one_symbol_and_one_purpose() -> None:
    """Two exits or two entries, of one market."""
    first = body("limit", price="1")
    OcoRequest.model_validate({"first": first, "second": first})
    for second in ({**first, "symbol": "ETH/USD"}, {**first, "reduceOnly": True}):
        with pytest.raises(ValidationError):
            OcoRequest.model_validate({"first": first, "second": second})


def test_amend_names_something() -> None:
    """An amend of nothing is a mistake."""
    with pytest.raises(ValidationError, match="new quantity"):
        AmendRequest.model_validate({})
    assert AmendRequest.model_validate({"stopPrice": "1"}).price is None


def test_client_lives_with_keys_that_are_newer_than_itself() -> None:
    """An order from a later server is read; what is not known is left out."""
    assert Order.model_validate({**ORDER, "moonPhase": "full"}).id == "o-1"


def test_one_spelling_of_cancelled() -> None:
    """`canceled` is taken and written `cancelled`."""
    order = Order.model_validate({**ORDER, "status": "canceled"})
    assert order.status is OrderStatus.CANCELLED
    assert '"status":"cancelled"' in order.model_dump_json()
