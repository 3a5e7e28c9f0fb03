"""Room in a position: stops and targets each have the whole of it, plain orders take from both, the newest are cut first."""

from decimal import Decimal

import pytest

from server.domain.commands import OrderTerms
from server.domain.exits import fitted, spoken_for
from server.domain.orders import Order, order_from
from tests.builders import START
from tradeterm.protocol.vocabulary import OrderStatus, OrderType, Reason, Side

D = Decimal
KINDS = {"stop": OrderType.STOP, "target": OrderType.TAKE_PROFIT, "plain": OrderType.LIMIT}


def exit_of(text: str, number: int = 0, side: Side = Side.SELL) -> Order:
    """`kind quantity [pair] [tracking]`; its place in time is its number."""
    kind, quantity, *more = text.split()
    price = D(100)
    terms = OrderTerms(
        *("BTC/USD", side, KINDS[kind], D(quantity)),
        price=price if kind == "plain" else None,
        stop_price=None if kind == "plain" else price,
        reduce_only=kind != "plain",
    )
    order = order_from(terms, f"id-{number}", "ann", "", START)
    order.status, order.closes_only, order.priority = OrderStatus.ACCEPTED, True, number
    order.tracks_position = "tracking" in more
    order.oco_id = next((word for word in more if word != "tracking"), None)
    return order


def sizes(held: str, *texts: str) -> list[str]:
    orders = [exit_of(text, number) for number, text in enumerate(texts)]
    return [str(size) for _, size in fitted(orders, D(held), D(held))]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["stop 5", "target 5"], ["5", "5"]),  # only one of the two can come about
        (["stop 3", "stop 3"], ["3", "2"]),  # the newest is cut
        (["plain 2", "stop 5", "target 4"], ["2", "3", "3"]),  # a plain one takes from both
        (["stop 4", "plain 3"], ["4", "1"]),
        (["stop 4 p", "stop 3 p"], ["4", "3"]),  # of a pair the larger one counts
        (["stop 4 p", "stop 5 p", "stop 1"], ["4", "5", "0"]),
        (["stop 1 tracking", "target 1 tracking"], ["5", "5"]),  # what protects the position is as large as it is
    ],
)
def test_each_exit_gets_the_room_that_is_left(texts: list[str], expected: list[str]) -> None:
    """Of a position of 5."""
    assert sizes("5", *texts) == expected


def test_exits_of_a_position_that_is_gone_get_nothing() -> None:
    """Nor those of one that is on the other side now."""
    assert sizes("0", "stop 5") == ["0"]
    (_, size), *_ = fitted([exit_of("stop 5", side=Side.BUY)], D(5), D(5))
    assert size == 0


def test_the_oldest_are_served_first_in_whatever_order_they_come() -> None:
    older, newer = exit_of("stop 4", 1), exit_of("stop 4", 2)
    assert [(order.id, size) for order, size in fitted([newer, older], D(5), D(5))] == [("id-1", D(4)), ("id-2", D(1))]


def test_what_others_close_is_spoken_for() -> None:
    """Not by itself, not by one that is ending, and not by the other leg of its own pair of one kind."""
    order, ending = exit_of("stop 2 p", 9), exit_of("stop 7", 1)
    ending.cancel_reason = Reason.USER_REQUEST
    others = [
        order,
        ending,
        exit_of("stop 1", 2),
        exit_of("target 4", 3),
        exit_of("stop 3 p", 4),
        exit_of("plain 1", 5),
    ]
    assert spoken_for(others, order) == 1 + 1
    assert (
        spoken_for(others, exit_of("plain 1", 8)) == 4 + 1
    )  # what stops, or targets, close together, and the plain one
    assert spoken_for([], order) == 0
