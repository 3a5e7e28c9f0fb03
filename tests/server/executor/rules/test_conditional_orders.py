"""Orders that wait for a price: when they fire, in which order, and how a trailing level follows."""

from dataclasses import replace
from decimal import Decimal

import orjson
import pytest

from server.domain.commands import CancelAll, ClosePosition, CreateOco, Deposit, OrderTerms
from server.domain.risk import CoreSettings
from server.ports import Place
from tests.builders import Desk
from tests.server.executor.desks import FREE, body, go_long, opened
from tradeterm.protocol.vocabulary import OrderType, Side, TimeInForce


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


def test_a_trail_that_began_at_a_quote_which_is_gone_follows_the_mark(desk: Desk) -> None:
    """Within one quarter of a second an offer below the last price comes, the stop is placed, and the offer goes again."""
    desk.trade_at("100.0")
    go_long(desk)
    desk.trade_at("100.0")
    desk.beat()
    desk.order("bob", "sell", "1", "96.0")
    desk.order("ann", "sell", "1", type="trailing_stop", trail_amount=Decimal(10), reduce_only=True)
    assert desk.open_orders("ann")[0]["stopPrice"] == "86.00"
    desk.do(CancelAll("bob"))
    desk.beat()
    assert desk.open_orders("ann")[0]["stopPrice"] == "90.00"


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


def test_an_own_bid_holds_no_stop_up() -> None:
    """It gives way when the stop meets it: how far the stop may go counts from the first bid of somebody else."""
    desk = Desk(CoreSettings(paper_cash=Decimal(1_000_000), liquidation=False))
    desk.open("ann")
    go_long(desk)
    desk.order("ann", "sell", "1", type="stop", stop_price=Decimal("99.5"), reduce_only=True)
    desk.order("ann", "buy", "0.5", "99.0")
    desk.flow("buy", "1", "97.0")
    desk.trade_at("99.5")
    assert desk.account("ann").positions == {}
    assert desk.last("ann", "trade:executed")["trade"]["price"] == "97.00"


def test_of_a_pair_that_one_price_reaches_only_the_first_fires(desk: Desk) -> None:
    """It takes the other out before its turn comes: a position of one is sold once."""
    go_long(desk)
    first, second = (
        OrderTerms("BTC/USD", Side.SELL, OrderType.STOP, Decimal(1), None, Decimal(price), reduce_only=True)
        for price in (95, 94)
    )
    pair = body(desk.do(CreateOco("ann", first, second, "pair")))["orders"]
    desk.flow("buy", "5", "90.0")
    desk.trade_at("90.0")
    fired = [event for event in desk.names("ann") if event == "order:triggered"]
    assert len(fired) == 1
    assert desk.last("ann", "order:cancelled")["order"]["id"] in {order["id"] for order in pair}
    assert desk.account("ann").positions == {}


@pytest.mark.parametrize(("side", "others"), [("sell", "buy"), ("buy", "sell")])
def test_an_entry_that_fired_is_covered_at_what_it_meets_when_its_turn_comes(side: str, others: str) -> None:
    """One print fires two: bob's order, which is older, comes to rest at 100, and ann's stop was looked at when nobody stood
    there. Worth 40,000 on 1,000, it is refused."""
    desk = opened(replace(FREE, paper_cash=Decimal(1_000)), "ann", "bob")
    desk.do(Deposit("bob", Decimal(100_000)))
    desk.trade_at("12.0" if side == "sell" else "8.0")
    desk.order("bob", others, "400", "100.0", type="take_profit_limit", stop_price=Decimal(10))
    desk.order("ann", side, "400", type="stop", stop_price=Decimal(10))
    if side == "buy":
        desk.flow("sell", "1", "11.0")
    desk.trade_at("10.0")
    refused = desk.last("ann", "order:rejected")["order"]
    assert (refused["rejectReason"], refused["rejectedBy"]) == ("INSUFFICIENT_FUNDS", "risk")
    assert desk.margin("ann").available == Decimal(1_000)


