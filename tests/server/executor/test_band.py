"""The band against stops: what may go no further rests at its edge, and goes on when the band moves."""

from decimal import Decimal

import pytest

from server.domain.commands import AmendOrder, BracketLeg, CancelOrder
from tests.builders import Desk
from tests.server.executor.desks import FREE, body, go_long, opened

LOW, HIGH = Decimal(90), Decimal(110)


def stopped(**more: object) -> Desk:
    """ann is long 1 with a stop at 95; bids stand at 92 (0.4) and beyond the band; a print fires the stop."""
    desk = opened(FREE)
    desk.venue.set_band("BTC/USD", LOW, HIGH)
    go_long(desk)
    kind = "stop_limit" if "price" in more else "stop"
    desk.order("ann", "sell", "1", type=kind, stop_price=Decimal(95), reduce_only=True, **more)  # type: ignore[arg-type]
    desk.flow("buy", "0.00001", "94.0")
    desk.flow("buy", "0.4", "92.0")
    desk.flow("buy", "5", "85.0")
    desk.flow("sell", "0.00001", "94.0")
    return desk


@pytest.mark.parametrize("more", [{}, {"price": "80.0"}], ids=["stop", "stop_limit"])
def test_rest_of_a_triggered_exit_rests_at_the_edge(more: dict[str, object]) -> None:
    """0.4 is taken within the band, 0.6 stays at 90: the position keeps its stop."""
    desk = stopped(**more)
    (order,) = desk.open_orders("ann")
    assert (order["status"], order["filledQuantity"]) == ("partially_filled", "0.4")
    assert desk.venue.best_ask("BTC/USD") == LOW
    assert "position:unprotected" not in desk.names("ann")


def test_it_goes_on_when_the_band_moves() -> None:
    """The band comes to reach the bid at 85: the rest is sold there."""
    desk = stopped()
    desk.venue.set_band("BTC/USD", Decimal(80), Decimal(105))
    desk.beat()
    assert desk.last("ann", "order:filled")["order"]["filledQuantity"] == "1"
    assert desk.account("ann").positions == {}


def test_it_follows_the_edge_meanwhile() -> None:
    """Nobody is within reach yet: it stands at the new edge, lower or higher, off no band."""
    desk = stopped()
    for low in (Decimal(88), Decimal(91)):
        desk.venue.set_band("BTC/USD", low, HIGH)
        desk.beat()
        assert desk.venue.best_ask("BTC/USD") == low
        assert [one["leavesQuantity"] for one in desk.open_orders("ann")] == ["0.6"]


def test_buyer_within_the_band_is_served_at_the_edge() -> None:
    """What rests there trades like any other order."""
    desk = stopped()
    assert body(desk.order("bob", "buy", "0.6", "90.0"))["averagePrice"] == "90.00"
    assert desk.account("ann").positions == {}


def test_it_is_there_after_a_restart() -> None:
    """At the edge, not where it was to go; and it still goes on from there."""
    desk = stopped()
    desk.restart()
    assert desk.venue.best_ask("BTC/USD") == LOW
    desk.flow("buy", "5", "85.0")
    desk.venue.set_band("BTC/USD", Decimal(80), Decimal(105))
    desk.beat()
    assert desk.account("ann").positions == {}


def test_one_that_came_to_its_limit_stands_there_after_a_restart() -> None:
    """The band goes on beyond its limit: it rests at that, which is told, behind whoever stood there before."""
    desk = stopped(price="88.0")
    desk.venue.set_band("BTC/USD", Decimal(80), HIGH)
    desk.order("bob", "sell", "1", "88.0")
    desk.beat()
    assert desk.last("ann", "order:amended")["order"]["price"] == "88.00"
    desk.restart()
    assert desk.venue.best_ask("BTC/USD") == Decimal(88)
    desk.flow("buy", "1", "88.0")
    assert (desk.account("bob").held("BTC/USD"), desk.account("ann").held("BTC/USD")) == (Decimal(-1), Decimal("0.6"))


def test_one_that_is_sent_back_keeps_its_place_over_a_restart() -> None:
    """The band rises past its price: met by a buyer, it goes to the edge, behind whoever stood there before."""
    desk = opened(FREE)
    go_long(desk)
    desk.order("ann", "sell", "1", "91.0", reduce_only=True)
    desk.order("bob", "sell", "1", "95.0")
    desk.venue.set_band("BTC/USD", Decimal(95), HIGH)
    desk.order("bob", "buy", "0.00001", "94.0")
    desk.flow("buy", "0.4", "95.0")
    desk.restart()
    desk.flow("buy", "0.6", "95.0")
    assert (desk.account("bob").held("BTC/USD"), desk.account("ann").held("BTC/USD")) == (Decimal(-1), Decimal(1))


def test_it_can_be_cancelled_and_cut() -> None:
    """A smaller position makes it smaller where it stands; a cancel takes it away, and that is told."""
    desk = stopped()
    (order,) = desk.open_orders("ann")
    desk.flow("buy", "0.2", "90.0")
    desk.do(CancelOrder("ann", order["id"]))
    assert desk.venue.best_ask("BTC/USD") is None
    assert desk.last("ann", "position:unprotected")["position"]["quantity"] == "0.4"
    desk.venue.set_band("BTC/USD", Decimal(80), Decimal(105))
    desk.beat()
    assert desk.account("ann").held("BTC/USD") == Decimal("0.4")


def test_bracket_keeps_its_stop_through_a_gap() -> None:
    """Stop and target of a bracket: the market falls past the band's edge, and what is left of the stop rests."""
    desk = opened(FREE)
    desk.flow("sell", "1000", "100.0")
    desk.order("ann", "buy", "1000", "100.0", take_profit=BracketLeg(Decimal(120)), stop_loss=BracketLeg(Decimal(95)))
    desk.venue.set_band("BTC/USD", LOW, HIGH)
    desk.order("bob", "buy", "1000", "90.5")
    desk.flow("buy", "5", "89.0")
    desk.flow("sell", "1000", "90.5")
    assert [one["status"] for one in desk.open_orders("ann")] == ["accepted"]
    assert desk.venue.best_ask("BTC/USD") == LOW


def test_amend_that_would_trade_off_the_band_is_refused() -> None:
    """An entry keeps its price: sent anew it would have expired."""
    desk = opened(FREE)
    desk.venue.set_band("BTC/USD", LOW, HIGH)
    desk.flow("sell", "1", "111.0")
    order = body(desk.order("ann", "buy", "1", "100.0"))
    answer = desk.do(AmendOrder("ann", order["id"], price=Decimal(112)))
    assert (answer.status, answer.code) == (409, "PRICE_OUTSIDE_BAND")
    assert desk.open_orders("ann") == [order]
