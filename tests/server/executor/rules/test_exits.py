"""Exits: never more of them than there is to close, brackets and pairs, and the protection of a position."""

from decimal import Decimal
from typing import Any

import pytest

from server.domain.commands import (
    BracketLeg,
    CancelOrder,
    ClosePosition,
    CreateOco,
    OrderTerms,
    PreviewOrder,
    SetProtection,
)
from tests.builders import Desk
from tests.server.executor.desks import body, exits, go_long
from tradeterm.protocol.vocabulary import OrderType, Side


def bracket(desk: Desk, quantity: str, price: str = "100.0") -> dict[str, Any]:
    legs: dict[str, Any] = {"take_profit": BracketLeg(Decimal(110)), "stop_loss": BracketLeg(Decimal(90))}
    return body(desk.order("ann", "buy", quantity, price, **legs))


def test_rule_14_close_cuts_the_resting_take_profit(desk: Desk) -> None:
    """Long 0.5 with a take-profit of 0.5 resting: closing 0.3 fills, and leaves 0.2 of it."""
    go_long(desk, "0.5")
    desk.order("ann", "sell", "0.5", "110.0", reduce_only=True)
    desk.flow("buy", "1", "99.0")
    assert body(desk.order("ann", "sell", "0.3", reduce_only=True))["filledQuantity"] == "0.3"
    assert exits(desk) == {"limit": "0.2"}


def test_rule_14_market_exit_is_cut_to_the_position(desk: Desk) -> None:
    """A reduce-only market order of more than is held closes what is held, whatever rests."""
    go_long(desk, "0.5")
    desk.order("ann", "sell", "0.5", "110.0", reduce_only=True)
    desk.flow("buy", "5", "99.0")
    order = body(desk.order("ann", "sell", "2", reduce_only=True))
    assert (order["status"], order["quantity"]) == ("filled", "0.5")
    assert desk.open_orders("ann") == []


def test_rule_14_exits_that_find_no_room_are_refused(desk: Desk) -> None:
    """All of the position is spoken for: another resting exit has nothing to close. Without a position none has."""
    go_long(desk, "0.5")
    desk.order("ann", "sell", "0.5", "110.0", reduce_only=True)
    for answer in (
        desk.order("ann", "sell", "0.1", "111.0", reduce_only=True),
        desk.order("ann", "buy", "0.1", "90.0", reduce_only=True),
        desk.order("bob", "sell", "0.1", reduce_only=True),
    ):
        order = body(answer)
        assert (order["status"], order["rejectReason"]) == ("rejected", "REDUCE_ONLY_WOULD_INCREASE")


def test_rule_14_exits_are_trimmed_newest_first(desk: Desk) -> None:
    """Three take-profits of 0.2 on 0.6; 0.3 closed leaves 0.2, 0.1 and nothing."""
    go_long(desk, "0.6")
    made = [body(desk.order("ann", "sell", "0.2", price, reduce_only=True)) for price in ("110.0", "111.0", "112.0")]
    desk.flow("buy", "1", "99.0")
    desk.order("ann", "sell", "0.3", reduce_only=True)
    left = {order["id"]: order["leavesQuantity"] for order in desk.open_orders("ann")}
    assert left == {made[0]["id"]: "0.2", made[1]["id"]: "0.1"}


def test_rule_14_flat_or_flipped_cancels_all_exits(desk: Desk) -> None:
    """A flip leaves no exit of the old side."""
    go_long(desk)
    desk.order("ann", "sell", "0.5", "110.0", reduce_only=True)
    desk.order("ann", "sell", "1", type="stop", stop_price=Decimal(90), reduce_only=True)
    desk.flow("buy", "5", "99.0")
    desk.order("ann", "sell", "3")
    assert desk.open_orders("ann") == []
    assert desk.account("ann").held("BTC/USD") == -2
    assert desk.last("ann", "order:cancelled")["order"]["rejectReason"] == "POSITION_CLOSED"


def test_exit_never_meets_the_fill_after_its_position_is_gone(desk: Desk) -> None:
    """One sweep takes an entry that flips the position and then reaches its exit: the exit is gone by then."""
    go_long(desk)
    desk.order("ann", "sell", "1", "101.0", reduce_only=True)
    desk.order("ann", "sell", "2", "100.5")
    desk.flow("buy", "5", "101.0")
    assert desk.account("ann").held("BTC/USD") == -1
    assert desk.open_orders("ann") == []


