"""The exits of a position as they are typed: levels on the right side, one stop, a break-even on a tick."""

from decimal import Decimal

import pytest

from tests.tradeterm.tui.desks import FakeDesk, order, position, stop_order
from tradeterm.protocol.orders import Order, OrderRequest
from tradeterm.protocol.vocabulary import OrderType, PositionSide, Reason, Side
from tradeterm.tui.orders.draft import FieldFault
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.protecting import break_even, exits_of, protection
from tradeterm.tui.orders.sendable import Amend, Protect

D = Decimal
STOP = stop_order(8, "44000", Reason.PROTECTION)
TARGET = order(9, Side.SELL, "0.5", "47000").model_copy(update={"reduce_only": True, "reason": Reason.BRACKET})
OWN_STOP = STOP.model_copy(update={"reason": None})
OWN_TARGET = TARGET.model_copy(update={"reason": None})


def trading_of(*orders: Order, side: PositionSide = PositionSide.LONG) -> Trading:
    desk = FakeDesk(held=[position(side=side)], orders=list(orders))
    return Trading(desk, desk.clock.clocks())


def test_what_protects_is_read_from_the_orders_that_only_reduce() -> None:
    """An entry at a better price is no target."""
    assert exits_of(trading_of(STOP, TARGET), "BTC/USD") == (D(44_000), D(47_000))
    assert exits_of(trading_of(order(1, Side.SELL, "1", "46000")), "BTC/USD") == (None, None)


def test_exits_made_by_hand_are_no_part_of_the_protection() -> None:
    """They stay: a protection that took over their levels would put second ones beside them."""
    trading = trading_of(OWN_STOP, OWN_TARGET)
    assert exits_of(trading, "BTC/USD") == (None, None)
    fault = protection(trading, "BTC/USD", "44100", "")
    assert isinstance(fault, FieldFault)
    assert (fault.field, "The stop at 44,000.00 covers all of it" in fault.text) == ("stop", True)
    assert protection(trading, "BTC/USD", "", "48000") == Protect("BTC/USD", None, D(48_000))
    half = OWN_STOP.model_copy(update={"quantity": D("0.2")})
    assert protection(trading_of(half), "BTC/USD", "44100", "") == Protect("BTC/USD", D(44_100), None)


def test_break_even_moves_the_stop_that_was_made_by_hand() -> None:
    """Another one beside it would have nothing to close. One that trails has no price to be moved to."""
    assert break_even(trading_of(OWN_STOP, OWN_TARGET), "BTC/USD") == Amend(OWN_STOP, D("44999.0"))
    there = OWN_STOP.model_copy(update={"stop_price": D("44999.0")})
    assert break_even(trading_of(there), "BTC/USD") == "The stop at 44,999.00 stands there."
    trails = OWN_STOP.model_copy(update={"type": OrderType.TRAILING_STOP, "trail_percent": D(1)})
    assert str(break_even(trading_of(trails), "BTC/USD")).startswith("The stop that trails covers all of it")


@pytest.mark.parametrize(
    ("side", "stop", "target", "part"),
    [
        (PositionSide.LONG, "45012.5", "", "stop"),
        (PositionSide.LONG, "44000", "45000", "target"),
        (PositionSide.SHORT, "45000", "", "stop"),
        (PositionSide.SHORT, "46000", "45012.5", "target"),
        (PositionSide.LONG, "x", "", "stop"),
        (PositionSide.LONG, "", "0", "target"),
    ],
)
def test_a_level_on_the_wrong_side_is_a_fault_of_its_field(
    side: PositionSide, stop: str, target: str, part: str
) -> None:
    """At the market counts as wrong: it would be gone at once."""
    fault = protection(trading_of(side=side), "BTC/USD", stop, target)
    assert isinstance(fault, FieldFault)
    assert fault.field == part


def test_levels_may_be_said_from_the_entry() -> None:
    """In percent, ticks, or what the stop risks; the position was entered at 44,765.60."""
    assert protection(trading_of(), "BTC/USD", "-2%", "2r") == Protect("BTC/USD", D("43870.5"), D("46556"))
    short = protection(trading_of(side=PositionSide.SHORT), "BTC/USD", "+1000t", "-2%")
    assert short == Protect("BTC/USD", D("45265.5"), D("43870"))


def test_what_is_left_empty_is_taken_away() -> None:
    """A form shows what there is: an emptied field is meant."""
    assert protection(trading_of(STOP, TARGET), "BTC/USD", "44500", "") == Protect("BTC/USD", D(44_500), None)


def test_a_stop_that_trails_closes_all_of_the_position_and_opens_nothing() -> None:
    """By percent or by amount."""
    request = protection(trading_of(TARGET), "BTC/USD", "", "47000.00", "1.5%")
    assert isinstance(request, OrderRequest)
    assert (request.side, request.quantity, request.reduce_only) == (Side.SELL, D("0.5"), True)
    assert request.trail_percent == D("1.5")


@pytest.mark.parametrize(
    ("orders", "stop", "target", "part"),
    [
        ((), "44000", "", "trail"),
        ((STOP,), "", "", "trail"),
        ((TARGET,), "", "48000", "target"),
    ],
)
def test_one_stop_is_enough(orders: tuple[Order, ...], stop: str, target: str, part: str) -> None:
    """A trailing one beside a fixed one, or with another target at the same time, is a fault."""
    fault = protection(trading_of(*orders), "BTC/USD", stop, target, "1%")
    assert isinstance(fault, FieldFault)
    assert fault.field == part


def test_break_even_is_the_next_tick_that_loses_nothing() -> None:
    """The target stays as it is."""
    assert break_even(trading_of(STOP, TARGET), "BTC/USD") == Protect("BTC/USD", D("44999.0"), D(47_000))


def test_why_there_is_no_break_even() -> None:
    """No position, one whose fees are not known, or a market that has gone past it."""
    trading = trading_of()
    assert break_even(trading, "ETH/USD") == "No position in ETH/USD: nothing to protect."
    for changed, word in (
        (None, "not known yet"),
        (D(46_000), "46,000.00 with fees, is not reached: the last price is 45,012.50"),
    ):
        desk = FakeDesk(held=[position().model_copy(update={"break_even_price": changed})])
        assert word in str(break_even(Trading(desk, desk.clock.clocks()), "BTC/USD"))
