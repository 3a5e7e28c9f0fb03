"""The rules of the money on worked cases: orders, exits, triggers, margin."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import orjson
import pytest

from server.domain.accounts import HOUSE, INSURANCE
from server.domain.commands import (
    AmendOrder,
    BracketLeg,
    CancelAll,
    CancelOrder,
    ClosePosition,
    CreateOco,
    Deposit,
    Kill,
    OrderTerms,
    PreviewOrder,
    ResetAccount,
    Resume,
    ReversePosition,
    SetLimits,
    SetProtection,
)
from server.domain.risk import CoreSettings
from tests.builders import Desk, market
from tests.server.executor.desks import FREE, body, exits, go_long
from tradeterm.protocol.vocabulary import OrderType, Side, TimeInForce


@pytest.fixture
def desk() -> Desk:
    """ann trades, bob is whom she trades with; no collar, nothing liquidates, money is no matter."""
    made = Desk(FREE)
    made.open("ann", "bob")
    return made


def bracket(desk: Desk, quantity: str, price: str = "100.0") -> dict[str, Any]:
    legs: dict[str, Any] = {"take_profit": BracketLeg(Decimal(110)), "stop_loss": BracketLeg(Decimal(90))}
    return body(desk.order("ann", "buy", quantity, price, **legs))


# ---------------------------------------------------------------- triggers


def test_stop_fires_when_its_price_trades_and_fills_where_the_market_is(desk: Desk) -> None:
    """A gap through the trigger fills at the market, not at the trigger; each step is told once."""
    go_long(desk)
    order = body(desk.order("ann", "sell", "1", type="stop", stop_price=Decimal(95), reduce_only=True))
    assert order["status"] == "accepted"
    desk.flow("buy", "1", "80.0")
    desk.events.clear()
    desk.trade_at("85.0")
    filled = desk.last("ann", "order:filled")["order"]
    assert (filled["averagePrice"], filled["triggered"]) == ("80.00", True)
    assert desk.names("ann")[:3] == ["order:triggered", "order:submitted", "order:filled"]
    assert desk.account("ann").positions == {}


def test_trigger_on_the_wrong_side_is_refused(desk: Desk) -> None:
    """A stop that would fire at once is rejected, for each type on its own side."""
    desk.trade_at("100.0")
    go_long(desk)
    for kind, side, price in (
        ("stop", "sell", "100.0"),
        ("stop", "buy", "100.0"),
        ("take_profit", "sell", "100.0"),
        ("take_profit", "buy", "100.5"),
    ):
        order = body(desk.order("ann", side, "0.1", type=kind, stop_price=Decimal(price)))
        assert (order["status"], order["rejectReason"]) == ("rejected", "STOP_WOULD_TRIGGER"), (kind, side)


def test_entry_stop_reserves_at_its_trigger(desk: Desk) -> None:
    """A buy stop at 120 reserves margin and fee at 120; a stop-limit at its limit."""
    desk.trade_at("100.0")
    desk.order("ann", "buy", "1", type="stop", stop_price=Decimal(120))
    assert desk.margin("ann").reserved == Decimal(24) + Decimal("0.312")
    desk.do(CancelAll("ann"))
    desk.order("ann", "buy", "1", "130.0", type="stop_limit", stop_price=Decimal(120))
    assert desk.margin("ann").reserved == Decimal(26) + Decimal("0.338")


def test_stop_limit_rests_at_its_limit(desk: Desk) -> None:
    """Triggered, it is a limit order like any other."""
    desk.trade_at("100.0")
    desk.order("ann", "buy", "1", "101.0", type="stop_limit", stop_price=Decimal(105))
    desk.trade_at("106.0")
    (order,) = desk.open_orders("ann")
    assert (order["status"], order["triggered"], order["price"]) == ("accepted", True, "101.00")
    desk.flow("sell", "1", "100.5")
    assert desk.account("ann").held("BTC/USD") == 1


def test_one_print_fires_orders_in_time_order(desk: Desk) -> None:
    """Two stops at different prices that one print reaches fire in the order in which they were made."""
    desk.trade_at("100.0")
    late = body(desk.order("ann", "buy", "1", type="stop", stop_price=Decimal(110)))
    early = body(desk.order("bob", "buy", "1", type="stop", stop_price=Decimal(105)))
    desk.events.clear()
    desk.flow("sell", "5", "111.0")
    desk.flow("buy", "1", "111.0")
    fired = [orjson.loads(one.data)["order"]["id"] for one in desk.events if one.event == "order:triggered"]
    assert fired == [late["id"], early["id"]]


def test_prints_that_triggers_cause_fire_others_without_recursion(desk: Desk) -> None:
    """A stop's own fill trades at 110 and so fires the stop that waits there; all in one turn, each once."""
    desk.trade_at("100.0")
    desk.flow("sell", "1", "110.0")
    desk.flow("sell", "1", "120.0")
    desk.order("ann", "buy", "1", type="stop", stop_price=Decimal(105))
    desk.order("bob", "buy", "1", type="stop", stop_price=Decimal(110))
    desk.trade_at("105.0")
    assert desk.last("ann", "order:filled")["order"]["averagePrice"] == "110.00"
    assert desk.last("bob", "order:filled")["order"]["averagePrice"] == "120.00"