def test_an_entry_that_fired_goes_no_further_than_when_it_fired() -> None:
    """1 % below the bid of then, though a better one came before its turn: what that one leaves goes no deeper."""
    desk = opened(replace(FREE, collar_pct=Decimal(50)), "ann", "bob")
    desk.trade_at("12.0")
    desk.flow("buy", "1", "9.5")
    desk.order("bob", "buy", "2", "11.0", type="take_profit_limit", stop_price=Decimal(10))
    desk.order("ann", "sell", "4", type="stop", stop_price=Decimal(10))
    desk.flow("buy", "9", "9.0")
    desk.trade_at("10.0")
    ended = desk.last("ann", "order:expired")["order"]
    assert (ended["filledQuantity"], ended["averagePrice"], ended["rejectReason"]) == ("3", "10.50", "SLIPPAGE_LIMIT")


def test_what_has_ended_in_line_is_not_looked_at_again(desk: Desk) -> None:
    """It does not go out either."""
    desk.core.firing.in_line.add("gone")
    place = Place("gone", "ann", "BTC/USD", Side.SELL, Decimal(1), None, TimeInForce.IOC)
    assert desk.core.last_look(place) is None
    assert not desk.core.firing.in_line


@pytest.mark.parametrize(("kind", "limit"), [("stop", None), ("stop_limit", "80.0")])
def test_a_plain_stop_that_can_only_close_is_an_exit_when_it_fires(kind: str, limit: str | None) -> None:
    """No collar stops it, what its first prices leave rests, and with the position it is gone: it never opens one."""
    desk = opened(replace(FREE, collar_pct=Decimal(5)))
    go_long(desk)
    desk.order("ann", "sell", "1", limit, type=kind, stop_price=Decimal(95))
    desk.flow("buy", "0.3", "94.0")
    desk.trade_at("95.0")
    (left,) = desk.open_orders("ann")
    assert (left["type"], left["leavesQuantity"], left["triggered"]) == (kind, "0.7", True)
    desk.flow("buy", "0.7", "79.0")
    assert body(desk.do(ClosePosition("ann", "BTC/USD")))["status"] == "filled"
    assert (desk.open_orders("ann"), desk.account("ann").positions) == ([], {})


def test_the_stop_of_a_plain_pair_is_an_exit_when_it_fires() -> None:
    """Only one of the two comes about: beside the other one the stop closes no more than what is held."""
    desk = opened(replace(FREE, collar_pct=Decimal(5)))
    go_long(desk)
    target = OrderTerms("BTC/USD", Side.SELL, OrderType.LIMIT, Decimal(1), Decimal(110))
    stop = OrderTerms("BTC/USD", Side.SELL, OrderType.STOP, Decimal(1), stop_price=Decimal(95))
    desk.do(CreateOco("ann", target, stop, "pair"))
    desk.flow("buy", "0.3", "94.0")
    desk.trade_at("95.0")
    assert [(one["type"], one["leavesQuantity"]) for one in desk.open_orders("ann")] == [("stop", "0.7")]


def test_a_plain_stop_that_would_open_is_an_entry_when_it_fires() -> None:
    """Twice what is held: the collar holds for its limit, and the rest of one at the market expires."""
    desk = opened(replace(FREE, collar_pct=Decimal(5)))
    go_long(desk)
    desk.order("ann", "sell", "2", "80.0", type="stop_limit", stop_price=Decimal(96))
    desk.order("ann", "sell", "2", type="stop", stop_price=Decimal(95))
    desk.flow("buy", "0.3", "94.0")
    desk.trade_at("96.0")
    assert desk.last("ann", "order:rejected")["order"]["rejectReason"] == "PRICE_OUTSIDE_COLLAR"
    desk.trade_at("95.0")
    assert desk.last("ann", "order:expired")["order"]["filledQuantity"] == "0.3"
