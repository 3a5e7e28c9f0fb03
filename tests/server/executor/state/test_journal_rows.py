"""What is kept of orders, positions and accounts comes back as it was, also from what older servers wrote."""

from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import orjson
import pytest

from server.domain.commands import BracketLeg, OrderTerms, SetAlert, SetDeadMan, SetLimits
from server.domain.orders import Order, Replacing, order_from
from server.executor.state.journal_rows import (
    account_from_row,
    account_row,
    order_from_row,
    order_row,
    position_from_row,
    position_row,
)
from tests.builders import START, Desk
from tests.server.executor.desks import go_long
from tradeterm.protocol.vocabulary import AlertCondition, OrderType, Reason, SelfTrade, Side

KINDS: dict[str, dict[str, Any]] = {
    "resting": {"price": "90.0"},
    "bracket": {
        "price": "90.0",
        "take_profit": BracketLeg(Decimal(110)),
        "stop_loss": BracketLeg(Decimal(80), Decimal(79)),
    },
    "stop": {"type": "stop", "stop_price": Decimal(120)},
    "stop limit": {"type": "stop_limit", "price": "121.0", "stop_price": Decimal(120)},
    "trailing": {"type": "trailing_stop", "trail_amount": Decimal(5)},
    "post-only": {"price": "90.0", "post_only": True},
}

TERMS = (
    *("side", "type", "quantity", "price", "stop_price", "trail_amount", "take_profit", "stop_loss", "post_only"),
    *("status", "client_order_id", "created_at", "time_in_force"),
)


# What few open orders have, each with a value that is not a new order's.
RARER: dict[str, Any] = {
    **dict.fromkeys(
        ("stop_price", "trail_amount", "trail_percent", "requested", "rests_at", "venue_price"), Decimal(3)
    ),
    **dict.fromkeys(("peak", "filled", "filled_cost", "fees", "base_fees", "opened", "aside"), Decimal("0.5")),
    **dict.fromkeys(("post_only", "reduce_only", "closes_only", "triggered", "unconfirmed", "tracks_position"), True),
    **dict.fromkeys(("parent_id", "oco_id"), "another"),
    **dict.fromkeys(("expire_at", "filled_at"), START),
    **dict.fromkeys(("take_profit", "stop_loss"), BracketLeg(Decimal(110), Decimal(109))),
    "cancel_reason": Reason.KILL,
    "origin": Reason.PROTECTION,
    "other_fees": {"BNB": Decimal(1)},
    "self_trade": SelfTrade.CANCEL_BOTH,
    "replacing": Replacing(Decimal(4), was_entry=True),
}
ALWAYS_KEPT = {
    *("id", "account", "symbol", "side", "type", "quantity", "time_in_force", "created_at", "updated_at", "status"),
    *("client_order_id", "fingerprint", "price", "sent", "venue_order_id", "reserve_price", "priority", "place"),
}
# Of an order that has ended; and what is made anew.
NOT_KEPT = {"reject_reason", "reject_text", "rejected_by", "encoded", "encoded_terms", "awaits_trigger"}


@pytest.mark.parametrize("kind", KINDS)
def test_an_open_order_comes_back_as_it_was(desk: Desk, kind: str) -> None:
    """Written again, it makes the same row, byte for byte."""
    desk.trade_at("100.0")
    terms = dict(KINDS[kind])
    price = terms.pop("price", None)
    desk.order("ann", "buy", "1.5", price, **terms)
    (order,) = desk.account("ann").orders.values()
    market = desk.core.ledger.markets["BTC/USD"]
    row = order_row(order, market)
    assert row.is_open
    back = order_from_row(row)
    assert [getattr(back, name) for name in TERMS] == [getattr(order, name) for name in TERMS]
    assert order_row(back, market) == row


