"""A preview says what the order then does: whoever would refuse it, what it would take, and what of it would rest."""

from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

import orjson
import pytest

from server.domain.commands import OrderTerms, PreviewOrder
from tests.builders import Desk
from tests.server.executor.desks import FREE, body, go_long, opened
from tradeterm.protocol.vocabulary import MarketState, OrderType, SelfTrade, Side, TimeInForce

FOK, IOC = TimeInForce.FOK, TimeInForce.IOC
TAKING, BOTH = SelfTrade.CANCEL_TAKING, SelfTrade.CANCEL_BOTH


def foretold(desk: Desk, side: str, quantity: str, price: str | None, **more: Any) -> dict[str, Any]:
    """What a preview for bob says."""
    kind = OrderType.LIMIT if price else OrderType.MARKET
    limit = None if price is None else Decimal(price)
    terms = OrderTerms("BTC/USD", Side(side), kind, Decimal(quantity), limit, **more)
    return body(desk.do(PreviewOrder("bob", terms)))


def both(desk: Desk, side: str, quantity: str, price: str | None, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was said, and what came of it, in the same words."""
    said = foretold(desk, side, quantity, price, **more)
    order = body(desk.order("bob", side, quantity, price, **more))
    is_rejected = order["status"] == "rejected"
    done = {
        "accepted": not is_rejected,
        "rejectReason": order.get("rejectReason") if is_rejected else None,
        "filledQuantity": order["filledQuantity"],
        "averagePrice": order.get("averagePrice"),
        "restingQuantity": order["leavesQuantity"],
    }
    return {key: said[key] for key in done}, done


def offered() -> Desk:
    """1 at 100 and 2 at 102 from ann, 3 at 101 from bob, who asks; somebody bids 99."""
    desk = opened()
    desk.flow("buy", "9", "99.0")
    for name, quantity, price in (("ann", "1", "100.0"), ("bob", "3", "101.0"), ("ann", "2", "102.0")):
        desk.order(name, "sell", quantity, price)
    return desk


@pytest.mark.parametrize(
    ("quantity", "price", "more"),
    [
        ("2", "101.0", {}),  # its own 3 at 101 are nobody's to take
        ("2", None, {}),
        ("9", "102.0", {}),
        ("2", "102.0", {"self_trade": TAKING}),
        ("1", "102.0", {"self_trade": BOTH}),
        ("4", "102.0", {"time_in_force": FOK}),
        ("3", "102.0", {"time_in_force": FOK}),
        ("4", "102.0", {"time_in_force": IOC}),
        ("1", "100.0", {"post_only": True}),
        ("1", "99.5", {"post_only": True}),
        ("1", "100.0", {"reduce_only": True}),
    ],
)
def test_it_says_what_the_order_does(quantity: str, price: str | None, more: dict[str, Any]) -> None:
    """Own orders, all or nothing, and what may not trade at once."""
    said, done = both(offered(), "buy", quantity, price, **more)
    assert said == done


@pytest.mark.parametrize("more", [{}, {"time_in_force": IOC}, {"time_in_force": FOK}])
def test_nothing_is_foretold_off_the_band(more: dict[str, Any]) -> None:
    """What is offered beyond it trades with nobody."""
    desk = opened()
    for quantity, price in (("1", "100.0"), ("2", "120.0")):
        desk.flow("sell", quantity, price)
    desk.venue.set_band("BTC/USD", Decimal(90), Decimal(110))
    said, done = both(desk, "buy", "2", "120.0", **more)
    assert said == done


def test_an_exit_rests_at_the_edge_of_the_band() -> None:
    """And what is left of it is said to rest."""
    desk = opened()
    go_long(desk, "3", "100.0", "bob")
    for quantity, price in (("1", "99.0"), ("2", "80.0")):
        desk.flow("buy", quantity, price)
    desk.venue.set_band("BTC/USD", Decimal(90), Decimal(110))
    said, done = both(desk, "sell", "3", "80.0", reduce_only=True)
    assert said == done
    assert said["restingQuantity"] == "2"


@pytest.mark.parametrize("price", [None, "101.0"])
def test_a_paused_market_is_foretold(price: str | None) -> None:
    """It takes cancels only, and says so before."""
    desk = offered()
    desk.core.ledger.markets["BTC/USD"].state = MarketState.PAUSED
    said, done = both(desk, "buy", "1", price)
    assert said == done
    assert said["rejectReason"] == "MARKET_PAUSED"


@pytest.mark.parametrize("base_fees", [False, True])
@pytest.mark.parametrize(("first", "side", "quantity"), [(None, "buy", "1"), ("sell", "buy", "3"), ("buy", "buy", "2")])
def test_the_position_is_the_one_that_comes(base_fees: bool, first: str | None, side: str, quantity: str) -> None:
    """Opened, turned round and added to; a fee in base currency is kept back of it."""
    desk = opened(replace(FREE, base_fees=base_fees))
    for way, price in (("buy", "99.0"), ("sell", "100.0"), ("sell", "101.0")):
        desk.flow(way, "2", price)
    if first is not None:
        desk.order("bob", first, "1")
    said = foretold(desk, side, quantity, None)["position"]
    desk.order("bob", side, quantity)
    position = desk.account("bob").positions["BTC/USD"]
    shown = orjson.loads(desk.core.ledger.position_bytes(desk.account("bob"), position))
    names = ("side", "quantity", "entryPrice", "breakEvenPrice")
    assert {name: said[name] for name in names} == {name: shown[name] for name in names}


def test_random_orders_do_what_was_said() -> None:
    """Two accounts and the flow, with exits, own orders and every time in force."""
    chance, desk = Random(4), opened(FREE)
    for _ in range(300):
        side, price = chance.choice(("buy", "sell")), f"{chance.randint(190, 210) / 2:.1f}"
        quantity = f"{chance.randint(1, 40) / 10:g}"
        if chance.random() < 0.5:
            desk.flow(side, quantity, price)
            continue
        if chance.random() < 0.5:
            desk.order("ann", side, quantity, price, reduce_only=chance.random() < 0.3)
            continue
        more: dict[str, Any] = {
            "time_in_force": chance.choice((None, IOC, FOK)),
            "self_trade": chance.choice(list(SelfTrade)),
            "reduce_only": chance.random() < 0.2,
        }
        said, done = both(desk, side, quantity, chance.choice((price, None)), **more)
        assert said == done


def test_a_preview_of_a_silent_market_has_nobody_follow_its_price() -> None:
    """An order that was refused for want of a price does; whoever only asks wants none."""
    desk = opened()
    desk.core.set_stale("BTC/USD", True)
    assert foretold(desk, "buy", "1", None)["rejectReason"] == "PRICE_STALE"
    assert desk.core.followed() == set()
    desk.order("bob", "buy", "1")
    assert desk.core.followed() == {"BTC/USD"}
