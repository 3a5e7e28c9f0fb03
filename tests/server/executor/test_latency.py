"""A venue that is some way off: what was true when it was asked is not when it arrives, and nothing comes of that."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import orjson
import pytest

from server.domain.commands import (
    AmendOrder,
    BracketLeg,
    CancelAll,
    ClosePosition,
    Kill,
    ReversePosition,
    SetLimits,
    SetProtection,
)
from server.domain.risk import CoreSettings
from server.executor.rules import lifecycle
from server.executor.state.journal_rows import order_from_row, order_row
from tests.server.executor.desks import FREE, FarDesk, body, exits, state
from tradeterm.protocol.vocabulary import SelfTrade, TimeInForce, TradingState


def long_desk(quantity: str = "1", settings: CoreSettings = FREE, delay: int = 250) -> FarDesk:
    """ann is long at 100, and all is at rest."""
    desk = FarDesk(delay, settings)
    desk.open("ann", "bob")
    desk.flow("sell", quantity, "100.0")
    desk.order("ann", "buy", quantity)
    desk.settle()
    assert desk.account("ann").held("BTC/USD") == Decimal(quantity)
    return desk


@pytest.mark.parametrize("how", ["orders", "closes", "kills", "resting"])
def test_exits_that_pass_each_other_sell_no_more_than_is_held(how: str) -> None:
    """Two of the whole position within one delay: the second finds nothing, at the venue."""
    desk = long_desk()
    if how == "resting":
        desk.order("ann", "sell", "1", "99.0", reduce_only=True)
        desk.settle()
    desk.flow("buy", "5", "98.5")
    for _ in range(2):
        if how == "closes":
            desk.do(ClosePosition("ann", "BTC/USD"))
        elif how == "kills":
            desk.do(Kill("ann"))
        else:
            desk.order("ann", "sell", "1", reduce_only=True)
    desk.wait(0.3)
    desk.flow("buy", "5", "99.0")
    desk.settle()
    assert desk.account("ann").held("BTC/USD") == 0
    assert desk.open_orders("ann") == []


@pytest.mark.parametrize("price", [None, "1.0"], ids=["market", "limit"])
def test_a_sell_that_nobody_bids_for_yet_is_margined_at_the_mark(price: str | None) -> None:
    """Who bids while it is on its way gets it for about that, not for its limit: 60,000 at 100 are too much."""
    desk = long_desk()
    assert desk.venue.best_bid("BTC/USD") is None
    answer = body(desk.order("bob", "sell", "60000", price))
    assert (answer["status"], answer["rejectReason"]) == ("rejected", "INSUFFICIENT_FUNDS")
    assert body(desk.order("bob", "sell", "10000", price))["status"] == "submitted"
    desk.flow("buy", "10000", "100.0")
    desk.settle()
    assert desk.account("bob").held("BTC/USD") == -10_000
    assert desk.margin("bob").available >= 0


def test_a_market_sell_has_no_price_where_nothing_ever_traded() -> None:
    """Nor a bid: nothing could be set aside for it. With a limit it has one, and a buy finds nobody."""
    desk = FarDesk(250, FREE)
    desk.open("ann", "bob")
    assert body(desk.order("ann", "sell", "1"))["rejectReason"] == "NO_PRICE"
    assert body(desk.order("ann", "sell", "1", "100.0"))["status"] == "submitted"
    assert body(desk.order("bob", "buy", "1"))["status"] == "submitted"


def test_a_cash_account_sells_what_it_holds_whatever_the_price_is() -> None:
    """It borrows nothing for it: no price is needed, known or not."""
    desk = long_desk(settings=replace(FREE, cash_account=True))
    del desk.core.ledger.last["BTC/USD"]
    assert body(desk.order("ann", "sell", "1"))["status"] == "submitted"


def test_resting_exit_is_bound_by_what_the_venue_knows() -> None:
    """The position is sold; before the target's cancel can arrive somebody lifts it: it does not trade."""
    desk = long_desk()
    desk.order("ann", "sell", "1", "101.0", reduce_only=True)
    desk.settle()
    desk.flow("buy", "1", "99.0")
    desk.order("ann", "sell", "1", reduce_only=True)
    desk.wait(0.3)
    desk.flow("buy", "1", "101.0")
    desk.settle()
    assert desk.account("ann").held("BTC/USD") == 0
    assert desk.open_orders("ann") == []


