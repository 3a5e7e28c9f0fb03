"""All or nothing, on every way; and the book shows what can really be traded."""

from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from server.domain.commands import AmendOrder, BracketLeg, CreateOco, Deposit, OrderTerms, SetLimits
from tests.builders import Desk
from tests.server.executor.desks import FREE, body, go_long, opened
from tradeterm.protocol.vocabulary import OrderType, SelfTrade, Side, TimeInForce

FOK = TimeInForce.FOK


def kill_or_fill(desk: Desk, side: str, quantity: str, price: str | None) -> tuple[str, str, str | None]:
    """What became of bob's order: status, filled, reason."""
    order = body(desk.order("bob", side, quantity, price, time_in_force=FOK))
    return order["status"], order["filledQuantity"], order.get("rejectReason")


NOTHING = ("expired", "0", "FOK_NOT_FILLABLE")


def two_exits(desk: Desk) -> None:
    """ann is long 1; her target rests at 101, her stop-limit has triggered and rests at 98."""
    go_long(desk)
    desk.order("ann", "sell", "1", "101.0", reduce_only=True)
    desk.order("ann", "sell", "1", "98.0", type="stop_limit", stop_price=Decimal(99), reduce_only=True)
    desk.trade_at("99.0")
    assert [one["status"] for one in desk.open_orders("ann")] == ["accepted", "accepted"]


def test_exits_of_one_account_are_liquidity_once() -> None:
    """Two exits of 1 on a position of 1: the second would be gone when it is met."""
    desk = opened()
    two_exits(desk)
    assert kill_or_fill(desk, "buy", "2", "101.0") == NOTHING
    assert kill_or_fill(desk, "buy", "1", "101.0") == ("filled", "1", None)
    assert desk.account("ann").positions == {}


def test_book_shows_exits_of_one_account_as_its_position() -> None:
    """2 rest, 1 can trade: 1 is shown, at the better price; a market order's preview sees the same."""
    desk = opened()
    two_exits(desk)
    assert desk.venue.depth("BTC/USD", 10)[1] == [(Decimal(98), Decimal(1))]


def test_plain_sell_and_exit_of_one_account_are_liquidity_once() -> None:
    """A plain sell takes the position away that the exit would close."""
    desk = opened()
    go_long(desk)
    desk.order("ann", "sell", "1", "101.0")
    desk.order("ann", "sell", "1", "102.0", reduce_only=True)
    assert kill_or_fill(desk, "buy", "2", "102.0") == NOTHING


def test_second_leg_of_a_pair_is_no_liquidity() -> None:
    """A fill of one cancels the other."""
    desk = opened()
    legs = [OrderTerms("BTC/USD", Side.BUY, OrderType.LIMIT, Decimal(1), Decimal(price)) for price in (100, 99)]
    desk.do(CreateOco("ann", legs[0], legs[1], "pair"))
    assert kill_or_fill(desk, "sell", "2", "99.0") == NOTHING
    assert kill_or_fill(desk, "sell", "1", "99.0") == ("filled", "1", None)


@pytest.mark.parametrize(("cash", "expected"), [("2100", NOTHING), ("10000", ("filled", "297", None))])
def test_an_entry_that_may_be_cut_behind_an_exit_is_no_liquidity(cash: str, expected: tuple[str, str, None]) -> None:
    """Short 99, ann's exit of 99 stands before a buy of 198: once it is through, 198 open, if the money is there for that."""
    desk = opened(replace(FREE, paper_cash=Decimal(cash)))
    desk.do(Deposit("bob", Decimal(100_000)))
    desk.flow("buy", "99", "100.0")
    desk.order("ann", "sell", "99")
    desk.order("ann", "buy", "198", "99.5")
    desk.order("ann", "buy", "99", "100.0", reduce_only=True)
    assert len(desk.open_orders("ann")) == 2
    assert kill_or_fill(desk, "sell", "297", "99.5") == expected
    assert desk.margin("ann").available >= 0


def test_linked_exits_are_liquidity_as_far_as_both_could_fill() -> None:
    """Two targets of one pair on a position of 2: 2 can be taken, not 4."""
    desk = opened()
    go_long(desk, "2")
    legs = [
        OrderTerms("BTC/USD", Side.SELL, OrderType.LIMIT, Decimal(2), Decimal(price), reduce_only=True)
        for price in (101, 102)
    ]
    desk.do(CreateOco("ann", legs[0], legs[1], "pair"))
    assert kill_or_fill(desk, "buy", "2.1", "102.0") == NOTHING
    assert kill_or_fill(desk, "buy", "2", "102.0") == ("filled", "2", None)


