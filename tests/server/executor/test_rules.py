"""The rules of the money on worked cases: orders, exits, triggers, margin."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from server.domain.accounts import INSURANCE
from server.domain.commands import (
    AmendOrder,
    CancelOrder,
    Deposit,
    OrderTerms,
    PreviewOrder,
    Resume,
    SetLimits,
)
from server.domain.risk import CoreSettings
from tests.builders import Desk
from tests.server.executor.desks import body, go_long
from tradeterm.protocol.vocabulary import OrderType, Side, TimeInForce

# ---------------------------------------------------------------- amends


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
