"""A cash account borrows nothing: not by an order, a fee or a withdrawal, and it sells no more than it holds."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import orjson
import pytest

from server.domain.commands import AmendOrder, BracketLeg, CreateOco, Deposit, OrderTerms, ReversePosition
from server.domain.risk import CoreSettings
from tests.builders import Desk, market
from tests.server.executor.desks import FREE, body, exits, go_long, opened, refused
from tradeterm.protocol.vocabulary import OrderType, Side

CASH = replace(FREE, paper_cash=Decimal(100_000), cash_account=True)


def figures(desk: Desk, name: str = "ann") -> dict[str, str]:
    """The account as the wire shows it."""
    account = desk.core.ledger.figures(desk.account(name))[1]
    return {key: orjson.loads(account)[key] for key in ("cash", "available", "reserved", "marginUsed")}


def test_reserved_is_what_the_buys_cost_with_their_fees() -> None:
    """0.1 at 45,000 sets 4,511.70 of 10,000 aside, and that is all that is not available."""
    desk = opened(replace(CASH, paper_cash=Decimal(10_000)))
    desk.order("ann", "buy", "0.1", "45000.0")
    assert figures(desk) == {"cash": "10000.00", "available": "5488.30", "reserved": "4511.70", "marginUsed": "0.00"}


@pytest.mark.parametrize("settings", [CASH, replace(FREE, paper_cash=Decimal(100_000))], ids=["cash", "margin"])
def test_what_a_fill_costs_at_most_is_set_aside(settings: CoreSettings) -> None:
    """A maker's fee may be the dearer one: the largest order that is taken leaves nothing below zero when it fills."""
    desk = Desk(settings, [market(maker_fee=Decimal("0.01"), taker_fee=Decimal("0.001"))])
    desk.open("ann")
    sizes = ["999", "990"] if settings.cash_account else ["4975", "4760"]
    taken = [body(desk.order("ann", "buy", size, "100.0"))["status"] for size in sizes]
    assert taken == ["rejected", "accepted"]
    assert desk.margin("ann").available >= 0
    desk.flow("sell", sizes[1], "100.0")
    assert desk.margin("ann").available >= 0
    assert desk.account("ann").cash >= 0 or not settings.cash_account


def test_what_is_held_binds_no_cash() -> None:
    """After a buy all of the cash that is left is available, and a sell of what is held reserves none of it."""
    desk = opened(CASH)
    go_long(desk, "1", "45000.0")
    free = {"cash": "54883.00", "available": "54883.00", "reserved": "0.00", "marginUsed": "0.00"}
    assert figures(desk) == free
    desk.order("ann", "sell", "1", "50000.0")
    assert figures(desk) == free


def test_no_more_than_the_free_cash_can_be_taken_out() -> None:
    """What is held does not count, what buys have set aside is not free."""
    desk = opened(CASH)
    go_long(desk, "1", "45000.0")
    assert desk.do(Deposit("ann", Decimal(-80_000))).status == 409
    desk.order("ann", "buy", "1", "40000.0")
    assert desk.do(Deposit("ann", Decimal("-14779.01"))).status == 409
    assert desk.do(Deposit("ann", Decimal("-14779"))).status == 200


def test_plain_sells_shrink_with_what_is_held() -> None:
    """A sell rests; an exit sells the same: the sell is gone with it, and nothing can be sold short."""
    desk = opened(CASH)
    go_long(desk)
    desk.order("ann", "sell", "1", "103.0")
    desk.flow("buy", "0.4", "99.0")
    assert body(desk.order("ann", "sell", "0.4", reduce_only=True))["status"] == "filled"
    assert [(one["quantity"], one["requestedQuantity"]) for one in desk.open_orders("ann")] == [("0.6", "1")]
    desk.flow("buy", "0.6", "99.0")
    desk.order("ann", "sell", "0.6", reduce_only=True)
    assert desk.open_orders("ann") == []
    desk.flow("buy", "5", "110.0")
    assert desk.account("ann").held("BTC/USD") == 0


def test_sells_and_exits_together_are_no_more_than_is_held() -> None:
    """Whichever comes first, what rests of both kinds is covered."""
    desk = opened(CASH)
    go_long(desk)
    desk.order("ann", "sell", "0.7", "110.0", reduce_only=True)
    assert refused(desk.order("ann", "sell", "0.4", "111.0")) == "INSUFFICIENT_FUNDS"
    assert body(desk.order("ann", "sell", "0.3", "111.0"))["status"] == "accepted"
    assert refused(desk.order("ann", "sell", "0.1", type="stop", stop_price=Decimal(90))) == "INSUFFICIENT_FUNDS"
    stop = body(desk.order("ann", "sell", "1", type="stop", stop_price=Decimal(90), reduce_only=True))
    assert (stop["quantity"], stop["requestedQuantity"]) == ("0.7", "1")


def test_linked_sells_are_covered_by_one_holding() -> None:
    """A target and a stop of which one cancels the other need what is held once."""
    desk = opened(CASH)
    go_long(desk)
    target = OrderTerms("BTC/USD", Side.SELL, OrderType.LIMIT, Decimal(1), Decimal(110))
    stop = OrderTerms("BTC/USD", Side.SELL, OrderType.STOP, Decimal(1), None, Decimal(90))
    desk.do(CreateOco("ann", target, stop, "pair"))
    assert exits(desk) == {"limit": "1", "stop": "1"}
    assert refused(desk.order("ann", "sell", "0.1", "111.0")) == "INSUFFICIENT_FUNDS"