def test_trailing_stop_follows_and_never_loosens(desk: Desk) -> None:
    """A sell that trails by 5 goes up with the price, stays when it falls, and fires there."""
    go_long(desk)
    desk.order("ann", "sell", "1", type="trailing_stop", trail_amount=Decimal(5), reduce_only=True)
    for price in ("110.0", "107.0", "120.0", "116.0"):
        desk.trade_at(price)
        desk.beat()
    assert desk.last("ann", "order:amended")["order"]["stopPrice"] == "115.00"
    desk.flow("buy", "1", "114.0")
    desk.trade_at("115.0")
    assert desk.last("ann", "order:filled")["order"]["averagePrice"] == "114.00"


def test_trailing_levels_are_told_at_most_once_a_beat(desk: Desk) -> None:
    """Three new highs between two beats make one event."""
    go_long(desk)
    desk.order("ann", "sell", "1", type="trailing_stop", trail_percent=Decimal(10), reduce_only=True)
    desk.events.clear()
    for price in ("110.0", "120.0", "130.0"):
        desk.trade_at(price)
    desk.beat()
    desk.beat()
    assert desk.names("ann").count("order:amended") == 1
    assert desk.open_orders("ann")[0]["stopPrice"] == "117.00"


def test_rule_12_rest_of_a_triggered_exit_rests_at_its_protection_price() -> None:
    """With a collar a triggered stop goes 1 % past the touch; the rest stays in the book, reduce-only."""
    desk = Desk(CoreSettings(paper_cash=Decimal(1_000_000), liquidation=False))
    desk.open("ann")
    go_long(desk)
    desk.order("ann", "sell", "1", type="stop", stop_price=Decimal(97), reduce_only=True)
    desk.flow("buy", "0.4", "96.0")
    desk.trade_at("96.5")
    (order,) = desk.open_orders("ann")
    assert (order["status"], order["filledQuantity"], order["reduceOnly"]) == ("partially_filled", "0.4", True)
    assert desk.venue.best_ask("BTC/USD") == Decimal("95.5")  # 96 · 0.99, up to the tick


# ---------------------------------------------------------------- exits


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


# ---------------------------------------------------------------- brackets and pairs


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


# ---------------------------------------------------------------- reverse, amend, kill


def test_rule_18_reverse_turns_the_position_round(desk: Desk) -> None:
    """All orders of the symbol go, then one order of twice the quantity."""
    go_long(desk)
    desk.order("ann", "sell", "1", "110.0", reduce_only=True)
    desk.order("ann", "buy", "1", "90.0")
    desk.flow("buy", "5", "99.0")
    order = body(desk.do(ReversePosition("ann", "BTC/USD")))
    assert (order["quantity"], order["status"]) == ("2", "filled")
    assert desk.account("ann").held("BTC/USD") == -1
    assert desk.open_orders("ann") == []


def test_rule_18_refused_reverse_cancels_nothing() -> None:
    """Without the money for the new side everything stays as it was."""
    desk = Desk(CoreSettings(paper_cash=Decimal(21), collar_pct=Decimal(0), liquidation=False))
    desk.open("ann")
    go_long(desk)
    desk.order("ann", "sell", "1", "110.0", reduce_only=True)
    desk.flow("buy", "5", "99.0")
    desk.do(SetLimits("ann", {"maxOrderQuantity": Decimal("0.5")}))
    order = body(desk.do(ReversePosition("ann", "BTC/USD")))
    assert order["status"] == "rejected"
    assert exits(desk) == {"limit": "1"}


