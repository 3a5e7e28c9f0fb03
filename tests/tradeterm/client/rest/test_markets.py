"""What the SDK asks about markets."""

from decimal import Decimal

from tests.tradeterm.client import wires
from tests.tradeterm.client.rest.rest_wire import rest_on, saying


async def test_book_is_asked_for_by_symbol_and_depth() -> None:
    """With a dash in the path, and read with decimals."""
    wire = saying(wires.book("snapshot", 1, None, [["45000.00", "0.5"]], [["45000.50", "1"]]))
    async with rest_on(wire) as rest:
        found = await rest.book("BTC/USD", 5)
    assert wire.requests[0].url.path == "/api/v1/markets/BTC-USD/book"
    assert dict(wire.requests[0].url.params) == {"depth": "5"}
    assert found.bids[0][0] == Decimal(45_000)


async def test_candles_and_prints_say_how_many() -> None:
    """And of which interval."""
    wire = saying({"items": []})
    async with rest_on(wire) as rest:
        assert await rest.candles("BTC/USD", "5m", 10) == []
        assert await rest.prints("BTC/USD", 20) == []
        assert await rest.markets() == []
    assert [dict(one.url.params) for one in wire.requests] == [{"interval": "5m", "limit": "10"}, {"limit": "20"}, {}]


async def test_the_venue_says_whose_money_it_is() -> None:
    """On paper no more than that."""
    wire = saying({"venue": "paper", "mode": "paper"})
    async with rest_on(wire) as rest:
        found = await rest.venue()
    assert (wire.requests[0].url.path, found.mode, found.weight_left) == ("/api/v1/venue", "paper", None)
