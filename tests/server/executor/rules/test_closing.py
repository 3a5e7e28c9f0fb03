"""Ways out: reverse, kill, and what a cancel of everything leaves."""

from decimal import Decimal

import pytest

from server.domain.commands import (
    CancelAll,
    CancelOrder,
    Kill,
    Resume,
    ReversePosition,
    SetLimits,
)
from server.domain.risk import CoreSettings
from tests.builders import Desk
from tests.server.executor.desks import FREE, body, exits, go_long, opened


def test_rule_18_reverse_turns_the_position_round(desk: Desk) -> None:
    """All orders of the symbol go, then one order of twice the quantity."""
    go_long(desk)
    desk.order("ann", "sell", "1", "110.0", reduce_only=True)
    desk.order("ann", "buy", "1", "90.0")
    desk.flow("buy", "5", "99.0")
    order = body(desk.do(ReversePosition("ann", "BTC/USD")))
    assert (order["quantity"], order["status"]) == ("2", "filled")
    assert desk.account("ann").held("BTC/USD") == -1
    assert desk.open_orders("ann") == []


def test_rule_18_refused_reverse_cancels_nothing() -> None:
    """Without the money for the new side everything stays as it was."""
    desk = Desk(CoreSettings(paper_cash=Decimal(21), collar_pct=Decimal(0), liquidation=False))
    desk.open("ann")
    go_long(desk)
    desk.order("ann", "sell", "1", "110.0", reduce_only=True)
    desk.flow("buy", "5", "99.0")
    desk.do(SetLimits("ann", {"maxOrderQuantity": Decimal("0.5")}))
    order = body(desk.do(ReversePosition("ann", "BTC/USD")))
    assert order["status"] == "rejected"
    assert exits(desk) == {"limit": "1"}


def test_kill_halts_cancels_flattens_and_says_what_is_left(desk: Desk) -> None:
    """Flat at once when the book allows; asked twice it answers again; resume ends it."""
    go_long(desk)
    desk.order("ann", "buy", "1", "90.0")
    desk.order("ann", "sell", "1", "110.0", reduce_only=True)
    desk.flow("buy", "0.4", "99.0")
    left = body(desk.do(Kill("ann")))
    assert (left["tradingState"], [one["type"] for one in left["orders"]]) == ("halted", ["limit"])
    assert left["positions"][0]["quantity"] == "0.6"
    assert left["withoutStop"] == ["BTC/USD"]
    refused = body(desk.order("ann", "buy", "1", "90.0"))
    assert (refused["status"], refused["rejectReason"]) == ("rejected", "TRADING_HALTED")
    desk.flow("buy", "5", "99.0")
    assert body(desk.do(Kill("ann")))["positions"] == []
    assert desk.open_orders("ann") == []
    assert body(desk.do(Resume("ann")))["tradingState"] == "active"
    assert body(desk.order("ann", "buy", "1", "90.0"))["status"] == "accepted"


def test_rule_24_cancel_all_keeps_exits_unless_asked(desk: Desk) -> None:
    """Entries go; exits only with `all`."""
    go_long(desk)
    desk.order("ann", "sell", "1", "110.0", reduce_only=True)
    desk.order("ann", "buy", "1", "90.0")
    desk.do(CancelAll("ann"))
    assert exits(desk) == {"limit": "1"}
    desk.do(CancelAll("ann", include_exits=True))
    assert desk.open_orders("ann") == []


@pytest.mark.parametrize("reduce_only", [False, True])
def test_the_last_stop_of_a_position_is_missed_whatever_it_was_called(*, reduce_only: bool) -> None:
    """Of two the first may go; after the second nothing stops the loss. One that would add to the position is none."""
    desk = opened(FREE)
    go_long(desk)
    first, second = (
        body(desk.order("ann", "sell", "0.5", type="stop", stop_price=Decimal(at), reduce_only=reduce_only))["id"]
        for at in (90, 91)
    )
    desk.order("ann", "buy", "1", type="stop", stop_price=Decimal(120))
    desk.do(CancelOrder("ann", first))
    assert "position:unprotected" not in desk.names("ann")
    desk.do(CancelOrder("ann", second))
    assert desk.names("ann").count("position:unprotected") == 1
    desk.do(CancelAll("ann"))
    assert desk.names("ann").count("position:unprotected") == 1
