"""Linked pairs at a venue that is some way off: what is heard of one leg comes too late for the other, and still only one
of them comes about."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import orjson
import pytest

from server.domain.commands import AmendOrder, CancelOrder, CreateOco, OrderTerms
from server.domain.risk import CoreSettings
from tests.builders import market
from tests.server.executor.desks import FREE, FarDesk, body
from tests.server.executor.rig import Rig
from tradeterm.protocol.vocabulary import OrderType, Side, TimeInForce

BTC = "BTC/USD"


def leg(price: str | None, stop: str | None = None, quantity: str = "10", side: str = "buy", **more: Any) -> OrderTerms:
    """One of a pair: a limit order, or a stop where there is no price."""
    kind = OrderType.STOP if price is None else OrderType.LIMIT if stop is None else OrderType.STOP_LIMIT
    limit, trigger = (Decimal(one) if one else None for one in (price, stop))
    return OrderTerms(BTC, Side(side), kind, Decimal(quantity), limit, trigger, **more)


def pair(desk: FarDesk | Rig, first: OrderTerms, second: OrderTerms, name: str = "ann") -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = body(desk.do(CreateOco(name, first, second, f"{first}{second}")))["orders"]
    return made


def far(*offers: tuple[str, str]) -> FarDesk:
    """ann's money is enough for one leg of 10 at 100, not for two; the flow offers so much at each price."""
    desk = FarDesk(250, replace(FREE, paper_cash=Decimal(250)))
    desk.open("ann", "bob")
    for quantity, price in offers:
        desk.flow("sell", quantity, price)
    return desk


def ends(desk: FarDesk) -> list[str]:
    """Why ann's orders ended that did not fill."""
    told = (orjson.loads(event.data).get("order") for event in desk.events if event.account == "ann")
    return [
        order["rejectReason"] for order in told if order and order["status"] in ("cancelled", "rejected", "expired")
    ]


def held(desk: FarDesk) -> Decimal:
    return desk.account("ann").held(BTC)


def assert_one_filled(desk: FarDesk) -> None:
    """10 once, the other leg ended for it, and nothing is open."""
    assert held(desk) == 10
    assert ends(desk) == ["OCO_SIBLING"]
    assert desk.open_orders("ann") == []


def test_of_two_entries_that_cross_one_fills() -> None:
    """Both are on their way when the first one trades: the second is not let in, and the margin is that of one."""
    desk = far(("25", "100.0"))
    pair(desk, leg("100.0"), leg("100.5"))
    desk.settle()
    assert_one_filled(desk)
    assert desk.margin("ann").available >= 0


def test_of_two_entries_that_rest_one_sweep_takes_one() -> None:
    """One incoming order reaches both: it takes the first, and goes past the second."""
    desk = far(("1", "110.0"))
    pair(desk, leg("100.0"), leg("99.5"))
    desk.settle()
    desk.flow("sell", "25", "99.0", TimeInForce.IOC)
    desk.settle()
    assert_one_filled(desk)


@pytest.mark.parametrize("wait", [0.0, 0.3, 0.6])  # the limit order is on its way, unheard of, resting
@pytest.mark.parametrize("fills_first", [True, False])
def test_a_stop_that_fires_finds_the_limit_filled(wait: float, fills_first: bool) -> None:
    """The limit order fills, and nobody has heard of that when the stop fires: the stop is not let in."""
    desk = far(("25", "101.0"))
    desk.trade_at("100.0")
    desk.settle()
    pair(desk, leg("99.0"), leg(None, "101.0"))
    desk.wait(wait)
    if fills_first:
        desk.flow("sell", "10", "99.0", TimeInForce.IOC if wait else TimeInForce.GTC)
        desk.wait(0.0 if wait else 0.3)
    desk.trade_at("101.0")
    if not fills_first:
        desk.flow("sell", "10", "99.0")
    desk.settle()
    desk.settle()
    assert held(desk) == 10
    assert desk.open_orders("ann") == []


def test_a_leg_that_fills_in_part_takes_the_other_one_out() -> None:
    """3 of 10: the rest of it goes on, the other leg is gone."""
    desk = far(("3", "100.0"))
    pair(desk, leg("100.0"), leg("100.0"))
    desk.settle()
    assert held(desk) == 3
    assert [order["leavesQuantity"] for order in desk.open_orders("ann")] == ["7"]


def test_a_pair_of_opposite_sides_comes_about_once() -> None:
    """Buy low or sell high: both prices are met within one delay."""
    desk = far(("1", "110.0"))
    pair(desk, leg("100.0"), leg("105.0", side="sell"))
    desk.settle()
    desk.flow("sell", "12", "100.0", TimeInForce.IOC)
    desk.flow("buy", "12", "105.0", TimeInForce.IOC)
    desk.settle()
    assert_one_filled(desk)