@pytest.mark.parametrize(
    ("quantity", "status", "leaves"), [("0.6", "partially_filled", "0.2"), ("1.2", "partially_filled", "0.8")]
)
def test_rule_19_amend_gives_the_new_total(desk: Desk, quantity: str, status: str, leaves: str) -> None:
    """1.0 with 0.4 filled, to a new total: what is left is the rest of it."""
    order = body(desk.order("ann", "buy", "1", "100.0"))
    desk.flow("sell", "0.4", "100.0")
    changed = body(desk.do(AmendOrder("ann", order["id"], quantity=Decimal(quantity))))
    assert (changed["status"], changed["leavesQuantity"], changed["quantity"]) == (status, leaves, quantity)


def test_rule_19_amend_to_what_filled_ends_it_and_to_less_is_refused(desk: Desk) -> None:
    """To 0.4: cancelled, AMENDED_TO_FILLED. To 0.3: refused, nothing changes."""
    order = body(desk.order("ann", "buy", "1", "100.0"))
    desk.flow("sell", "0.4", "100.0")
    desk.events.clear()
    assert desk.do(AmendOrder("ann", order["id"], quantity=Decimal("0.3"))).status == 409
    assert desk.events == []
    ended = body(desk.do(AmendOrder("ann", order["id"], quantity=Decimal("0.4"))))
    assert (ended["status"], ended["rejectReason"]) == ("cancelled", "AMENDED_TO_FILLED")


@pytest.mark.parametrize(("quantity", "first"), [("0.6", "ann"), ("1.2", "bob")])
def test_rule_19_smaller_keeps_its_place_larger_goes_to_the_back(desk: Desk, quantity: str, first: str) -> None:
    """Who is filled first after the amend says who stands in front."""
    order = body(desk.order("ann", "buy", "1", "100.0"))
    desk.order("bob", "buy", "1", "100.0")
    desk.do(AmendOrder("ann", order["id"], quantity=Decimal(quantity)))
    desk.events.clear()
    desk.flow("sell", "0.1", "100.0")
    assert {event.account for event in desk.events} == {first}


def test_amend_reserves_for_the_new_order_and_checks_the_difference() -> None:
    """A larger order needs more; what cannot be paid is refused and the old order stands."""
    desk = Desk(CoreSettings(paper_cash=Decimal(1_000), collar_pct=Decimal(0), liquidation=False))
    desk.open("ann")
    order = body(desk.order("ann", "buy", "1", "100.0"))
    changed = body(desk.do(AmendOrder("ann", order["id"], price=Decimal(200))))
    assert changed["price"] == "200.00"
    assert desk.margin("ann").reserved == Decimal("40.52")
    assert desk.do(AmendOrder("ann", order["id"], quantity=Decimal(100))).code == "INSUFFICIENT_FUNDS"
    assert desk.margin("ann").reserved == Decimal("40.52")
    assert desk.open_orders("ann")[0]["quantity"] == "1"


def test_amend_of_a_waiting_stop_moves_its_trigger(desk: Desk) -> None:
    """The old price fires nothing any more, the new one does."""
    go_long(desk)
    order = body(desk.order("ann", "sell", "1", type="stop", stop_price=Decimal(95), reduce_only=True))
    desk.do(AmendOrder("ann", order["id"], stop_price=Decimal(90)))
    desk.flow("buy", "1", "80.0")
    desk.trade_at("94.0")
    assert desk.account("ann").held("BTC/USD") == 1
    desk.trade_at("90.0")
    assert desk.account("ann").held("BTC/USD") == 0