def test_bracket_legs_never_both_close() -> None:
    """Target and stop are met within one delay: together they close the position once."""
    desk = FarDesk()
    desk.open("ann")
    desk.flow("sell", "1", "100.0")
    desk.order("ann", "buy", "1", "100.0", take_profit=BracketLeg(Decimal(110)), stop_loss=BracketLeg(Decimal(90)))
    desk.settle()
    desk.settle()
    desk.flow("buy", "1", "89.0")
    desk.trade_at("90.0")
    desk.flow("buy", "1", "110.0")
    desk.settle()
    desk.settle()
    assert desk.account("ann").held("BTC/USD") == 0


@pytest.mark.parametrize("rests", [True, False])
def test_another_protection_takes_the_place_of_the_one_that_is_ending(rests: bool) -> None:
    """The old target's cancel is on its way when the new pair is made: the new one has the whole position all the same."""
    desk = long_desk()
    for target, stop in (("110.0", "90.0"), ("112.0", "92.0")):
        desk.do(SetProtection("ann", "BTC/USD", BracketLeg(Decimal(target)), BracketLeg(Decimal(stop))))
        if rests:
            desk.settle()
    desk.settle()
    assert exits(desk) == {"limit": "1", "stop": "1"}
    assert {order["price"] or order["stopPrice"] for order in desk.open_orders("ann")} == {"112.00", "92.00"}


def test_a_fill_that_is_heard_of_late_brings_no_old_price_back() -> None:
    """Filled at 100; before its owner hears of it the market is at 105: there it stays."""
    desk = FarDesk()
    desk.open("ann")
    desk.order("ann", "buy", "1", "100.0")
    desk.settle()
    desk.flow("sell", "1", "100.0", TimeInForce.IOC)
    desk.trade_at("105.0")
    desk.settle()
    assert desk.core.ledger.last["BTC/USD"] == 105
    assert desk.margin("ann").unrealised == 5


@pytest.mark.parametrize("apart_s", [0.0, 0.1, 0.6])
def test_exits_follow_every_fill_of_their_entry(apart_s: float) -> None:
    """Filled in four parts, each before anything of the one before is settled: target and stop cover all of it."""
    desk = FarDesk()
    desk.open("ann")
    desk.order("ann", "buy", "1", "100.0", take_profit=BracketLeg(Decimal(110)), stop_loss=BracketLeg(Decimal(90)))
    desk.settle()
    for part in ("0.1", "0.2", "0.3", "0.4"):
        desk.flow("sell", part, "100.0", TimeInForce.IOC)
        desk.wait(apart_s)
    desk.settle()
    desk.settle()
    assert exits(desk) == {"limit": "1", "stop": "1"}


def test_a_stop_that_is_on_its_way_grows_with_its_entry() -> None:
    """One sweep fills the rest of the entry and comes to the stop, which is heard of first: it closes all of it."""
    desk = FarDesk()
    desk.open("ann")
    target, stop = BracketLeg(Decimal(90)), BracketLeg(Decimal(105), Decimal(104))
    desk.order("ann", "sell", "1", "100.0", take_profit=target, stop_loss=stop)
    desk.settle()
    desk.flow("buy", "0.8", "100.0", TimeInForce.IOC)
    desk.settle()
    desk.flow("sell", "5", "105.0")
    desk.flow("buy", "0.4", "105.0", TimeInForce.IOC)
    desk.settle()
    desk.settle()
    assert desk.account("ann").held("BTC/USD") == -1
    assert exits(desk) == {"stop_limit": "1"}


