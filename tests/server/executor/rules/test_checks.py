"""Rules answer, and change nothing of what they are asked about: whole states before and after, in every scene."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

import orjson
import pytest

from server.domain.commands import BracketLeg, Command, CreateOco, Deposit, OrderTerms
from server.gateway.commands import from_body
from server.gateway.commands.bodies import BadRequest
from server.ports import Answer
from tests.server.executor.desks import FREE, body, opened
from tests.server.executor.fuzz import Sender
from tests.server.executor.rig import Rig
from tests.server.executor.scenes import SCENES, limited, long
from tests.server.executor.whole_state import difference, whole_state
from tradeterm.protocol.vocabulary import OrderType, Reason, Side

ORDERS = 60
USERS = ("ann", "bob")


def _asked(rig: Rig, commands: list[Command]) -> list[tuple[Answer, dict[str, Any], dict[str, Any]]]:
    """The answers, each with all that there was before it and after it; no time passes."""
    found = []
    for command in commands:
        before = whole_state(rig.core, rig.venue)
        answer = rig.do(command, after=0.0)
        found.append((answer, before, whole_state(rig.core, rig.venue)))
    return found


def _random(rig: Rig, seed: str, make: Callable[[Sender], Command]) -> list[Command]:
    sender = Sender(Random(seed), USERS, (180, 220))
    commands: list[Command] = []
    while len(commands) < ORDERS:
        try:
            commands.append(make(sender))
        except BadRequest:
            continue
    return commands


@pytest.mark.parametrize("scene", SCENES, ids=lambda one: one.__name__)
def test_a_preview_changes_nothing(scene: Callable[[], Rig]) -> None:
    """Whatever is asked about, good or not: account, book, budget and sequence stand as they stood."""
    rig = scene()
    rig.beat(0)
    chance = Random(scene.__name__)

    def preview(sender: Sender) -> Command:
        return from_body.preview_order(chance.choice(USERS), sender.order(rig.clock.now()))

    answers = _asked(rig, _random(rig, scene.__name__, preview))
    assert all(difference(before, after) is None for _, before, after in answers)
    assert {answer.status for answer, _, _ in answers} >= {200, 422}, "some could be looked at, some could not"


@pytest.mark.parametrize("scene", SCENES, ids=lambda one: one.__name__)
def test_what_is_refused_changes_nothing(scene: Callable[[], Rig]) -> None:
    """A command that is answered with a refusal has left no trace, whatever it was."""
    rig = scene()
    rig.beat(0)
    ids = {name: [*rig.core.ledger.accounts[name].orders, "gone"] for name in USERS}
    commands = _random(rig, scene.__name__, lambda sender: sender.command(ids, rig.clock.now()))
    for answer, before, after in _asked(rig, commands):
        if answer.status >= 400:
            assert difference(before, after) is None
        elif orjson.loads(answer.body or b"{}").get("status") == "rejected":
            assert difference(_standing(before), _standing(after)) is None


def _standing(state: dict[str, Any]) -> dict[str, Any]:
    """What an order that was rejected must leave as it was: all but what tells of it, and the budget that it cost."""
    accounts = {name: {**fields, "seq": 0} for name, fields in state["accounts"].items()}
    return {"accounts": accounts, **{key: state[key] for key in ("orders", "firing", "watch", "venue")}}


def test_an_account_with_an_order_more_is_another_account() -> None:
    """What a pair's second order is held against is made of the first and of what there is; that stays as it is."""
    rig = long()
    account = rig.core.ledger.accounts["ann"]
    before = whole_state(rig.core, rig.venue)
    buy = next(one for one in account.orders.values() if one.reserve_price is not None)
    order = replace(buy, id="another", closes_only=True)
    imagined = account.with_open(order)
    assert "another" in imagined.orders
    assert "another" in imagined.exits["BTC/USD"]
    assert imagined.entries["BTC/USD"].buys != account.entries["BTC/USD"].buys
    assert difference(whole_state(rig.core, rig.venue), before) is None


def test_a_preview_is_no_order_of_this_second() -> None:
    """Previews cost nothing of what may be sent in a second; an order does."""
    rig = limited()
    rig.clock.advance(10)
    body = {"symbol": "BTC/USD", "side": "buy", "type": "limit", "quantity": "0.1", "price": "90"}
    for _ in range(20):
        rig.do(from_body.preview_order("ann", body), after=0.0)
    sent = [rig.do(from_body.create_order("ann", body), after=0.0) for _ in range(3)]
    assert [orjson.loads(answer.body or b"")["status"] for answer in sent] == ["accepted", "accepted", "rejected"]


def test_a_market_buy_without_a_collar_is_covered_past_its_own_offer() -> None:
    """ann's own offer goes when ann meets it: what is bought for 600 is looked at as such, not as if it cost 100."""
    desk = opened(replace(FREE, paper_cash=Decimal(1_000)))
    desk.flow("sell", "10", "600.0")
    desk.order("ann", "sell", "10", "100.0")
    refused = body(desk.order("ann", "buy", "10"))
    assert refused["rejectReason"] == "INSUFFICIENT_FUNDS", refused
    assert body(desk.order("ann", "buy", "1"))["averagePrice"] == "600.00"
    assert desk.margin("ann").available >= 0


