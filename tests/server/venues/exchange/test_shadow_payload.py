"""The comparison on the wire, held to its model."""

from server.venues.exchange.shadow_payload import NOTHING, shadow_payload
from tests.server.venues.exchange.test_shadow import MARKETS, Bench, fill, order, shown
from tradeterm.protocol.shadow import Shadow
from tradeterm.protocol.vocabulary import Side


def test_orders_are_shown_newest_first_and_summed() -> None:
    """Texts, in the market's decimals; one that paper alone has traded is counted apart."""
    bench = Bench()
    bench.turn(shows=(shown(Side.SELL, "100"),))
    bench.turn(order("a", Side.BUY, "101"), order("b", Side.BUY, "101"), order("c", Side.BUY, "1"))
    bench.clock.advance(0.1)
    bench.shadow.heard(fill("a", Side.BUY, "99.5", "1", "0.1"))
    bench.shadow.heard(fill("c", Side.BUY, "1", "1", "0.1"))
    wire = shadow_payload(bench.shadow, MARKETS)
    Shadow.model_validate(wire)
    assert [one["orderId"] for one in wire["items"]] == ["c", "b", "a"]
    first = wire["items"][2]
    assert (first["priceDifference"], first["feeDifference"], first["timeDifferenceMs"]) == ("-0.50", "-0.10", 100)
    assert first["exchange"] == {"filledQuantity": "1", "averagePrice": "99.50", "fee": "0.10", "filledAfterMs": 100}
    assert wire["sum"] == {
        "orders": 3,
        "compared": 1,
        "onlyExchange": 1,
        "onlyPaper": 1,
        "valueDifference": "-0.50",
        "feeDifference": "-0.10",
        "timeDifferenceMs": 100,
    }


def test_where_it_is_not_kept_there_is_nothing() -> None:
    """The same shape."""
    assert Shadow.model_validate(NOTHING).on is False