@pytest.mark.parametrize("name", RARER)
def test_whatever_few_orders_have_comes_back(desk: Desk, name: str) -> None:
    """Also where it is all that an order has of it."""
    terms, market = (
        OrderTerms("BTC/USD", Side.BUY, OrderType.LIMIT, Decimal(2), Decimal(90)),
        desk.core.ledger.markets["BTC/USD"],
    )
    plain, order = (order_from(terms, "o", "ann", "", START) for _ in range(2))
    setattr(order, name, RARER[name])
    order.closes_only = order.closes_only or order.reduce_only  # it never has the one without the other
    row = order_row(order, market)
    back = order_from_row(row)
    assert getattr(back, name) != getattr(plain, name)
    assert order_row(back, market) == row


def test_all_that_an_order_has_is_looked_at() -> None:
    """A field that is new is written down, or is named among those that need not be."""
    assert {one.name for one in fields(Order)} == RARER.keys() | ALWAYS_KEPT | NOT_KEPT


def test_what_has_filled_of_an_order_comes_back(desk: Desk) -> None:
    """With what it cost, and its fees."""
    desk.order("ann", "buy", "1", "100.0")
    desk.flow("sell", "0.4", "100.0")
    (order,) = desk.account("ann").orders.values()
    back = order_from_row(order_row(order, desk.core.ledger.markets["BTC/USD"]))
    assert (back.filled, back.filled_cost, back.fees) == (order.filled, order.filled_cost, order.fees)
    assert back.filled == Decimal("0.4")


def test_what_an_older_server_did_not_write_is_as_a_new_order_has_it(desk: Desk) -> None:
    desk.order("ann", "buy", "1", "90.0")
    (order,) = desk.account("ann").orders.values()
    row = order_row(order, desk.core.ledger.markets["BTC/USD"])
    assert row.state is not None
    state = orjson.loads(row.state)
    for later in ("priority", "place", "self_trade"):
        del state[later]
    back = order_from_row(replace(row, state=orjson.dumps(state)))
    assert (back.self_trade, back.unconfirmed, back.price) == (order.self_trade, False, Decimal("90.0"))


def test_an_ended_order_has_nothing_to_restore(desk: Desk) -> None:
    go_long(desk)
    (row,) = {one.id: one for batch in desk.batches for one in batch.orders.values() if one.account == "ann"}.values()
    assert not row.is_open
    assert row.state is None
    with pytest.raises(AssertionError, match="only open orders"):
        order_from_row(row)


def test_a_position_comes_back_with_what_it_has_earned(desk: Desk) -> None:
    go_long(desk, "2")
    desk.flow("buy", "1", "110.0")
    desk.order("ann", "sell", "1")
    (position,) = desk.account("ann").positions.values()
    back = position_from_row(position_row(position, desk.core.ledger.markets["BTC/USD"], Decimal(110)))
    kept = ("id", "quantity", "open_cost", "realised", "fees", "side", "opened_at")
    assert [getattr(back, name) for name in kept] == [getattr(position, name) for name in kept]
    assert back.realised == Decimal(10)


def test_an_account_comes_back_with_its_limits_alerts_and_switch(desk: Desk) -> None:
    """Whatever it waits for."""
    desk.trade_at("100.0")
    desk.do(SetLimits("ann", {"dayLossPct": Decimal("2.5")}))
    desk.do(SetAlert("ann", "BTC/USD", AlertCondition.ABOVE, Decimal(120)))
    desk.do(SetDeadMan("ann", 30))
    account = desk.account("ann")
    back = account_from_row(account_row(account))
    assert account_row(back) == account_row(account)
    assert (back.limits, back.dead_man_s, back.alerts) == (account.limits, 30, account.alerts)
    assert len(back.alerts) == 1


def test_an_account_of_an_older_server_is_held_for_its_one_reason(desk: Desk) -> None:
    row = account_row(desk.account("ann"))
    state = orjson.loads(row.state)
    for later in ("holds", "day_capital", "is_stuck"):
        state.pop(later)
    back = account_from_row(replace(row, state=orjson.dumps(state | {"halt": Reason.LIQUIDATION})))
    assert [*back.holds] == [Reason.LIQUIDATION]
    assert back.day_capital == back.day_start