def test_an_amend_that_crosses_ends_the_other_one() -> None:
    """Moved to the offers while a sweep is about to take the other leg: one of them fills."""
    desk = far(("1", "110.0"))
    first, _ = pair(desk, leg("100.0"), leg("99.5"))
    desk.settle()
    desk.do(AmendOrder("ann", first["id"], price=Decimal("98.5")))
    desk.flow("sell", "15", "99.5", TimeInForce.IOC)
    desk.wait(0.3)
    desk.flow("sell", "15", "98.0", TimeInForce.IOC)
    desk.settle()
    assert_one_filled(desk)


def test_an_entry_that_is_refused_takes_the_other_one_out() -> None:
    """Once its owner hears of it: the other one rests by then."""
    desk = far(("1", "100.0"))
    pair(desk, leg("100.0", post_only=True), leg("90.0"))
    desk.settle()
    desk.settle()
    assert ends(desk) == ["POST_ONLY_WOULD_CROSS", "OCO_SIBLING"]
    assert desk.open_orders("ann") == []


@pytest.mark.parametrize("how", ["cancelled", "expired"])
def test_a_leg_that_ends_by_itself_leaves_the_other_one(how: str) -> None:
    """On its way or at rest: nothing has filled, so the other one goes on."""
    desk = far(("1", "110.0"))
    until: dict[str, Any] = {"time_in_force": TimeInForce.GTD, "expire_at": desk.now + timedelta(seconds=0.1)}
    first, _ = pair(desk, leg("100.0", **(until if how == "expired" else {})), leg("99.5"))
    if how == "cancelled":
        desk.do(CancelOrder("ann", first["id"]))
    desk.settle()
    desk.flow("sell", "25", "99.0", TimeInForce.IOC)
    desk.settle()
    assert held(desk) == 10


def far_exits(first: OrderTerms, second: OrderTerms) -> FarDesk:
    """ann is long 3 at 100, and one of it is in a pair of exits."""
    desk = far(("3", "100.0"))
    desk.order("ann", "buy", "3")
    desk.settle()
    pair(desk, first, second)
    return desk


@pytest.mark.parametrize("rests", [False, True])
@pytest.mark.parametrize("bid", ["1", "0.4"])
def test_two_exits_sell_what_one_of_them_may(rests: bool, bid: str) -> None:
    """1 of 3 is for sale by two legs; what the one sells the other one does not."""
    desk = far_exits(
        leg("101.0", quantity="1", side="sell", reduce_only=True),
        leg("101.5", quantity="1", side="sell", reduce_only=True),
    )
    if rests:
        desk.settle()
    desk.flow("buy", bid, "101.0")
    if not rests:
        desk.wait(0.3)  # the first one sells as it arrives
    desk.flow("buy", "5", "102.0", TimeInForce.IOC)
    desk.settle()
    assert held(desk) == 2
    assert desk.open_orders("ann") == []


def test_an_exit_s_new_total_counts_what_the_other_one_sold_unheard_of() -> None:
    """0.4 by the first, unheard of; the second is asked to sell 0.7 in all: 0.3 more."""
    one, other = (leg(price, quantity="1", side="sell", reduce_only=True) for price in ("101.0", "101.5"))
    desk = far(("3", "100.0"))
    desk.order("ann", "buy", "3")
    desk.settle()
    _, second = pair(desk, one, other)
    desk.settle()
    desk.flow("buy", "0.4", "101.0", TimeInForce.IOC)
    desk.do(AmendOrder("ann", second["id"], quantity=Decimal("0.7")))
    desk.settle()
    leaves = {order["price"]: order["leavesQuantity"] for order in desk.open_orders("ann")}
    assert leaves == {"101.00": "0.6", "101.50": "0.3"}


def test_a_cut_on_its_way_does_not_undo_what_the_owner_asked_for() -> None:
    """Its owner makes it 0.2 at another price; the position shrinks meanwhile, and the exit is to be cut to 1: it stays."""
    desk = far(("3", "100.0"))
    desk.order("ann", "buy", "3")
    desk.settle()
    order = body(desk.order("ann", "sell", "3", "101.0", reduce_only=True))
    desk.settle()
    desk.flow("buy", "2", "99.0")
    desk.order("ann", "sell", "2", reduce_only=True)
    desk.wait(0.3)
    desk.do(AmendOrder("ann", order["id"], quantity=Decimal("0.2"), price=Decimal("102.0")))
    desk.settle()
    desk.settle()
    assert [(one["leavesQuantity"], one["price"]) for one in desk.open_orders("ann")] == [("0.2", "102.00")]


