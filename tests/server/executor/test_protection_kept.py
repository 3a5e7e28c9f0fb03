"""A position keeps its stop through a reverse, and whoever loses the last one is told."""

from decimal import Decimal
from typing import Any

import orjson
import pytest

from server.domain.commands import (
    BracketLeg,
    CancelAll,
    CancelOrder,
    ClosePosition,
    Kill,
    ReversePosition,
    SetProtection,
)
from tests.builders import Desk
from tests.server.executor.desks import body, exits, go_long, opened
from tradeterm.protocol.vocabulary import MarketState, SelfTrade, TimeInForce

PAIR = {"limit": "1", "stop": "1"}


def protected(quantity: str = "1") -> Desk:
    """ann is long, with a stop at 90 and a target at 110, and has an entry at 80."""
    desk = opened()
    go_long(desk, quantity)
    desk.do(SetProtection("ann", "BTC/USD", BracketLeg(Decimal(110)), BracketLeg(Decimal(90))))
    desk.events.clear()
    return desk


def reverse(desk: Desk) -> dict[str, Any]:
    return body(desk.do(ReversePosition("ann", "BTC/USD")))


# ---------------------------------------------------------------- reverse is one step


def test_reverse_into_an_empty_book_keeps_the_exits() -> None:
    """Nobody buys: the order expires, the position has its stop and its target as before."""
    desk = protected()
    order = reverse(desk)
    assert (order["status"], order["withoutStop"]) == ("expired", [])
    assert exits(desk) == PAIR
    assert "position:unprotected" not in desk.names("ann")


def test_exits_follow_what_a_thin_book_left() -> None:
    """0.3 of 2 filled: what is left is 0.7, and so are its exits."""
    desk = protected()
    desk.flow("buy", "0.3", "99.0")
    assert reverse(desk)["withoutStop"] == []
    assert exits(desk) == {"limit": "0.7", "stop": "0.7"}


def test_full_reverse_says_that_the_new_position_has_no_stop() -> None:
    """The old position's exits die with it."""
    desk = protected()
    desk.flow("buy", "2", "99.0")
    order = reverse(desk)
    assert (order["status"], order["withoutStop"]) == ("filled", ["BTC/USD"])
    assert desk.open_orders("ann") == []
    assert desk.last("ann", "position:unprotected")["position"]["side"] == "short"


@pytest.mark.parametrize("how", ["paused", "refused"])
def test_reverse_that_the_venue_refuses_changes_nothing(how: str) -> None:
    """Neither exits nor entries are touched by an order that never was."""
    desk = protected()
    desk.order("ann", "buy", "1", "80.0")
    before = desk.open_orders("ann")
    if how == "paused":
        desk.core.ledger.markets["BTC/USD"].state = MarketState.PAUSED
    else:
        desk.venue._matching._refuses = lambda: True
    assert reverse(desk)["status"] == "rejected"
    assert desk.open_orders("ann") == before


def test_reverse_takes_the_entries_away() -> None:
    """With its first fill, so that they do not meet it; told with that reason."""
    desk = protected()
    entry = body(desk.order("ann", "buy", "1", "99.0"))
    desk.flow("buy", "3", "99.5")
    assert reverse(desk)["status"] == "filled"
    cancelled = (_order(one) for one in desk.events if one.event == "order:cancelled")
    assert [one["rejectReason"] for one in cancelled if one["id"] == entry["id"]] == ["REVERSE"]
    assert desk.open_orders("ann") == []


def test_reverse_on_a_silent_feed_is_refused() -> None:
    """It opens a position at a price that nobody knows."""
    desk = protected()
    desk.core.set_stale("BTC/USD", True)
    assert reverse(desk)["rejectReason"] == "PRICE_STALE"


# ---------------------------------------------------------------- the last stop


def test_cancel_of_everything_says_what_is_without_a_stop() -> None:
    """In the answer, and by an event with the position."""
    desk = protected()
    answer = body(desk.do(CancelAll("ann", include_exits=True)))
    assert answer["withoutStop"] == ["BTC/USD"]
    assert desk.last("ann", "position:unprotected")["position"]["symbol"] == "BTC/USD"
    assert "withoutStop" not in body(desk.do(CancelAll("ann")))


def test_cancel_of_the_last_stop_is_told_once_and_of_another_never() -> None:
    """Two stops: the first may go, the second leaves the position bare."""
    desk = opened()
    go_long(desk)
    made = [
        body(desk.order("ann", "sell", "0.5", type="stop", stop_price=Decimal(price), reduce_only=True))
        for price in (90, 85)
    ]
    for order, times in zip(made, (0, 1), strict=True):
        desk.do(CancelOrder("ann", order["id"]))
        assert desk.names("ann").count("position:unprotected") == times


