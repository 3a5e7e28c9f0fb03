"""What exits leave of a position for another one to close."""

from decimal import Decimal

from tests.tradeterm.tui.desks import market, order
from tradeterm.protocol.orders import Order
from tradeterm.protocol.vocabulary import OrderType, Reason, Side
from tradeterm.tui.orders.exit_room import exits_in, is_replaced, left_to_close, stop_words

D = Decimal
BTC = market("BTC", "0.5", "0.00001", 2)


def stop(number: int, quantity: str, **changes: object) -> Order:
    only = {"type": OrderType.STOP, "price": None, "stop_price": D(44_000), "reduce_only": True}
    return order(number, Side.SELL, quantity, "44000").model_copy(update={**only, **changes})


def test_stops_and_targets_have_each_a_room_of_their_own() -> None:
    """An entry takes none; what is being cancelled gives its own back."""
    target = order(3, Side.SELL, "0.5", "47000").model_copy(update={"reduce_only": True})
    orders = [stop(1, "0.2"), stop(2, "0.1", pending_cancel=True), target, order(4, Side.SELL, "9", "48000")]
    assert [one.id for one in exits_in(orders, stops=True)] == [orders[0].id]
    assert exits_in(orders, stops=False) == [target]
    assert left_to_close(D("-0.5"), exits_in(orders, stops=True)) == D("0.3")


def test_of_a_pair_the_larger_counts_and_what_has_filled_does_not() -> None:
    pair = [stop(1, "0.2", oco_id="p"), stop(2, "0.3", oco_id="p")]
    assert left_to_close(D(1), [*pair, stop(3, "0.5", filled_quantity=D("0.4"))]) == D("0.6")
    assert left_to_close(D("0.1"), pair) == 0


def test_what_the_server_made_is_replaced() -> None:
    """By its reason."""
    assert [is_replaced(stop(1, "1", reason=reason)) for reason in (Reason.BRACKET, Reason.PROTECTION, None)] == [
        True,
        True,
        False,
    ]


def test_a_stop_is_named_by_where_it_stands() -> None:
    """One that trails has no fixed place."""
    assert stop_words(stop(1, "1"), BTC) == "The stop at 44,000.00"
    assert stop_words(stop(1, "1", type=OrderType.TRAILING_STOP), BTC) == "The stop that trails"