def test_kill_halts_cancels_flattens_and_says_what_is_left(desk: Desk) -> None:
    """Flat at once when the book allows; asked twice it answers again; resume ends it."""
    go_long(desk)
    desk.order("ann", "buy", "1", "90.0")
    desk.order("ann", "sell", "1", "110.0", reduce_only=True)
    desk.flow("buy", "0.4", "99.0")
    left = body(desk.do(Kill("ann")))
    assert (left["tradingState"], [one["type"] for one in left["orders"]]) == ("halted", ["limit"])
    assert left["positions"][0]["quantity"] == "0.6"
    assert left["withoutStop"] == ["BTC/USD"]
    refused = body(desk.order("ann", "buy", "1", "90.0"))
    assert (refused["status"], refused["rejectReason"]) == ("rejected", "TRADING_HALTED")
    desk.flow("buy", "5", "99.0")
    assert body(desk.do(Kill("ann")))["positions"] == []
    assert desk.open_orders("ann") == []
    assert body(desk.do(Resume("ann")))["tradingState"] == "active"
    assert body(desk.order("ann", "buy", "1", "90.0"))["status"] == "accepted"


def test_rule_24_cancel_all_keeps_exits_unless_asked(desk: Desk) -> None:
    """Entries go; exits only with `all`."""
    go_long(desk)
    desk.order("ann", "sell", "1", "110.0", reduce_only=True)
    desk.order("ann", "buy", "1", "90.0")
    desk.do(CancelAll("ann"))
    assert exits(desk) == {"limit": "1"}
    desk.do(CancelAll("ann", include_exits=True))
    assert desk.open_orders("ann") == []


# ---------------------------------------------------------------- time in force


def test_fok_fills_whole_or_not_at_all(desk: Desk) -> None:
    """0.5 offered: a fok of 1.0 expires untouched, one of 0.5 fills; own resting size does not count."""
    desk.flow("sell", "0.5", "100.0")
    desk.order("ann", "sell", "1", "100.0")
    order = body(desk.order("ann", "buy", "1", "100.0", time_in_force=TimeInForce.FOK))
    assert (order["status"], order["filledQuantity"]) == ("expired", "0")
    assert body(desk.order("ann", "buy", "0.5", "100.0", time_in_force=TimeInForce.FOK))["status"] == "filled"


def test_ioc_takes_what_there_is(desk: Desk) -> None:
    """0.5 offered at the limit: 0.5 fills, the rest expires, nothing rests."""
    desk.flow("sell", "0.5", "100.0")
    order = body(desk.order("ann", "buy", "1", "100.0", time_in_force=TimeInForce.IOC))
    assert (order["status"], order["filledQuantity"]) == ("expired", "0.5")
    assert desk.open_orders("ann") == []


def test_post_only_that_would_cross_is_rejected(desk: Desk) -> None:
    """Rejected by the venue, and nothing happened."""
    desk.flow("sell", "1", "100.0")
    order = body(desk.order("ann", "buy", "1", "100.0", post_only=True))
    assert (order["status"], order["rejectReason"], order["rejectedBy"]) == (
        "rejected",
        "POST_ONLY_WOULD_CROSS",
        "venue",
    )
    assert body(desk.order("ann", "buy", "1", "99.5", post_only=True))["status"] == "accepted"


def test_gtd_and_day_orders_expire_in_time(desk: Desk) -> None:
    """gtd at its time, day at midnight UTC; working or waiting."""
    soon = desk.now.replace(hour=13)
    desk.trade_at("100.0")
    desk.order("ann", "buy", "1", "90.0", time_in_force=TimeInForce.GTD, expire_at=soon)
    desk.order("ann", "buy", "1", type="stop", stop_price=Decimal(120), time_in_force=TimeInForce.DAY)
    desk.beat(seconds=3600)
    assert [order["type"] for order in desk.open_orders("ann")] == ["stop"]
    assert desk.last("ann", "order:expired")["order"]["rejectReason"] == "TIME_EXPIRED"
    desk.beat(seconds=11 * 3600)
    assert desk.open_orders("ann") == []


def test_rule_22_self_trade_cancels_the_older_order(desk: Desk) -> None:
    """No print, no fill: the older order is cancelled first."""
    resting = body(desk.order("ann", "sell", "1", "100.0"))
    order = body(desk.order("ann", "buy", "1", "100.0"))
    assert order["status"] == "accepted"
    cancelled = desk.last("ann", "order:cancelled")["order"]
    assert (cancelled["id"], cancelled["rejectReason"]) == (resting["id"], "SELF_TRADE")
    assert "BTC/USD" not in desk.core.ledger.last