def test_sell_that_trades_at_once_comes_before_the_exits() -> None:
    """All that is held can be sold although a bracket stands behind it; the bracket goes with the holding."""
    desk = opened(CASH)
    legs: dict[str, Any] = {"take_profit": BracketLeg(Decimal(110)), "stop_loss": BracketLeg(Decimal(90))}
    desk.flow("sell", "1", "100.0")
    desk.order("ann", "buy", "1", "100.0", **legs)
    desk.flow("buy", "1", "99.0")
    assert body(desk.order("ann", "sell", "1", "99.0"))["status"] == "filled"
    assert desk.open_orders("ann") == []


def test_amend_sells_no_more_than_is_held() -> None:
    """More for less money is more all the same."""
    desk = opened(CASH)
    go_long(desk)
    order = body(desk.order("ann", "sell", "1", "200.0"))
    answer = desk.do(AmendOrder("ann", order["id"], quantity=Decimal(2), price=Decimal(101)))
    assert (answer.status, answer.code) == (409, "INSUFFICIENT_FUNDS")
    assert desk.open_orders("ann") == [order]
    assert desk.do(AmendOrder("ann", order["id"], price=Decimal(101))).status == 200


def test_amend_is_paid_from_cash() -> None:
    """A buy grows as far as the cash goes, fees included."""
    desk = opened(replace(CASH, paper_cash=Decimal(1_000)))
    order = body(desk.order("ann", "buy", "1", "100.0"))
    assert desk.do(AmendOrder("ann", order["id"], quantity=Decimal("9.98"))).code == "INSUFFICIENT_FUNDS"
    assert desk.do(AmendOrder("ann", order["id"], quantity=Decimal("9.97"))).status == 200
    assert Decimal(figures(desk)["available"]) == Decimal(1_000) - Decimal(997) * Decimal("1.0026")


def test_market_buy_goes_no_deeper_than_its_cash() -> None:
    """Without a collar too: a market buy stops at the price that cash was set aside for."""
    desk = opened(replace(CASH, paper_cash=Decimal(1_000)))
    desk.order("ann", "sell", "1", "100.0")  # nothing is held: refused
    desk.flow("sell", "2", "100.0")
    desk.flow("sell", "50", "150.0")
    assert refused(desk.order("ann", "buy", "9")) == "INSUFFICIENT_FUNDS"
    assert body(desk.order("ann", "buy", "6"))["status"] == "filled"
    assert desk.account("ann").cash == Decimal(1_000) - Decimal(800) * Decimal("1.0026")


def test_reverse_would_sell_short_and_is_refused() -> None:
    """Nothing is cancelled for it."""
    desk = opened(CASH)
    go_long(desk)
    desk.order("ann", "buy", "1", "90.0")
    answer = body(desk.do(ReversePosition("ann", "BTC/USD")))
    assert (answer["status"], answer["rejectReason"]) == ("rejected", "INSUFFICIENT_FUNDS")
    assert exits(desk) == {"limit": "1"}


def test_holdings_owe_no_funding() -> None:
    """Nothing was borrowed for them, and cash that is spent cannot pay it."""
    desk = opened(replace(CASH, paper_cash=Decimal(1_000), funding_rate=Decimal("0.01")))
    go_long(desk, "9.97")
    desk.beat()
    cash = desk.account("ann").cash
    desk.beat(seconds=4 * 3600)
    assert desk.account("ann").cash == cash


def test_sells_of_an_older_row_are_bound_by_the_holding_too() -> None:
    """A server that was brought up to date takes a plain sell for what it is."""
    desk = opened(CASH)
    go_long(desk)
    desk.order("ann", "sell", "1", "110.0")
    for row in desk._written.orders.values():
        if row.state is not None:
            row.state = orjson.dumps({key: one for key, one in orjson.loads(row.state).items() if key != "closes_only"})
    desk.restart()
    desk.flow("buy", "1", "99.0")
    desk.order("ann", "sell", "1", "99.0")
    assert desk.open_orders("ann") == []


def triggered(desk: Desk, quantity: str, **more: Any) -> None:
    """ann holds 1 at 100, and a plain stop of so much at 95 is triggered where 0.3 are bid at 94, and more far below."""
    go_long(desk)
    assert (
        body(desk.order("ann", "sell", quantity, type="stop", stop_price=Decimal(95), **more))["status"] == "accepted"
    )
    desk.flow("buy", "0.3", "94.0")
    desk.flow("buy", "5", "90.0")
    desk.trade_at("95.0")


@pytest.mark.parametrize("reduce_only", [False, True])
def test_what_is_left_of_a_triggered_stop_rests_whatever_it_is_called(reduce_only: bool) -> None:
    """Every sell only closes what is held: it goes no deeper than 1 %, and what that leaves never vanishes."""
    desk = opened(replace(CASH, collar_pct=Decimal(5)))
    triggered(desk, "1", reduce_only=reduce_only)
    assert [(one["type"], one["leavesQuantity"]) for one in desk.open_orders("ann")] == [("stop", "0.7")]
    assert "position:unprotected" not in desk.names("ann")
    desk.flow("buy", "0.7", "93.5")
    assert desk.account("ann").held("BTC/USD") == 0


def test_what_rests_of_a_triggered_stop_keeps_its_price_when_it_is_made_larger() -> None:
    """Also where nobody bids any more."""
    desk = opened(replace(CASH, collar_pct=Decimal(5)))
    triggered(desk, "0.5")
    desk.flow("sell", "5", "90.0")
    assert desk.venue.best_bid("BTC/USD") is None
    (stop,) = desk.account("ann").orders.values()
    assert desk.do(AmendOrder("ann", stop.id, quantity=Decimal("0.6"))).status == 200
    assert (stop.leaves, stop.venue_price) == (Decimal("0.3"), Decimal("93.5"))
