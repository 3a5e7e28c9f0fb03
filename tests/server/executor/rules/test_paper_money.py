"""Paper money in and out, and an account that starts over."""

from decimal import Decimal

from server.domain.accounts import HOUSE
from server.domain.commands import (
    Deposit,
    ResetAccount,
)
from tests.builders import Desk
from tests.server.executor.desks import body, go_long


def test_rule_4_deposit_and_reset_are_transfers(desk: Desk) -> None:
    """Money in, no more out than is available, and a fresh start that keeps the books in balance."""
    desk.do(Deposit("ann", Decimal(500)))
    assert desk.account("ann").cash == 1_000_500
    assert desk.do(Deposit("ann", Decimal(-2_000_000))).code == "INSUFFICIENT_FUNDS"
    go_long(desk)
    desk.order("ann", "sell", "1", "110.0", reduce_only=True)
    desk.order("ann", "buy", "1", "90.0")
    fresh = body(desk.do(ResetAccount("ann")))
    assert (fresh["cash"], fresh["equity"], fresh["reserved"]) == ("1000000.00", "1000000.00", "0.00")
    assert desk.open_orders("ann") == []
    assert desk.account(HOUSE).held("BTC/USD") == 0
    accounts = desk.core.ledger.accounts.values()
    assert sum(one.cash for one in accounts) == sum(one.deposits for one in accounts)