# ---------------------------------------------------------------- risk, margin, liquidation


@pytest.mark.parametrize(
    ("name", "limit", "reason"),
    [
        ("maxOrderQuantity", Decimal("0.5"), "QUANTITY_ABOVE_MAXIMUM"),
        ("maxOrderNotional", Decimal(50), "NOTIONAL_ABOVE_LIMIT"),
        ("orderNotionalPct", Decimal("0.001"), "NOTIONAL_ABOVE_LIMIT"),
        ("maxPositionNotional", Decimal(50), "POSITION_ABOVE_LIMIT"),
        ("maxGrossExposure", Decimal(50), "EXPOSURE_ABOVE_LIMIT"),
        ("maxOpenOrders", 0, "OPEN_ORDERS_ABOVE_LIMIT"),
        ("ordersPerSecond", 0, "RATE_LIMIT_EXCEEDED"),
    ],
)
def test_each_limit_refuses_with_its_code_and_numbers(desk: Desk, name: str, limit: Decimal | int, reason: str) -> None:
    """Set by an admin at run time; taken away again it lets the order through."""
    desk.trade_at("100.0")
    assert desk.do(SetLimits("ann", {name: limit})).status == 200
    order = body(desk.order("ann", "buy", "1", "99.0"))
    assert (order["status"], order["rejectReason"]) == ("rejected", reason)
    assert any(letter.isdigit() for letter in order["rejectText"])
    desk.do(SetLimits("ann", {name: None}))
    assert body(desk.order("ann", "buy", "1", "99.0"))["status"] == "accepted"


def test_unknown_limit_is_refused(desk: Desk) -> None:
    """A limit that nobody knows would protect nobody."""
    answer = desk.do(SetLimits("ann", {"maxHappiness": Decimal(1)}))
    assert (answer.status, answer.code) == (422, "VALIDATION_FAILED")


def liquidated(move: Callable[[Desk], None]) -> Desk:
    desk = Desk(CoreSettings(collar_pct=Decimal(0)))
    desk.open("ann")
    desk.flow("sell", "10", "45000.0")
    desk.order("ann", "buy", "10")
    desk.flow("sell", "0.00001", "45000.0")
    move(desk)
    return desk


def test_rule_10_a_quarter_is_closed_at_the_liquidation_price() -> None:
    """Long 10 at 39,018.50, just below 39,018.89: entries go, one close of 2.5 brings the level above 1.25."""

    def move(desk: Desk) -> None:
        desk.flow("buy", "100", "39018.5")
        desk.trade_at("39018.5")
        desk.events.clear()
        for _ in range(8):
            desk.beat()

    desk = liquidated(move)
    assert desk.account("ann").held("BTC/USD") == Decimal("7.5")
    level = desk.margin("ann").level
    assert level is not None
    assert round(level, 2) == Decimal("1.32")
    assert desk.last("ann", "order:filled")["order"]["reason"] == "LIQUIDATION"


def test_rule_10_low_level_warns() -> None:
    """At 1.5 or less the account says so."""

    def move(desk: Desk) -> None:
        desk.flow("buy", "100", "40000.0")
        desk.trade_at("40000.0")
        desk.beat()

    desk = liquidated(move)
    assert desk.last("ann", "account:updated")["account"]["warnings"] == ["MARGIN_CALL"]
    assert desk.account("ann").held("BTC/USD") == 10


def test_rule_11_insurance_covers_what_is_below_zero() -> None:
    """A gap leaves the account below zero when flat: topped up to exactly 0, and halted until new money comes."""

    def move(desk: Desk) -> None:
        desk.flow("buy", "100", "20000.0")
        desk.trade_at("20000.0")
        for _ in range(80):
            desk.beat()

    desk = liquidated(move)
    ann = desk.account("ann")
    assert (ann.positions, ann.cash, str(ann.trading_state)) == ({}, Decimal(0), "halted")
    assert desk.account(INSURANCE).cash < 0
    cash = sum(account.cash for account in desk.core.ledger.accounts.values())
    deposits = sum(account.deposits for account in desk.core.ledger.accounts.values())
    assert cash == deposits
    assert ann.deposits + ann.realised - ann.fees_paid == 0
    assert desk.do(Resume("ann")).status == 409
    desk.do(Deposit("ann", Decimal(1_000)))
    assert str(ann.trading_state) == "active"