def test_what_an_entry_fills_while_its_end_is_on_its_way_is_protected() -> None:
    """0.4 were bought and sold at the target; before the rest can be cancelled it fills: it has a target and a stop too."""
    desk = FarDesk()
    desk.open("ann")
    desk.flow("sell", "1", "120.0")
    desk.order("ann", "buy", "1", "100.0", take_profit=BracketLeg(Decimal(110)), stop_loss=BracketLeg(Decimal(90)))
    desk.settle()
    desk.flow("sell", "0.4", "100.0", TimeInForce.IOC)
    desk.settle()
    desk.flow("buy", "0.4", "110.0", TimeInForce.IOC)
    desk.wait(0.3)
    desk.flow("sell", "0.6", "100.0", TimeInForce.IOC)
    desk.settle()
    assert desk.account("ann").held("BTC/USD") == Decimal("0.6")
    assert exits(desk) == {"limit": "0.6", "stop": "0.6"}


def test_amend_names_a_total_whatever_fills_on_the_way() -> None:
    """1.0 rests, 0.5 fills unheard of, 0.6 is asked for: 0.6 are sold in all."""
    desk = FarDesk()
    desk.open("ann")
    order = body(desk.order("ann", "sell", "1", "100.0"))
    desk.settle()
    desk.flow("buy", "0.5", "100.0", TimeInForce.IOC)
    assert desk.do(AmendOrder("ann", order["id"], quantity=Decimal("0.6"))).status == 200
    desk.settle()
    assert [one["leavesQuantity"] for one in desk.open_orders("ann")] == ["0.1"]
    desk.flow("buy", "5", "100.0")
    desk.settle()
    assert desk.account("ann").held("BTC/USD") == Decimal("-0.6")


def test_amend_below_what_filled_on_the_way_is_refused_there() -> None:
    """0.4 after 0.5: told as an event, and the order stays."""
    desk = FarDesk()
    desk.open("ann")
    order = body(desk.order("ann", "sell", "1", "100.0"))
    desk.settle()
    desk.flow("buy", "0.5", "100.0", TimeInForce.IOC)
    answer = body(desk.do(AmendOrder("ann", order["id"], quantity=Decimal("0.4"))))
    assert answer["pendingReplace"] is True
    desk.settle()
    assert "order:amend_rejected" in desk.names("ann")
    (left,) = desk.open_orders("ann")
    assert (left["quantity"], left["leavesQuantity"], left.get("pendingReplace")) == ("1", "0.5", None)


def test_nothing_is_amended_twice_at_once_or_before_it_rests() -> None:
    """On its way to the venue, or being amended: 409, nothing changes."""
    desk = FarDesk()
    desk.open("ann")
    order = body(desk.order("ann", "sell", "1", "100.0"))
    assert desk.do(AmendOrder("ann", order["id"], quantity=Decimal("0.5"))).status == 409
    desk.settle()
    assert desk.do(AmendOrder("ann", order["id"], quantity=Decimal("0.5"))).status == 200
    assert desk.do(AmendOrder("ann", order["id"], quantity=Decimal("0.7"))).status == 409
    desk.settle()
    assert [one["quantity"] for one in desk.open_orders("ann")] == ["0.5"]


def test_what_an_amend_will_bind_is_bound_while_it_is_on_its_way() -> None:
    """A cash account cannot spend the same money on the larger order and on another one meanwhile."""
    cash = replace(FREE, paper_cash=Decimal(1_000), cash_account=True)
    desk = FarDesk(250, cash)
    desk.open("ann")
    order = body(desk.order("ann", "buy", "1", "100.0"))
    desk.settle()
    desk.do(AmendOrder("ann", order["id"], quantity=Decimal(9)))
    assert body(desk.order("ann", "buy", "1", "100.0"))["rejectReason"] == "INSUFFICIENT_FUNDS"
    desk.settle()
    assert desk.margin("ann").reserved == Decimal(900) * Decimal("1.0026")
    desk.do(CancelAll("ann"))
    desk.settle()
    assert desk.margin("ann").reserved == 0
    assert desk.account("ann").entries == {}


