"""An amend is one step: the venue takes it, or the order is as it was."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from server.domain.commands import AmendOrder, BracketLeg, CancelOrder, SetProtection
from tests.builders import Desk
from tests.server.executor.desks import FREE, body, go_long, opened, refused
from tradeterm.protocol.vocabulary import MarketState


def resting(desk: Desk, **more: Any) -> dict[str, Any]:
    order = body(desk.order("ann", "buy", "1", "90.0", **more))
    assert order["status"] == "accepted"
    return order


def pause(desk: Desk) -> None:
    desk.core.ledger.markets["BTC/USD"].state = MarketState.PAUSED


def reject_all(desk: Desk) -> None:
    desk.venue._matching._refuses = lambda: True


@pytest.mark.parametrize(
    ("trouble", "code"),
    [(pause, "MARKET_PAUSED"), (reject_all, "PRACTICE_REJECT")],
    ids=["paused", "refused at random"],
)
def test_amend_that_the_venue_refuses_leaves_the_order(trouble: Callable[[Desk], None], code: str) -> None:
    """409 with the venue's reason, an event that says why, and the order to the last byte as it was; so is its place."""
    desk = opened()
    order = resting(desk)
    trouble(desk)
    desk.events.clear()
    answer = desk.do(AmendOrder("ann", order["id"], price=Decimal(91)))
    assert (answer.status, answer.code) == (409, code)
    told = desk.last("ann", "order:amend_rejected")
    assert (told["order"], told["rejectReason"]) == (order, code)
    assert desk.open_orders("ann") == [order]
    assert desk.venue.best_bid("BTC/USD") == 90
    assert desk.margin("ann").reserved == Decimal(90) * (Decimal("0.2") + Decimal("0.0026"))


def test_smaller_is_no_new_order() -> None:
    """It needs no acceptance: a paused market takes cancels, and part of an order is cancelled."""
    desk = opened()
    order = resting(desk)
    pause(desk)
    assert desk.do(AmendOrder("ann", order["id"], quantity=Decimal("0.4"))).status == 200


def test_waiting_entry_is_not_changed_by_a_price_that_is_stale() -> None:
    """As no such order would be taken then; less of it may be asked for, and its end. One with a limit needs no price."""
    desk = opened()
    desk.trade_at("100.0")
    stop = body(desk.order("ann", "buy", "1", type="stop", stop_price=Decimal(120)))
    limited = body(desk.order("ann", "buy", "1", "125.0", type="stop_limit", stop_price=Decimal(120)))
    desk.core.set_stale("BTC/USD", True)
    for change in ({"quantity": Decimal(2)}, {"stop_price": Decimal(101)}):
        answer = desk.do(AmendOrder("ann", stop["id"], **change))
        assert (answer.status, answer.code) == (409, "PRICE_STALE")
        assert desk.do(AmendOrder("ann", limited["id"], **change)).status == 200
    assert desk.do(AmendOrder("ann", stop["id"], quantity=Decimal("0.5"))).status == 200
    desk.core.set_stale("BTC/USD", False)
    assert desk.do(AmendOrder("ann", stop["id"], quantity=Decimal(2))).status == 200


def test_post_only_is_never_moved_across_the_book() -> None:
    """Refused before it is tried, and by the venue as well when the book came near meanwhile."""
    desk = opened()
    order = resting(desk, post_only=True)
    desk.flow("sell", "1", "95.0")
    assert desk.do(AmendOrder("ann", order["id"], price=Decimal(95))).code == "POST_ONLY_WOULD_CROSS"
    assert desk.open_orders("ann") == [order]


def test_amend_keeps_what_was_trimmed_in_mind_until_a_new_total_is_named() -> None:
    """`requestedQuantity` stands while the order is smaller than what was asked for, a new price or not."""
    desk = opened()
    desk.flow("sell", "1", "100.0")
    desk.order("ann", "buy", "1")
    order = body(desk.order("ann", "sell", "3", "110.0", reduce_only=True))
    assert (order["quantity"], order["requestedQuantity"]) == ("1", "3")
    moved = body(desk.do(AmendOrder("ann", order["id"], price=Decimal(111))))
    assert (moved["quantity"], moved["requestedQuantity"]) == ("1", "3")
    named = body(desk.do(AmendOrder("ann", order["id"], quantity=Decimal("0.5"))))
    assert (named["quantity"], named.get("requestedQuantity")) == ("0.5", None)


def test_stop_limit_meets_the_collar_when_it_triggers() -> None:
    """Far away it is taken; triggered, its limit is held against the mark of that moment."""
    desk = opened(replace(FREE, collar_pct=Decimal(5)))
    desk.trade_at("100.0")
    near = body(desk.order("ann", "buy", "1", "111.0", type="stop_limit", stop_price=Decimal(110)))
    far = body(desk.order("ann", "buy", "1", "130.0", type="stop_limit", stop_price=Decimal(110)))
    assert near["status"] == far["status"] == "accepted"
    desk.trade_at("110.0")
    assert [one["id"] for one in desk.open_orders("ann")] == [near["id"]]
    rejected = desk.last("ann", "order:rejected")["order"]
    assert (rejected["id"], rejected["rejectReason"]) == (far["id"], "PRICE_OUTSIDE_COLLAR")


def test_plain_limit_still_meets_it_at_once() -> None:
    """What may trade now is judged now, also when it is amended."""
    desk = opened(replace(FREE, collar_pct=Decimal(5)))
    desk.trade_at("100.0")
    assert refused(desk.order("ann", "buy", "1", "106.0")) == "PRICE_OUTSIDE_COLLAR"
    order = resting(desk)
    assert desk.do(AmendOrder("ann", order["id"], price=Decimal(106))).code == "PRICE_OUTSIDE_COLLAR"