def test_rule_16_exits_follow_what_has_filled(desk: Desk) -> None:
    """Entry of 1.0: 0.4 filled has exits of 0.4, 0.3 more 0.7; cancelled they stay; 0.3 of profit leaves a stop of 0.4."""
    entry = bracket(desk, "1")
    desk.flow("sell", "0.4", "100.0")
    sizes = [(one["type"], one["leavesQuantity"]) for one in desk.open_orders("ann") if one.get("parentId")]
    assert sorted(sizes) == [("limit", "0.4"), ("stop", "0.4")]
    desk.flow("sell", "0.3", "100.0")
    sizes = [(one["type"], one["leavesQuantity"]) for one in desk.open_orders("ann") if one.get("parentId")]
    assert sorted(sizes) == [("limit", "0.7"), ("stop", "0.7")]
    desk.do(CancelOrder("ann", entry["id"]))
    assert exits(desk) == {"limit": "0.7", "stop": "0.7"}
    desk.flow("buy", "0.3", "110.0")
    assert exits(desk) == {"limit": "0.4", "stop": "0.4"}


def test_rule_16_first_exit_fill_cancels_the_rest_of_the_entry(desk: Desk) -> None:
    """Profit was taken on a part: nothing more is bought."""
    entry = bracket(desk, "1")
    desk.flow("sell", "0.4", "100.0")
    desk.flow("buy", "0.1", "110.0")
    assert entry["id"] not in {order["id"] for order in desk.open_orders("ann")}
    assert exits(desk) == {"limit": "0.3", "stop": "0.3"}


def test_rule_16_stop_that_triggers_cancels_the_take_profit_first(desk: Desk) -> None:
    """The cancel comes before the stop is sent."""
    bracket(desk, "1")
    desk.flow("sell", "1", "100.0")
    desk.flow("buy", "1", "89.0")
    desk.events.clear()
    desk.trade_at("90.0")
    names = desk.names("ann")
    assert names.index("order:triggered") < names.index("order:cancelled") < names.index("order:filled")
    assert desk.open_orders("ann") == []
    assert desk.account("ann").positions == {}


def test_rule_16_bracket_out_of_a_short_closes_only_what_it_opened(desk: Desk) -> None:
    """Short 0.4, then a bracket buy of 1.0: exits of 0.6."""
    desk.flow("buy", "0.4", "100.0")
    desk.order("ann", "sell", "0.4")
    bracket(desk, "1")
    desk.flow("sell", "1", "100.0")
    assert desk.account("ann").held("BTC/USD") == Decimal("0.6")
    assert exits(desk) == {"limit": "0.6", "stop": "0.6"}


def test_bracket_leg_that_is_passed_already_fires_at_once(desk: Desk) -> None:
    """The market is beyond the stop when the entry fills: out again in the same turn."""
    desk.flow("sell", "1", "85.0")
    desk.flow("buy", "1", "80.0")
    desk.order("ann", "buy", "1", "100.0", take_profit=BracketLeg(Decimal(110)), stop_loss=BracketLeg(Decimal(90)))
    assert desk.last("ann", "order:triggered")["order"]["stopPrice"] == "90.00"
    assert desk.account("ann").positions == {}
    assert desk.open_orders("ann") == []


def test_oco_entries_one_fill_cancels_the_other(desk: Desk) -> None:
    """A part of one is enough."""
    pair = CreateOco(
        "ann",
        OrderTerms("BTC/USD", Side.BUY, OrderType.LIMIT, Decimal(1), Decimal(90)),
        OrderTerms("BTC/USD", Side.SELL, OrderType.LIMIT, Decimal(1), Decimal(110)),
        "pair",
    )
    made = body(desk.do(pair))["orders"]
    assert made[0]["ocoId"] == made[1]["ocoId"]
    desk.flow("sell", "0.1", "90.0")
    assert [order["id"] for order in desk.open_orders("ann")] == [made[0]["id"]]
    assert desk.last("ann", "order:cancelled")["order"]["rejectReason"] == "OCO_SIBLING"


@pytest.mark.parametrize("refused_first", [True, False])
def test_oco_entry_that_is_refused_takes_the_other_with_it(desk: Desk, refused_first: bool) -> None:
    """A post-only order would trade at once: the stop does not wait alone. Nothing is left bound."""
    desk.trade_at("100.0")
    desk.flow("sell", "1", "101.0")
    before = desk.margin("ann").available
    crossing = OrderTerms("BTC/USD", Side.BUY, OrderType.LIMIT, Decimal(1), Decimal(101), post_only=True)
    resting = OrderTerms("BTC/USD", Side.BUY, OrderType.LIMIT, Decimal(1), Decimal(90))
    waiting = OrderTerms("BTC/USD", Side.BUY, OrderType.STOP, Decimal(1), None, Decimal(105))
    legs = (crossing, waiting) if refused_first else (resting, crossing)
    made = body(desk.do(CreateOco("ann", *legs, "pair")))["orders"]
    reasons = ["POST_ONLY_WOULD_CROSS", "OCO_SIBLING"]
    assert [order["rejectReason"] for order in made] == (reasons if refused_first else reasons[::-1])
    assert desk.open_orders("ann") == []
    assert desk.margin("ann").available == before