@pytest.mark.parametrize("delay", [400, 1_500])
def test_one_liquidating_close_at_a_time(delay: int) -> None:
    """Long 10 just below its liquidation price: one close of 2.5, however long it takes, and no second on top of it."""
    desk = FarDesk(delay, CoreSettings(collar_pct=Decimal(0)))
    desk.open("ann")
    desk.flow("sell", "10", "45000.0")
    desk.order("ann", "buy", "10")
    desk.settle()
    desk.flow("buy", "100", "39018.5")
    desk.trade_at("39018.5")
    desk.settle()
    desk.settle()
    assert desk.account("ann").held("BTC/USD") == Decimal("7.5")


def test_a_fall_before_the_fill_is_heard_of_is_looked_at_all_the_same() -> None:
    """Bought 10, and the market is below their liquidation price when that is told; nothing trades after: one close of 2.5."""
    desk = FarDesk(250, CoreSettings(collar_pct=Decimal(0)))
    desk.open("ann")
    desk.flow("sell", "10", "45000.0")
    desk.order("ann", "buy", "10")
    desk.wait(0.3)
    desk.flow("buy", "100", "39018.5")
    desk.trade_at("39018.5")
    desk.beat(0)
    assert desk.account("ann").held("BTC/USD") == 0
    desk.settle()
    desk.settle()
    assert desk.account("ann").held("BTC/USD") == Decimal("7.5")


@pytest.mark.parametrize("side", ["buy", "sell"])  # adds to the position, or goes through it
def test_what_fills_after_a_kill_is_closed_too(side: str) -> None:
    """An entry is on its way to the venue: its cancel comes too late, and who is halted could not close it."""
    desk = long_desk()
    desk.flow("buy", "9", "99.0")
    desk.flow("sell", "9", "101.0")
    desk.order("ann", side, "3")
    desk.do(Kill("ann"))
    desk.settle()
    desk.settle()
    assert desk.account("ann").held("BTC/USD") == 0
    assert desk.open_orders("ann") == []


@pytest.mark.parametrize(("flattens", "left"), [(True, 0), (False, 70)])
def test_what_fills_after_a_day_s_loss_is_closed_too(flattens: bool, left: int) -> None:
    """Only where everything is closed at the limit; else it stands with the rest, and may be closed by its owner."""
    desk = long_desk("60", replace(FREE, paper_cash=Decimal(10_000), flatten_on_day_loss=flattens))
    desk.account("ann").limits["dayLossPct"] = Decimal(5)
    desk.flow("sell", "10", "91.0")
    desk.flow("buy", "100", "90.0")
    desk.order("ann", "buy", "10")
    desk.trade_at("90.0")
    desk.beat(0)
    assert state(desk) is TradingState.REDUCING
    desk.settle()
    desk.settle()
    assert desk.account("ann").held("BTC/USD") == left


def test_reverse_and_close_that_pass_each_other_leave_no_more_than_the_reverse_asked_for() -> None:
    """The close is bound by the position that it finds; the reverse is an order of twice what was held."""
    desk = long_desk()
    desk.flow("buy", "5", "99.0")
    desk.do(ReversePosition("ann", "BTC/USD"))
    desk.do(ClosePosition("ann", "BTC/USD"))
    desk.settle()
    assert desk.account("ann").held("BTC/USD") == -1


def test_what_is_taken_beside_a_reverse_is_covered_without_it() -> None:
    """A reverse is judged as if the entries were gone. Were it refused, what it was thought to leave free is not free."""
    desk = long_desk("40", replace(FREE, paper_cash=Decimal(2_000)))
    order = body(desk.order("ann", "sell", "90", "105.0"))
    desk.settle()
    desk.flow("buy", "100", "99.0")
    desk.do(ReversePosition("ann", "BTC/USD"))
    assert body(desk.order("ann", "buy", "90", "99.0"))["rejectReason"] == "INSUFFICIENT_FUNDS"
    answer = desk.do(AmendOrder("ann", order["id"], quantity=Decimal(150)))
    assert (answer.status, answer.code) == (409, "INSUFFICIENT_FUNDS")
    assert body(desk.order("ann", "buy", "10", "99.0"))["status"] == "submitted"