def test_rule_25_day_loss_makes_reduce_only_and_warns_before() -> None:
    """Half, 80 %, then the limit: entries go, exits stay, only reducing orders are taken, until the next day."""
    desk = Desk(CoreSettings(collar_pct=Decimal(0), liquidation=False, limits={"dayLossPct": Decimal(5)}))
    desk.open("ann")
    desk.beat()
    go_long(desk, "10", "45000.0")
    desk.order("ann", "buy", "0.1", "30000.0")
    desk.flow("buy", "100", "1.0")
    warned = []
    for price in ("44850.0", "44700.0", "44600.0"):
        desk.trade_at(price)
        desk.beat()
        warned.append(desk.last("ann", "account:updated")["account"].get("warnings"))
    assert warned[:2] == [["DAY_LOSS_HALF"], ["DAY_LOSS_80"]]
    assert str(desk.account("ann").trading_state) == "reducing"
    assert desk.open_orders("ann") == []
    assert body(desk.order("ann", "buy", "0.1", "30000.0"))["rejectReason"] == "TRADING_REDUCING"
    assert body(desk.order("ann", "sell", "11", "50000.0"))["rejectReason"] == "TRADING_REDUCING"
    assert body(desk.order("ann", "sell", "4", "50000.0"))["status"] == "accepted"
    desk.beat(seconds=13 * 3600)
    assert str(desk.account("ann").trading_state) == "active"


FUNDED = CoreSettings(collar_pct=Decimal(0), liquidation=False, funding_rate=Decimal("0.0001"))
FOUR_HOURS = 4 * 3600.0  # from the desk's noon to 16:00


def funded(settings: CoreSettings = FUNDED) -> Desk:
    """At noon ann is long 2 and bob short 0.5, at 45,000."""
    desk = Desk(settings)
    desk.open("ann", "bob")
    go_long(desk, "2", "45000.0")
    desk.flow("buy", "0.5", "45000.0")
    assert body(desk.order("bob", "sell", "0.5"))["status"] == "filled"
    desk.beat()
    desk.events.clear()
    return desk


def test_rule_26_funding_moves_cash_between_positions_and_house() -> None:
    """quantity·mark·rate once at 16:00: longs pay 9.00, shorts get 2.25, and the books stay in balance."""
    desk = funded()
    before = {name: desk.account(name).cash for name in ("ann", "bob", HOUSE)}
    desk.beat(seconds=FOUR_HOURS)
    desk.beat()
    paid = {name: desk.account(name).cash - cash for name, cash in before.items()}
    assert paid == {"ann": Decimal("-9.0000"), "bob": Decimal("2.25000"), HOUSE: Decimal("6.75000")}
    assert desk.names("ann") == ["position:updated", "balance:updated", "account:updated"]
    assert desk.last("ann", "position:updated")["position"]["realizedPnL"] == "-9.00"
    assert desk.last("ann", "account:updated")["account"]["realizedPnL"] == "-9.00"
    assert [(row.source, row.amount) for row in desk.batches[-2].transfers] == [("ann", 9), ("bob", Decimal("-2.25"))]
    accounts = desk.core.ledger.accounts.values()
    assert sum(one.cash for one in accounts) == sum(one.deposits for one in accounts)
    for name in ("ann", "bob"):
        account, margin = desk.account(name), desk.margin(name)
        assert margin.equity == account.deposits + account.realised + margin.unrealised - account.fees_paid


def test_rule_26_funding_is_settled_three_times_a_day_and_only_then() -> None:
    """At 16, 00 and 08 UTC; not when the clock is set back over one, not for what passed while the server was down."""
    desk = funded()
    cash = desk.account("ann").cash
    for hours, times in ((3.9, 0), (0.2, 1), (7, 1), (1, 2), (-1, 2), (1, 2), (8, 3)):
        desk.beat(seconds=hours * 3600)
        assert (cash - desk.account("ann").cash) / 9 == times
    desk.restart()
    desk.beat(seconds=9 * 3600)
    assert (cash - desk.account("ann").cash) / 9 == 3