def test_paused_market_takes_no_waiting_order_either() -> None:
    """A stop that would wait here, a new trigger, a protection: refused; a cancel is taken."""
    desk = opened()
    go_long(desk)
    stop = body(desk.order("ann", "sell", "1", type="stop", stop_price=Decimal(90), reduce_only=True))
    pause(desk)
    assert refused(desk.order("ann", "buy", "1", type="stop", stop_price=Decimal(120))) == "MARKET_PAUSED"
    for command in (
        AmendOrder("ann", stop["id"], stop_price=Decimal(80)),
        SetProtection("ann", "BTC/USD", BracketLeg(Decimal(120)), None),
    ):
        answer = desk.do(command)
        assert (answer.status, answer.code) == (409, "MARKET_PAUSED")
    assert desk.open_orders("ann") == [stop]
    assert desk.do(CancelOrder("ann", stop["id"])).status == 200


@pytest.mark.parametrize(
    ("terms", "change"),
    [
        ({"price": "95.0"}, {"price": Decimal(85)}),
        ({"price": "95.0"}, {"price": Decimal(111)}),
        ({"price": None, "type": "stop", "stop_price": Decimal(105)}, {"stop_price": Decimal(120)}),
        ({"price": "106.0", "type": "stop_limit", "stop_price": Decimal(105)}, {"price": Decimal(120)}),
    ],
)
def test_amend_past_the_legs_of_its_bracket_is_refused(terms: dict[str, Any], change: dict[str, Decimal]) -> None:
    """As a new order of those terms would be; less of it is no new order."""
    desk = opened()
    desk.trade_at("100.0")
    legs: dict[str, Any] = {"take_profit": BracketLeg(Decimal(110)), "stop_loss": BracketLeg(Decimal(90))}
    order = body(desk.order("ann", "buy", "1", **terms, **legs))
    new = desk.order("ann", "buy", "1", **(terms | dict(change)), **legs)
    answer = desk.do(AmendOrder("ann", order["id"], **change))
    assert (answer.status, answer.code) == (new.status, new.code) == (422, "VALIDATION_FAILED")
    assert desk.open_orders("ann") == [order]
    assert desk.do(AmendOrder("ann", order["id"], quantity=Decimal("0.5"))).status == 200


def test_trailing_entry_with_a_bracket_is_amended_wherever_its_level_is() -> None:
    """Its level is none of its terms: only what an order of those terms would meet now is looked at."""
    desk = opened()
    desk.trade_at("100.0")
    legs = {"take_profit": BracketLeg(Decimal(110)), "stop_loss": BracketLeg(Decimal(90))}
    order = body(desk.order("ann", "buy", "1", None, type="trailing_stop", trail_amount=Decimal(20), **legs))
    assert desk.do(AmendOrder("ann", order["id"], quantity=Decimal(2))).status == 200
    desk.flow("sell", "1", "115.0")
    assert desk.do(AmendOrder("ann", order["id"], quantity=Decimal(3))).code == "VALIDATION_FAILED"
    assert desk.do(AmendOrder("ann", order["id"], quantity=Decimal(1))).status == 200


@pytest.mark.parametrize(
    ("limit", "terms", "change", "code"),
    [
        (
            "maxOrderQuantity",
            {"price": "50.0"},
            {"quantity": Decimal(2), "price": Decimal(25)},
            "QUANTITY_ABOVE_MAXIMUM",
        ),
        (
            "maxOrderQuantity",
            {"price": None, "type": "stop", "stop_price": Decimal(200)},
            {"quantity": Decimal("1.9"), "stop_price": Decimal(105)},
            "QUANTITY_ABOVE_MAXIMUM",
        ),
        ("maxOrderNotional", {"price": "1.0"}, {"price": Decimal("1.5")}, "NOTIONAL_ABOVE_LIMIT"),
    ],
)
def test_amend_meets_the_limits_of_a_new_order(
    limit: str, terms: dict[str, Any], change: dict[str, Decimal], code: str
) -> None:
    """A larger size for a lower price binds no more, and is a larger order none the less."""
    desk = opened(replace(FREE, limits={limit: Decimal(1)}))
    desk.trade_at("100.0")
    order = body(desk.order("ann", "buy", "1", **terms))
    answer = desk.do(AmendOrder("ann", order["id"], **change))
    assert (answer.status, answer.code) == (409, code)
    assert desk.open_orders("ann") == [order]


def test_value_of_an_order_counts_what_has_filled_of_it() -> None:
    """Less is left of it, and as a whole it is worth more: the limit is on the whole."""
    desk = opened(replace(FREE, limits={"maxOrderNotional": Decimal(100)}))
    order = body(desk.order("ann", "buy", "10", "10.0"))
    desk.flow("sell", "9", "10.0")
    answer = desk.do(AmendOrder("ann", order["id"], quantity=Decimal("9.5"), price=Decimal(15)))
    assert (answer.status, answer.code) == (409, "NOTIONAL_ABOVE_LIMIT")


def test_stop_of_a_bracket_is_not_moved_across_the_market() -> None:
    """It would fire at once, as any other stop; only one that comes too late for its entry does."""
    desk = opened()
    desk.trade_at("100.0")
    desk.flow("sell", "1", "100.0")
    body(desk.order("ann", "buy", "1", stop_loss=BracketLeg(Decimal(90))))
    (stop,) = desk.open_orders("ann")
    desk.flow("buy", "5", "99.0")
    for trigger, code in (("105", "STOP_WOULD_TRIGGER"), ("100", "STOP_WOULD_TRIGGER"), ("99.5", None)):
        assert desk.do(AmendOrder("ann", stop["id"], stop_price=Decimal(trigger))).code == code
    assert desk.account("ann").held("BTC/USD") == 1