def test_reverse_opens_what_was_held_whatever_closed_it_on_the_way() -> None:
    """Its stop sells the position before the reverse arrives: what is left of it opens 1, not 2."""
    desk = long_desk()
    desk.flow("buy", "5", "99.0")
    desk.do(ClosePosition("ann", "BTC/USD"))
    desk.do(ReversePosition("ann", "BTC/USD"))
    desk.settle()
    assert desk.account("ann").held("BTC/USD") == -1
    assert desk.open_orders("ann") == []


@pytest.mark.parametrize("base_fees", [False, True])
def test_random_exits_under_latency_open_nothing(base_fees: bool) -> None:
    """Brackets, exits, closes and amends in any order and at any delay: no trade of an exit ever opens a position."""
    for seed in range(3):
        chance = Random(seed)
        desk = FarDesk(chance.choice((50, 250, 400)), replace(FREE, base_fees=base_fees))
        desk.open("ann", "bob")
        for _ in range(120):
            step(desk, chance)
            desk.wait(chance.choice((0, 0, 0.1, 0.3)))
        desk.settle()
        opening = {
            trade["orderId"]
            for trade in (found.get("trade") for found in map(payload, desk.events))
            if trade and trade["type"] == "entry"
        }
        exits = {
            order["id"]
            for order in (found.get("order") for found in map(payload, desk.events))
            if order and is_exit(order)
        }
        assert exits
        assert not opening & exits
        accounts = desk.core.ledger.accounts.values()
        assert sum(one.cash for one in accounts) == sum(one.deposits for one in accounts)
        assert sum(one.held("BTC/USD") for one in accounts) == 0


def step(desk: FarDesk, chance: Random) -> None:
    """Something somebody does, at prices round 100."""
    name, side = chance.choice(("ann", "bob")), chance.choice(("buy", "sell"))
    price, size = str(Decimal(chance.randint(190, 210)) / 2), str(Decimal(chance.randint(1, 20)) / 10)
    draw = chance.random()
    if draw < 0.35:
        desk.flow(side, size, price)
    elif draw < 0.5:
        desk.order(name, side, size, price, reduce_only=True)
    elif draw < 0.6:
        desk.order(name, side, size, reduce_only=True)
    elif draw < 0.75:
        legs = BracketLeg(Decimal(106)), BracketLeg(Decimal(94))
        target, stop = legs if side == "buy" else legs[::-1]
        desk.order(name, side, size, price, take_profit=target, stop_loss=stop)
    elif draw < 0.85:
        desk.do(ClosePosition(name, "BTC/USD"))
    elif desk.account(name).orders:
        order_id = chance.choice(list(desk.account(name).orders))
        desk.do(AmendOrder(name, order_id, quantity=Decimal(size)))


@pytest.mark.parametrize("seed", range(2))
def test_random_brackets_leave_nothing_without_a_stop(seed: int) -> None:
    """Entries, targets and stops met in any order and within any delay: whenever it is quiet, stops cover what is held."""
    chance = Random(f"brackets {seed}")
    desk = FarDesk(chance.choice((50, 250, 400)))
    desk.open("ann")
    held = 0
    for _ in range(60):
        for _ in range(chance.randint(1, 8)):
            price, size = str(Decimal(chance.randint(176, 224)) / 2), str(Decimal(chance.randint(1, 20)) / 10)
            if chance.random() < 0.3:
                legs = BracketLeg(Decimal(108)), BracketLeg(Decimal(92), chance.choice((None, Decimal(90))))
                exits_of = {"take_profit": legs[0], "stop_loss": legs[1], "self_trade": SelfTrade.CANCEL_TAKING}
                desk.order("ann", "buy", size, chance.choice(("98.0", "102.0")), **exits_of)  # type: ignore[arg-type]
            else:
                desk.flow(
                    chance.choice(("buy", "sell")), size, price, chance.choice((TimeInForce.GTC, TimeInForce.IOC))
                )
            desk.wait(chance.choice((0, 0, 0.1, 0.3)))
        desk.settle()
        desk.settle()
        stops = sum(Decimal(one["leavesQuantity"]) for one in desk.open_orders("ann") if one["type"].startswith("stop"))
        assert stops == desk.account("ann").held("BTC/USD")
        held += bool(stops)
    assert held > 5