def test_rule_26_funding_that_is_negative_or_off() -> None:
    """A negative rate is paid by shorts; without one nothing is told."""
    desk = funded(replace(FUNDED, funding_rate=Decimal("-0.0001")))
    cash = desk.account("bob").cash
    desk.beat(seconds=FOUR_HOURS)
    assert desk.account("bob").cash - cash == Decimal("-2.25")
    desk = funded(replace(FUNDED, funding_rate=Decimal(0)))
    desk.beat(seconds=FOUR_HOURS)
    assert not desk.events


def test_rule_26_funding_counts_for_the_day_and_for_the_margin() -> None:
    """What it costs is a loss of the day, and can bring about a margin call without any trade."""
    desk = funded(replace(FUNDED, funding_rate=Decimal("0.98"), liquidation=True))
    desk.beat(seconds=FOUR_HOURS)
    told = desk.last("ann", "account:updated")["account"]
    assert Decimal(told["dayPnL"]) < -88_000
    assert told["warnings"] == ["MARGIN_CALL"]


def test_rule_8_cash_account_borrows_nothing() -> None:
    """Buys up to the cash with fees, sells up to what is held."""
    desk = Desk(CoreSettings(paper_cash=Decimal(1_000), collar_pct=Decimal(0), liquidation=False, cash_account=True))
    desk.open("ann")
    assert body(desk.order("ann", "buy", "10", "100.0"))["rejectReason"] == "INSUFFICIENT_FUNDS"
    assert body(desk.order("ann", "buy", "9.9", "100.0"))["status"] == "accepted"
    assert body(desk.order("ann", "buy", "0.1", "100.0"))["rejectReason"] == "INSUFFICIENT_FUNDS"
    desk.flow("sell", "9.9", "100.0")
    assert body(desk.order("ann", "sell", "10", "200.0"))["rejectReason"] == "INSUFFICIENT_FUNDS"
    assert body(desk.order("ann", "sell", "9.9", "200.0"))["status"] == "accepted"


def test_rule_4_deposit_and_reset_are_transfers(desk: Desk) -> None:
    """Money in, no more out than is available, and a fresh start that keeps the books in balance."""
    desk.do(Deposit("ann", Decimal(500)))
    assert desk.account("ann").cash == 1_000_500
    assert desk.do(Deposit("ann", Decimal(-2_000_000))).code == "INSUFFICIENT_FUNDS"
    go_long(desk)
    desk.order("ann", "sell", "1", "110.0", reduce_only=True)
    desk.order("ann", "buy", "1", "90.0")
    fresh = body(desk.do(ResetAccount("ann")))
    assert (fresh["cash"], fresh["equity"], fresh["reserved"]) == ("1000000.00", "1000000.00", "0.00")
    assert desk.open_orders("ann") == []
    assert desk.account(HOUSE).held("BTC/USD") == 0
    accounts = desk.core.ledger.accounts.values()
    assert sum(one.cash for one in accounts) == sum(one.deposits for one in accounts)


def test_preview_says_what_would_happen_and_changes_nothing(desk: Desk) -> None:
    """Fills from the book, fee, position in words, margin; no event, no order."""
    desk.flow("sell", "0.5", "100.0")
    desk.flow("sell", "1", "101.0")
    desk.events.clear()
    terms = OrderTerms("BTC/USD", Side.BUY, OrderType.MARKET, Decimal(1))
    seen = body(desk.do(PreviewOrder("ann", terms)))
    assert seen["accepted"] is True
    assert seen["fills"] == [{"price": "100.00", "quantity": "0.5"}, {"price": "101.00", "quantity": "0.5"}]
    assert (seen["averagePrice"], seen["position"]["text"]) == ("100.50", "flat → long 1")
    assert desk.events == []
    assert desk.open_orders("ann") == []


def test_client_order_id_makes_one_order_for_ever(desk: Desk) -> None:
    """Open, ended in the same batch, or long ago: the same id and body is the same order."""
    first = body(desk.order("ann", "buy", "1", "90.0", client_order_id="once"))
    again = desk.order("ann", "buy", "1", "90.0", client_order_id="once")
    assert (again.status, body(again)["id"]) == (200, first["id"])
    desk.do(CancelOrder("ann", first["id"]))
    late = desk.order("ann", "buy", "1", "90.0", client_order_id="once")
    assert (late.status, body(late)["status"]) == (200, "cancelled")
    assert desk.order("ann", "buy", "2", "90.0", client_order_id="once").code == "IDEMPOTENCY_CONFLICT"