@pytest.mark.parametrize("after", [0.0, 0.3, 0.6])
def test_a_restart_forgets_no_leg(after: float) -> None:
    """Both on their way, one unheard of, or both at rest when the server ends: one of them fills after the start."""
    rig = Rig(replace(FREE, paper_cash=Decimal(250)), latency="250")
    rig.open("ann")
    rig.flow("sell", "1", "110.0")
    pair(rig, leg("100.0"), leg("99.5"))
    for _ in range(round(after / 0.1)):
        rig.arrive(0.1)
    rig.restart()
    rig.beat()  # what was on its way is sent again with the first turn
    for _ in range(10):
        rig.arrive(0.1)
    rig.flow("sell", "25", "99.0", TimeInForce.IOC)
    for _ in range(10):
        rig.arrive(0.1)
    assert rig.core.ledger.accounts["ann"].held(BTC) == 10
    assert not rig.core.ledger.orders


class Pairs:
    """Random pairs, amends, cancels, restarts and flow at random delays; what each order filled is read from the events."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(f"pairs {seed}")
        latency = self.chance.choice(("5", "250", "5-400", "20,100,300"))
        settings = CoreSettings(paper_cash=Decimal(100_000), collar_pct=Decimal(0), liquidation=False)
        self.rig = Rig(settings, [market(lot=Decimal("0.1"))], latency, self.chance.choice((0.0, 0.2)))
        self.rig.open("ann", "bob")
        self.largest: dict[str, Decimal] = {}  # of each pair, the most that one of its legs was asked for
        self.legs: dict[str, str] = {}
        self.filled: defaultdict[str, Decimal] = defaultdict(Decimal)
        self.taken = 0

    def size(self) -> Decimal:
        return Decimal(self.chance.randint(1, 20)) / 10

    def price(self) -> str:
        return str(Decimal(self.chance.randint(194, 206)) / 2)

    def step(self) -> None:
        chance, draw = self.chance, self.chance.random()
        if draw < 0.35:
            tif = chance.choice((TimeInForce.GTC, TimeInForce.IOC))
            self.rig.flow(chance.choice(("buy", "sell")), str(self.size()), self.price(), tif)
        elif draw < 0.6:
            self.pair()
        elif draw < 0.7:
            self.rig.order(chance.choice(("ann", "bob")), chance.choice(("buy", "sell")), str(self.size()))
        elif draw < 0.9:
            self.change()
        elif draw < 0.98:
            self.rig.beat(0.25)
        else:
            self.rig.restart()
        self.rig.arrive(chance.choice((0.0, 0.01, 0.1, 0.3)))
        self.listen()

    def pair(self) -> None:
        side, quantity, exits = self.chance.choice(("buy", "sell")), str(self.size()), self.chance.random() < 0.5
        second = leg(None, self.price(), quantity, side, reduce_only=exits)
        if self.chance.random() < 0.6:
            second = leg(self.price(), None, quantity, side, reduce_only=exits)
        first = leg(self.price(), None, quantity, side, reduce_only=exits)
        self.rig.do(CreateOco(self.chance.choice(("ann", "bob")), first, second, "pair"), 0.0)

    def change(self) -> None:
        """An amend to less, at another price, or a cancel."""
        orders = list(self.rig.core.ledger.orders.values())
        if orders:
            order = self.chance.choice(orders)
            less = max(order.filled, order.quantity - self.size())
            command = self.chance.choice(
                (
                    AmendOrder(order.account, order.id, quantity=less),
                    AmendOrder(order.account, order.id, price=Decimal(self.price())),
                    CancelOrder(order.account, order.id),
                )
            )
            self.rig.do(command, 0.0)

    def listen(self) -> None:
        for batch in self.rig.journal.batches[self.taken :]:
            for event in batch.events:
                payload = orjson.loads(event.data)
                order = payload.get("order")
                if order and order.get("ocoId"):
                    self.legs[order["id"]] = order["ocoId"]
                    asked = Decimal(order.get("requestedQuantity") or order["quantity"])
                    self.largest[order["ocoId"]] = max(self.largest.get(order["ocoId"], Decimal(0)), asked)
                trade = payload.get("trade")
                if trade and trade["orderId"] in self.legs:
                    self.filled[self.legs[trade["orderId"]]] += Decimal(trade["quantity"])
        self.taken = len(self.rig.journal.batches)


@pytest.mark.parametrize("seed", range(6))
def test_random_pairs_fill_no_more_than_one_leg(seed: int) -> None:
    """Latency, refusals, amends, cancels, restarts, any market: a pair never fills more than its larger leg."""
    walk = Pairs(seed)
    for _ in range(400):
        walk.step()
        assert all(filled <= walk.largest[one] for one, filled in walk.filled.items())
    assert len(walk.filled) > 20, "pairs filled"
