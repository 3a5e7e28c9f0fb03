"""What the SDK asks about positions."""

from decimal import Decimal

from tests.tradeterm.client import wires
from tests.tradeterm.client.rest.rest_wire import rest_on, saying


async def test_symbol_in_a_path_has_a_dash() -> None:
    """A slash would be another path."""
    wire = saying(wires.order(1))
    async with rest_on(wire) as rest:
        await rest.close_position("BTC/USD")
    assert wire.requests[0].url.path == "/api/v1/positions/BTC-USD/close"
    assert len(wire.body()["clientOrderId"]) == 32


async def test_closing_and_turning_round_are_safe_to_repeat() -> None:
    """Each has an id, the caller's where there is one; closing everything answers the orders that do it."""
    wire = saying({**wires.order(1), "orders": [wires.order(2)]})
    async with rest_on(wire) as rest:
        assert (await rest.reverse_position("BTC/USD", "mine")).id == "o-1"
        assert [one.id for one in await rest.close_all()] == ["o-2"]
    assert wire.requests[0].url.path == "/api/v1/positions/BTC-USD/reverse"
    assert wire.body(0) == {"clientOrderId": "mine"}
    assert wire.requests[1].url.path == "/api/v1/positions/close"


async def test_protection_names_what_is_given_and_nothing_else() -> None:
    """Without both there is no protection any more."""
    wire = saying({})
    async with rest_on(wire) as rest:
        await rest.protect("BTC/USD", Decimal("4.4E+4"), "46000")
        await rest.protect("BTC/USD")
    assert wire.body(0) == {"stopLoss": {"stopPrice": "44000"}, "takeProfit": {"price": "46000"}}
    assert wire.body(1) == {}
    assert {one.url.path for one in wire.requests} == {"/api/v1/positions/BTC-USD/protection"}


async def test_positions_are_the_contract_s() -> None:
    """Typed, with decimals."""
    async with rest_on(saying({"items": [wires.position()]})) as rest:
        (found,) = await rest.positions()
    assert (found.symbol, found.quantity) == ("BTC/USD", Decimal(1))