def test_levels_off_the_band_are_no_liquidity() -> None:
    """Nothing trades there, so nothing is counted there, market order or limit."""
    desk = opened()
    desk.venue.set_band("BTC/USD", Decimal(90), Decimal(110))
    desk.flow("sell", "1", "109.0")
    desk.flow("sell", "1", "111.0")
    assert kill_or_fill(desk, "buy", "2", "120.0") == NOTHING
    assert kill_or_fill(desk, "buy", "2", None) == NOTHING
    assert kill_or_fill(desk, "buy", "1", None) == ("filled", "1", None)


def test_what_its_own_prints_set_off_takes_nothing_away() -> None:
    """The first print fires a stop whose other leg rests where the order still has to go: it is filled whole."""
    desk = opened()
    desk.trade_at("99.0")
    rest = OrderTerms("BTC/USD", Side.SELL, OrderType.LIMIT, Decimal(1), Decimal(105))
    stop = OrderTerms("BTC/USD", Side.BUY, OrderType.STOP, Decimal(1), None, Decimal(103))
    desk.do(CreateOco("ann", rest, stop, "straddle"))
    desk.flow("sell", "1", "103.0")
    assert kill_or_fill(desk, "buy", "2", "105.0") == ("filled", "2", None)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (SelfTrade.CANCEL_RESTING, ("filled", "1", None)),
        (SelfTrade.CANCEL_TAKING, NOTHING),
        (SelfTrade.CANCEL_BOTH, NOTHING),
    ],
)
def test_own_orders_in_the_way_count_as_the_order_says(mode: SelfTrade, expected: tuple[str, str, str | None]) -> None:
    """An order that would end where it meets itself can fill no further than there."""
    desk = opened()
    desk.order("bob", "sell", "1", "100.0")
    desk.flow("sell", "1", "101.0")
    order = body(desk.order("bob", "buy", "1", "101.0", time_in_force=FOK, self_trade=mode))
    assert (order["status"], order["filledQuantity"], order.get("rejectReason")) == expected


def test_random_books_fill_whole_or_not_at_all() -> None:
    """Brackets, pairs, exits, plain orders and own ones in any mix: never a part."""
    chance = Random(5)
    legs: dict[str, Any] = {"take_profit": BracketLeg(Decimal(104)), "stop_loss": BracketLeg(Decimal(96))}
    outcomes = set()
    for _ in range(25):
        desk = opened(replace(FREE), "ann", "bob", "cat")
        desk.venue.set_band("BTC/USD", Decimal(97), Decimal(103))
        for _ in range(12):
            name, price = chance.choice(("ann", "bob", "cat")), str(Decimal(chance.randint(192, 208)) / 2)
            side, size = chance.choice(("buy", "sell")), str(chance.randint(1, 3))
            draw = chance.random()
            if draw < 0.3:
                desk.flow(side, size, price)
            elif draw < 0.5:
                desk.order(name, side, size, price, reduce_only=True)
            elif draw < 0.6:
                terms = [
                    OrderTerms(
                        "BTC/USD", Side(side), OrderType.LIMIT, Decimal(size), Decimal(at), reduce_only=draw < 0.55
                    )
                    for at in (price, "100")
                ]
                desk.do(CreateOco(name, terms[0], terms[1], "pair"))
            else:
                desk.order(name, side, size, price, **(legs if draw > 0.8 and side == "buy" else {}))
            status, filled, _ = kill_or_fill(desk, chance.choice(("buy", "sell")), str(chance.randint(1, 6)), price)
            assert filled == "0" or status == "filled"
            outcomes.add(status)
    assert outcomes >= {"filled", "expired"}


def test_plain_sell_that_was_amended_into_an_exit_is_liquidity_as_an_exit() -> None:
    """Above her limit it is let through because it only closes: and the venue has it as one."""
    desk = opened()
    desk.do(SetLimits("ann", {"maxOrderNotional": Decimal("100.5")}))
    go_long(desk)
    order = body(desk.order("ann", "sell", "1", "100.5"))
    assert desk.do(AmendOrder("ann", order["id"], price=Decimal(101))).status == 200
    desk.order("ann", "sell", "0.5", "100.0")
    assert kill_or_fill(desk, "buy", "1.5", "101.0") == NOTHING
    assert kill_or_fill(desk, "buy", "1", "101.0") == ("filled", "1", None)
    assert desk.account("ann").positions == {}