def test_a_market_buy_without_a_collar_is_covered_past_the_second_leg_of_a_pair() -> None:
    """Of two offers of which one cancels the other ann gets one, and has to go on deeper."""
    desk = opened(replace(FREE, paper_cash=Decimal(210)))
    desk.do(Deposit("bob", Decimal(10_000)))
    desk.flow("sell", "9", "600.0")
    legs = [
        OrderTerms("BTC/USD", Side.SELL, OrderType.LIMIT, Decimal(size), Decimal(price))
        for size, price in ((1, 100), (9, 101))
    ]
    desk.do(CreateOco("bob", legs[0], legs[1], "a pair"))
    assert body(desk.order("ann", "buy", "10"))["rejectReason"] == "INSUFFICIENT_FUNDS"
    assert body(desk.order("ann", "buy", "1"))["averagePrice"] == "100.00"


def test_a_market_buy_without_a_collar_ends_where_what_it_sets_off_takes_the_rest_away() -> None:
    """Its first print fires a stop whose other leg was the rest of what it was to get: it pays no price beyond that."""
    desk = opened(replace(FREE, paper_cash=Decimal(230)))
    desk.do(Deposit("bob", Decimal(10_000)))
    desk.trade_at("99.0")
    desk.flow("sell", "1", "100.0")
    desk.flow("sell", "9", "600.0")
    rest = OrderTerms("BTC/USD", Side.SELL, OrderType.LIMIT, Decimal(9), Decimal(101))
    stop = OrderTerms("BTC/USD", Side.BUY, OrderType.STOP, Decimal(1), stop_price=Decimal(100))
    desk.do(CreateOco("bob", rest, stop, "straddle"))
    ended = body(desk.order("ann", "buy", "10"))
    assert (ended["status"], ended["filledQuantity"], ended["rejectReason"]) == ("expired", "1", "SLIPPAGE_LIMIT")
    assert desk.margin("ann").available >= 0


def test_a_market_buy_that_nobody_fills_but_its_own_offer_counts_at_that() -> None:
    """There is nothing to take: it ends, and her offer has given way."""
    desk = opened()
    desk.order("ann", "sell", "10", "100.0")
    ended = body(desk.order("ann", "buy", "10"))
    assert (ended["status"], ended["filledQuantity"], desk.open_orders("ann")) == ("expired", "0", [])


@pytest.mark.parametrize(("side", "own", "others"), [("buy", "90", "100"), ("sell", "110", "100")])
def test_a_market_entry_goes_on_from_the_first_price_of_somebody_else(side: str, own: str, others: str) -> None:
    """ann's own offer, far before the others', gives way: the 1 % counts from what is left, and so does a bracket."""
    desk = opened(replace(FREE, collar_pct=Decimal(5)))
    opposite, sign = ("sell", 1) if side == "buy" else ("buy", -1)
    desk.flow(opposite, "5", others)
    desk.order("ann", opposite, "1", own)
    wrong, right = (BracketLeg(Decimal(others) - sign * off) for off in (0, 1))
    assert desk.order("ann", side, "1", stop_loss=wrong).status == 422
    filled = body(desk.order("ann", side, "1", stop_loss=right))
    assert (filled["status"], filled["averagePrice"]) == ("filled", f"{others}.00")
    assert [order["reason"] for order in desk.open_orders("ann")] == ["BRACKET"]


def test_nobody_adds_to_what_is_larger_than_can_be_held() -> None:
    """As databases of before that was checked may have it; out of it there is a way."""
    rig = long()
    held, most = rig.core.ledger.accounts["ann"].positions["BTC/USD"], rig.markets["BTC/USD"].largest_quantity
    held.quantity = most + 1
    refused = orjson.loads(rig.order("ann", "buy", "0.1").body or b"")
    assert refused["rejectReason"] == Reason.QUANTITY_ABOVE_MAXIMUM
    assert orjson.loads(rig.order("ann", "sell", "0.1", reduce_only=True).body or b"")["status"] == "filled"


@pytest.mark.parametrize("amount", ["1000000", "100000000"])
def test_a_trail_that_is_wider_than_the_price_is_refused(amount: str) -> None:
    """Its level would be no price."""
    rig = long()
    refused = orjson.loads(
        rig.order("ann", "sell", "0.1", None, "trailing_stop", trail_amount=Decimal(amount), reduce_only=True).body
        or b""
    )
    assert (refused["rejectReason"], refused["rejectText"]) == (
        Reason.STOP_WOULD_TRIGGER,
        "the trail is wider than the price",
    )


def test_a_trail_begins_where_its_trigger_is_nearer() -> None:
    """Who names both gets the tighter of the two; a trail never loosens."""
    rig = long()
    mark = rig.core.ledger.last["BTC/USD"]
    near = {"stop_price": mark - 1, "trail_amount": Decimal(5), "reduce_only": True}
    order = orjson.loads(rig.order("ann", "sell", "0.1", None, "trailing_stop", **near).body or b"")
    assert Decimal(order["stopPrice"]) == mark - 1