def payload(event: object) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = orjson.loads(event.data)  # type: ignore[attr-defined]
    return found


def is_exit(order: dict[str, str]) -> bool:
    return bool(order.get("reduceOnly"))


@pytest.mark.parametrize("force", [TimeInForce.GTD, TimeInForce.DAY])
@pytest.mark.parametrize("lasts_s", [0.1, 0.3, 1.0])  # ends on its way there, on the way of its answer, at rest
def test_an_order_whose_time_is_over_meets_nobody(force: TimeInForce, lasts_s: float) -> None:
    """The venue knows when it ends: what would have matched it a moment later finds it gone, wherever it was."""
    desk = FarDesk()
    if force is TimeInForce.DAY:
        desk.now = (desk.now + timedelta(days=1)).replace(hour=0, minute=0, second=0) - timedelta(seconds=lasts_s)
    desk.open("ann")
    ends: dict[str, Any] = {"expire_at": desk.now + timedelta(seconds=lasts_s)} if force is TimeInForce.GTD else {}
    order = body(desk.order("ann", "sell", "1", "100.0", time_in_force=force, **ends))
    desk.wait(lasts_s)
    desk.beat(0)
    desk.flow("buy", "5", "100.0", TimeInForce.IOC)
    desk.settle()
    desk.flow("buy", "5", "100.0", TimeInForce.IOC)
    desk.settle()
    assert desk.account("ann").held("BTC/USD") == 0
    assert desk.open_orders("ann") == []
    ended = [one for one in desk.names("ann") if one in ("order:expired", "order:cancelled", "order:filled")]
    assert ended == ["order:expired"], (order, desk.names("ann"))


def limited_sell(desk: FarDesk) -> str:
    """A plain sell of all that ann holds, at the most that her limit allows; its id."""
    desk.do(SetLimits("ann", {"maxOrderNotional": Decimal("100.5")}))
    order = body(desk.order("ann", "sell", "1", "100.5"))
    desk.settle()
    return str(order["id"])


def test_sell_that_was_amended_into_an_exit_never_flips_the_position() -> None:
    """Its limit lets it through because it only closes; so it does at the venue, whatever else has sold by then."""
    desk = long_desk()
    order_id = limited_sell(desk)
    desk.do(AmendOrder("ann", order_id, price=Decimal(101)))
    desk.settle()
    desk.order("ann", "sell", "0.5", "100.0")
    desk.settle()
    desk.flow("buy", "2", "101.0")
    desk.settle()
    assert desk.account("ann").held("BTC/USD") == 0
    assert desk.open_orders("ann") == []


def test_sell_whose_amend_into_an_exit_is_refused_is_what_it_was() -> None:
    """At the venue it never was an exit, so it is none here."""
    desk = long_desk()
    order_id = limited_sell(desk)
    desk.do(AmendOrder("ann", order_id, price=Decimal(101)))
    assert desk.core.ledger.orders[order_id].closes_only
    desk.venue._matching._refuses = lambda: True
    desk.settle()
    order = desk.core.ledger.orders[order_id]
    assert (order.price, order.closes_only) == (Decimal("100.5"), False)
    assert desk.account("ann").exits == {}


def test_sell_that_is_becoming_an_exit_is_put_back_as_what_it_was() -> None:
    """A row of that moment, read again: the venue never heard of the change, and is given the order without it."""
    desk = long_desk()
    order = desk.core.ledger.orders[limited_sell(desk)]
    desk.do(AmendOrder("ann", order.id, price=Decimal(101)))
    assert not lifecycle.place_of(order).reduce_only
    restored = order_from_row(order_row(order, desk.core.ledger.markets["BTC/USD"]))
    assert not lifecycle.place_of(restored).reduce_only
    desk.settle()
    assert lifecycle.place_of(order).reduce_only