def test_stop_that_expires_or_is_rejected_is_told() -> None:
    """Its time passes; or it triggers and the venue will not have it."""
    desk = opened()
    go_long(desk)
    soon = desk.now.replace(hour=13)
    stop: dict[str, Any] = {"type": "stop", "stop_price": Decimal(90), "reduce_only": True}
    desk.order("ann", "sell", "1", time_in_force=TimeInForce.GTD, expire_at=soon, **stop)
    desk.beat(seconds=3600)
    assert desk.names("ann").count("position:unprotected") == 1
    desk.order("ann", "sell", "1", **stop)
    desk.flow("buy", "0.5", "89.0")
    desk.venue._matching._refuses = lambda: True
    desk.trade_at("90.0")
    assert desk.last("ann", "order:rejected")["order"]["type"] == "stop"
    assert desk.names("ann").count("position:unprotected") == 2


def test_replaced_stop_leaves_nobody_bare() -> None:
    """The old pair goes and the new one comes in one step."""
    desk = protected()
    desk.do(SetProtection("ann", "BTC/USD", None, BracketLeg(Decimal(95))))
    assert "position:unprotected" not in desk.names("ann")
    desk.do(SetProtection("ann", "BTC/USD", BracketLeg(Decimal(120)), None))
    assert "position:unprotected" in desk.names("ann")


def test_closed_position_needs_no_stop() -> None:
    """Its exits go with it, and that is as it should be; a kill into an empty book keeps them and says so."""
    desk = protected()
    left = body(desk.do(Kill("ann")))
    assert (left["withoutStop"], exits(desk)) == ([], PAIR)
    desk = protected()
    desk.flow("buy", "1", "99.0")
    desk.do(ClosePosition("ann", "BTC/USD"))
    assert "position:unprotected" not in desk.names("ann")


# ---------------------------------------------------------------- meeting oneself


@pytest.mark.parametrize(
    ("mode", "ended"),
    [
        (SelfTrade.CANCEL_RESTING, ["resting"]),
        (SelfTrade.CANCEL_TAKING, ["taking"]),
        (SelfTrade.CANCEL_BOTH, ["resting", "taking"]),
    ],
)
def test_coming_order_says_which_gives_way(mode: SelfTrade, ended: list[str]) -> None:
    """Nothing is traded; the event names the other order and the mode."""
    desk = opened()
    resting = body(desk.order("ann", "sell", "1", "100.0"))
    desk.events.clear()
    taking = body(desk.order("ann", "buy", "1", "100.0", self_trade=mode))
    ids = {"resting": resting["id"], "taking": taking["id"]}
    told = [one for one in desk.events if one.event == "order:cancelled"]
    assert len(told) == len(ended)
    for name in ended:
        other = ids["taking" if name == "resting" else "resting"]
        order = next(o for o in map(_order, told) if o["id"] == ids[name])
        assert order["rejectReason"] == "SELF_TRADE"
        assert other in order["rejectText"]
        assert mode in order["rejectText"]
    left = {one["id"] for one in desk.open_orders("ann")}
    assert left == {ids[name] for name in ids if name not in ended}
    assert "BTC/USD" not in desk.core.ledger.last


def _order(event: Any) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(event.data)["order"]
    return found


def test_target_survives_adding_to_the_position_where_the_order_says_so() -> None:
    """Bought through the own target: the coming order stops there, target and stop stay."""
    desk = protected()
    order = body(desk.order("ann", "buy", "1", "110.0", self_trade=SelfTrade.CANCEL_TAKING))
    assert (order["status"], exits(desk)) == ("cancelled", PAIR)


def test_new_target_that_is_refused_leaves_the_new_stop() -> None:
    """The old pair is gone by then: the stop stands, and the answer says what became of the target."""
    desk = protected()
    desk.venue._matching._refuses = lambda: True
    made = body(desk.do(SetProtection("ann", "BTC/USD", BracketLeg(Decimal(120)), BracketLeg(Decimal(92)))))["orders"]
    assert {order["type"]: order["status"] for order in made} == {"stop": "accepted", "limit": "rejected"}
    assert exits(desk) == {"stop": "1"}
    assert "order:rejected" in desk.names("ann")
    assert "position:unprotected" not in desk.names("ann")


def test_new_target_that_is_refused_and_no_stop_is_told() -> None:
    """The protection that was asked for had no stop, and the old one is gone."""
    desk = protected()
    desk.venue._matching._refuses = lambda: True
    desk.do(SetProtection("ann", "BTC/USD", BracketLeg(Decimal(120)), None))
    assert exits(desk) == {}
    assert "position:unprotected" in desk.names("ann")