@pytest.mark.parametrize("reduce_only", [True, False])
def test_oco_exit_stays_when_the_other_is_refused(desk: Desk, reduce_only: bool) -> None:
    """Half of what was asked for protects better than nothing, whatever the orders are called."""
    desk.flow("sell", "1", "100.0")
    desk.order("ann", "buy", "1")
    desk.flow("buy", "1", "99.0")
    target = OrderTerms(
        *("BTC/USD", Side.SELL, OrderType.LIMIT, Decimal(1), Decimal(99)), post_only=True, reduce_only=reduce_only
    )
    stop = OrderTerms(*("BTC/USD", Side.SELL, OrderType.STOP, Decimal(1), None, Decimal(90)), reduce_only=reduce_only)
    made = body(desk.do(CreateOco("ann", target, stop, "pair")))["orders"]
    assert [order["status"] for order in made] == ["rejected", "accepted"]


def test_oco_is_taken_whole_or_not_at_all(desk: Desk) -> None:
    """The second order is refused: neither is open."""
    desk.trade_at("100.0")
    pair = CreateOco(
        "ann",
        OrderTerms("BTC/USD", Side.BUY, OrderType.LIMIT, Decimal(1), Decimal(90)),
        OrderTerms("BTC/USD", Side.BUY, OrderType.STOP, Decimal(1), None, Decimal(95)),
        "pair",
    )
    made = body(desk.do(pair))["orders"]
    assert [order["status"] for order in made] == ["rejected", "rejected"]
    assert desk.margin("ann").reserved == 0


def test_rule_17_protection_follows_the_position(desk: Desk) -> None:
    """One pair that grows and shrinks with the position, is replaced whole, and dies when flat."""
    go_long(desk)
    desk.do(SetProtection("ann", "BTC/USD", BracketLeg(Decimal(110)), BracketLeg(Decimal(90))))
    assert exits(desk) == {"limit": "1", "stop": "1"}
    go_long(desk, "0.5")
    assert exits(desk) == {"limit": "1.5", "stop": "1.5"}
    desk.do(SetProtection("ann", "BTC/USD", None, BracketLeg(Decimal(95))))
    (stop,) = desk.open_orders("ann")
    assert (stop["leavesQuantity"], stop["stopPrice"]) == ("1.5", "95.00")
    desk.flow("buy", "5", "99.0")
    desk.do(ClosePosition("ann", "BTC/USD"))
    assert desk.open_orders("ann") == []


@pytest.mark.parametrize(
    ("side", "legs"),
    [
        ("buy", {"take_profit": BracketLeg(Decimal(90))}),
        ("buy", {"stop_loss": BracketLeg(Decimal(120))}),
        ("sell", {"take_profit": BracketLeg(Decimal(110))}),
        ("sell", {"stop_loss": BracketLeg(Decimal(80))}),
    ],
)
def test_market_entry_whose_leg_has_been_passed_is_refused(desk: Desk, side: str, legs: dict[str, Any]) -> None:
    """422 and no order, as for a limit entry: it would buy and sell at once. So is the preview of it."""
    desk.trade_at("100.0")
    desk.flow("sell", "1", "101.0")
    desk.flow("buy", "1", "99.0")
    desk.events.clear()
    answer = desk.order("ann", side, "1", **legs)
    assert (answer.status, answer.code) == (422, "VALIDATION_FAILED")
    assert not desk.events
    terms = OrderTerms("BTC/USD", Side(side), OrderType.MARKET, Decimal(1), **legs)
    assert desk.do(PreviewOrder("ann", terms)).status == 422


def test_legs_of_a_stop_entry_are_held_against_its_trigger(desk: Desk) -> None:
    """A breakout at 110 with a target at 105 would fire it at once; one at 120 is right although both lie above 100."""
    desk.trade_at("100.0")
    stop: dict[str, Any] = {"type": "stop", "stop_price": Decimal(110)}
    assert desk.order("ann", "buy", "1", take_profit=BracketLeg(Decimal(105)), **stop).status == 422
    good = desk.order(
        "ann", "buy", "1", take_profit=BracketLeg(Decimal(120)), stop_loss=BracketLeg(Decimal(105)), **stop
    )
    assert body(good)["status"] == "accepted"


def test_legs_are_taken_where_no_price_is_known(desk: Desk) -> None:
    """Nobody has traded, nobody stands there: nothing has been passed."""
    assert body(desk.order("ann", "buy", "1", take_profit=BracketLeg(Decimal(90))))["status"] == "expired"
