"""What the SDK asks to be watched."""

from decimal import Decimal

from tests.tradeterm.client.rest.rest_wire import rest_on, saying
from tradeterm.protocol.vocabulary import AlertCondition


async def test_alerts_and_the_dead_man_are_asked_for_by_name() -> None:
    """Which price, which alert, how long a silence."""
    alert = {"id": "a-1", "symbol": "BTC/USD", "condition": "above", "price": "46000.00", "status": "waiting"}
    alert |= {"createdAt": "2026-01-05T12:00:00.000Z"}
    wire = saying({**alert, "items": [alert], "seconds": 60})
    async with rest_on(wire) as rest:
        assert (await rest.set_alert("BTC/USD", AlertCondition.ABOVE, Decimal("4.6E+4"))).id == "a-1"
        assert wire.body() == {"symbol": "BTC/USD", "condition": "above", "price": "46000"}
        assert [one.price for one in await rest.alerts()] == [Decimal(46_000)]
        await rest.delete_alert("a-1")
        assert wire.requests[-1].url.path == "/api/v1/alerts/a-1"
        assert (await rest.set_dead_man(60)).seconds == 60
        assert (wire.requests[-1].method, wire.body()) == ("PUT", {"seconds": 60})