def test_rule_20_fee_in_base_currency_leaves_dust_that_counts_as_flat() -> None:
    """A buy of 1 pays 0.0026 of it; closing sells whole lots, and what is below a lot is shown and is no position."""
    desk = Desk(
        CoreSettings(paper_cash=Decimal(1_000_000), collar_pct=Decimal(0), base_fees=True),
        [market(lot=Decimal("0.01"))],
    )
    desk.open("ann")
    go_long(desk)
    trade = desk.last("ann", "trade:executed")["trade"]
    assert (trade["fee"], trade["feeCurrency"]) == ("0.0026", "BTC")
    assert desk.account("ann").held("BTC/USD") == Decimal("0.9974")
    assert desk.margin("ann").equity == Decimal(1_000_000) - Decimal("0.26")
    desk.flow("buy", "5", "99.0")
    assert body(desk.do(ClosePosition("ann", "BTC/USD")))["filledQuantity"] == "0.99"
    assert desk.account("ann").held("BTC/USD") == Decimal("0.0074")
    assert desk.do(ClosePosition("ann", "BTC/USD")).status == 404
    accounts = desk.core.ledger.accounts.values()
    assert sum(one.held("BTC/USD") for one in accounts) == 0
    assert sum(one.cash for one in accounts) == sum(one.deposits for one in accounts)


def test_rule_13_nothing_trades_outside_the_band(desk: Desk) -> None:
    """A market order that walks the book stops at the band; what is left of it expires, also of a limit order."""
    desk.venue.set_band("BTC/USD", Decimal(90), Decimal(110))
    desk.flow("sell", "1", "109.0")
    desk.flow("sell", "1", "111.0")
    order = body(desk.order("ann", "buy", "2"))
    assert (order["status"], order["filledQuantity"], order["rejectReason"]) == ("expired", "1", "PRICE_OUTSIDE_BAND")
    assert body(desk.order("ann", "buy", "1", "120.0"))["rejectReason"] == "PRICE_OUTSIDE_BAND"


def test_rule_13_collar_of_an_account_is_set_by_an_admin(desk: Desk) -> None:
    """Without a collar of the server's, one account has its own; exits stay exempt."""
    go_long(desk)
    desk.do(SetLimits("ann", {"collarPct": Decimal(2)}))
    assert body(desk.order("ann", "buy", "1", "102.5"))["rejectReason"] == "PRICE_OUTSIDE_COLLAR"
    assert body(desk.order("ann", "sell", "1", "90.0", reduce_only=True))["status"] == "accepted"


def test_fees_of_two_currencies_are_kept_apart() -> None:
    """Short 1, buy 2 with the fee in base currency: what closes pays in USD, what opens keeps coins back."""
    desk = Desk(
        CoreSettings(paper_cash=Decimal(1_000_000), collar_pct=Decimal(0), liquidation=False, base_fees=True),
        [market(lot=Decimal("0.1"))],
    )
    desk.open("ann")
    desk.flow("buy", "1", "100.0")
    desk.order("ann", "sell", "1")
    paid = desk.account("ann").fees_paid
    desk.flow("sell", "0.6", "100.0")
    desk.flow("sell", "1.4", "101.0")
    order = body(desk.order("ann", "buy", "2"))
    assert (order["fees"], order["feeCurrency"]) == ("0.26104", "USD")
    assert order["feesByCurrency"] == {"USD": "0.26104", "BTC": "0.0026"}
    assert desk.account("ann").fees_paid - paid == Decimal("0.26104")
    margin, ann = desk.margin("ann"), desk.account("ann")
    assert margin.equity == ann.deposits + ann.realised + margin.unrealised - ann.fees_paid


def test_fee_of_one_currency_is_said_in_one() -> None:
    """Beside the fields of old."""
    desk = Desk(FREE)
    desk.open("ann")
    desk.flow("sell", "1", "100.0")
    order = body(desk.order("ann", "buy", "1"))
    assert (order["fees"], order["feesByCurrency"]) == ("0.26", {"USD": "0.26"})


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
