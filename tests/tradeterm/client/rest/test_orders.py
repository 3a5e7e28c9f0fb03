"""What the SDK asks of `/orders`: exact texts, an id made before the send, and lists to their end."""

from decimal import Decimal

import httpx
import pytest
from pydantic import ValidationError

from tests.tradeterm.client import wires
from tests.tradeterm.client.rest.rest_wire import Wire, rest_on, saying
from tradeterm.client.rest import new_client_order_id


async def test_order_is_sent_as_exact_text_with_an_id_of_its_own() -> None:
    """Decimals without exponents, and a client order id made before the send."""
    wire = saying(wires.order(1), 201)
    async with rest_on(wire) as rest:
        order = await rest.buy("BTC/USD", Decimal("1E-7"), Decimal("4.5E+4"), post_only=True)
    body = wire.body()
    assert order.id == "o-1"
    assert (body["quantity"], body["price"], body["postOnly"]) == ("0.0000001", "45000", True)
    assert len(body["clientOrderId"]) == 32
    assert wire.requests[0].headers["authorization"] == "Bearer token"
    assert wire.requests[0].url.path == "/api/v1/orders"


async def test_no_price_is_a_market_order() -> None:
    """And a price makes a limit order."""
    wire = saying(wires.order(1), 201)
    async with rest_on(wire) as rest:
        await rest.sell("BTC/USD", "1")
        await rest.sell("BTC/USD", "1", "2")
    assert [wire.body(number)["type"] for number in (0, 1)] == ["market", "limit"]


@pytest.mark.parametrize("quantity", ["1e5", "", "0", "-1", "NaN", "1_0"])
async def test_malformed_number_is_refused_before_anything_is_sent(quantity: str) -> None:
    """The mistake is found here, not at the exchange."""
    wire = saying({})
    async with rest_on(wire) as rest:
        with pytest.raises(ValidationError):
            await rest.buy("BTC/USD", quantity)
    assert wire.requests == []


async def test_list_is_walked_to_its_end() -> None:
    """Page after page, by the cursor that each one gives."""
    pages = {
        None: {"items": [wires.order(3), wires.order(2)], "nextCursor": "k"},
        "k": {"items": [wires.order(1)], "nextCursor": None},
    }
    wire = Wire(lambda request: httpx.Response(200, json=pages[request.url.params.get("cursor")]))
    async with rest_on(wire) as rest:
        found = [order.id async for order in rest.orders(status="open")]
    assert found == ["o-3", "o-2", "o-1"]
    assert wire.requests[1].url.params["status"] == "open"


async def test_amend_and_cancel_all_say_what_they_mean() -> None:
    """New totals as text; exits are kept unless it is said otherwise."""
    wire = saying(wires.order(1))
    async with rest_on(wire) as rest:
        await rest.amend("o-1", quantity=Decimal("1E-5"), stopPrice="2")
        await rest.cancel_all("BTC/USD")
        await rest.cancel_all(include_exits=True)
    assert wire.body(0) == {"quantity": "0.00001", "stopPrice": "2"}
    assert dict(wire.requests[1].url.params) == {"include": "entries", "symbol": "BTC/USD"}
    assert dict(wire.requests[2].url.params) == {"include": "all"}


def test_client_order_ids_are_hex_and_never_twice() -> None:
    """32 hex digits: the one form that every exchange takes."""
    ids = {new_client_order_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(len(one) == 32 and int(one, 16) >= 0 for one in ids)


async def test_queue_is_asked_for_by_its_own_name() -> None:
    """What stands before each resting order, typed."""
    wire = saying({"items": [{"orderId": "o-1", "ahead": "1.5"}]})
    async with rest_on(wire) as rest:
        (found,) = await rest.queue()
    assert (found.order_id, found.ahead) == ("o-1", Decimal("1.5"))
    assert wire.requests[0].url.path == "/api/v1/orders/queue"


async def test_a_market_without_a_name_is_not_all_of_them() -> None:
    """A variable of a script that is empty: the server refuses it."""
    wire = saying({"cancelled": []})
    async with rest_on(wire) as rest:
        await rest.cancel_all("")
        await rest.cancel_all()
    assert [request.url.params.get("symbol") for request in wire.requests] == ["", None]


@pytest.mark.parametrize("order_id", [".", "..", "../orders?include=all", "?include=all", "#", "x/../../orders"])
async def test_cancelling_one_order_is_never_cancelling_all(order_id: str) -> None:
    """`/orders/.` is `/orders` to whoever sends it, and to delete that takes every order away, stops too."""
    wire = saying(wires.order(1))
    async with rest_on(wire) as rest:
        await rest.cancel(order_id)
    assert wire.requests[0].url.path == f"/api/v1/orders/{order_id}"
    assert wire.requests[0].url.query == b""
