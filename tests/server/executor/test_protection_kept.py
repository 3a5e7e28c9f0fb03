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
from server.ports import Answer
from tests.builders import Desk
from tests.server.executor.desks import body, exits, go_long, opened
from tradeterm.protocol.vocabulary import MarketState, Reason, SelfTrade, TimeInForce

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


# ---------------------------------------------------------------- what protection takes the place of


def bracketed(quantity: str = "1", filled: str = "1") -> Desk:
    """ann's bracket entry at 100 has filled in part or whole: a stop at 90 and a target at 110 of what filled."""
    desk = opened()
    desk.flow("sell", filled, "100.0")
    legs: dict[str, Any] = {"take_profit": BracketLeg(Decimal(110)), "stop_loss": BracketLeg(Decimal(90))}
    desk.order("ann", "buy", quantity, "100.0", **legs)
    desk.events.clear()
    return desk


def levels(desk: Desk) -> dict[str, tuple[str, str]]:
    """Open exits of ann: type to what is left and where."""
    orders = [order for order in desk.open_orders("ann") if order.get("reduceOnly")]
    return {one["type"]: (one["leavesQuantity"], one.get("stopPrice") or one["price"]) for one in orders}


def protect(desk: Desk, target: str | None, stop: str | None) -> Answer:
    legs = (None if at is None else BracketLeg(Decimal(at)) for at in (target, stop))
    return desk.do(SetProtection("ann", "BTC/USD", *legs))


def test_protection_takes_the_place_of_a_brackets_exits() -> None:
    """The stop that came with the order is moved by it: one pair, as asked, and nobody was bare between."""
    desk = bracketed()
    made = body(protect(desk, "112", "95"))["orders"]
    assert {order["type"]: order["status"] for order in made} == {"stop": "accepted", "limit": "accepted"}
    assert levels(desk) == {"limit": ("1", "112.00"), "stop": ("1", "95.00")}
    assert "position:unprotected" not in desk.names("ann")


def test_a_protected_position_keeps_what_its_bracket_promised() -> None:
    """The rest of the entry grows the pair; the first exit fill ends what still works of the entry."""
    desk = bracketed("1", "0.4")
    protect(desk, "112", "95")
    desk.flow("sell", "0.3", "100.0")
    assert levels(desk) == {"limit": ("0.7", "112.00"), "stop": ("0.7", "95.00")}
    desk.flow("buy", "0.5", "112.0")
    assert exits(desk) == {"limit": "0.2", "stop": "0.2"}
    assert desk.last("ann", "order:cancelled")["order"]["rejectReason"] == "EXIT_FILLED"


def test_an_entry_that_fills_on_after_its_position_was_closed_has_exits_again() -> None:
    """0.4 were closed by hand and their exits went with them; the 0.6 that fill then stand alone no more than those."""
    desk = bracketed("1", "0.4")
    desk.order("ann", "sell", "0.4", "101.0")
    desk.flow("buy", "0.4", "101.0")
    assert levels(desk) == {}
    desk.flow("sell", "0.6", "100.0")
    assert levels(desk) == {"limit": ("0.6", "110.00"), "stop": ("0.6", "90.00")}


def test_protection_that_own_exits_leave_no_room_is_refused() -> None:
    """It would be cut to nothing as soon as it was there; what stands stays, and the answer says what is in its way."""
    desk = opened()
    go_long(desk)
    desk.order("ann", "sell", "1", type="trailing_stop", trail_amount=Decimal(5), reduce_only=True)
    answer = protect(desk, None, "92")
    assert (answer.status, answer.code) == (409, Reason.REDUCE_ONLY_WOULD_INCREASE)
    assert "trailing_stop" in str(answer.message)
    assert exits(desk) == {"trailing_stop": "1"}
    assert body(protect(desk, "112", "92"))["orders"][1]["status"] == "accepted"
    assert exits(desk) == {"trailing_stop": "1", "limit": "1"}
