"""What the core refuses before any rule is asked, and what it answers again instead of doing it twice."""

from decimal import Decimal

from server.domain.commands import (
    Deposit,
    OpenAccount,
    ResetAccount,
)
from server.domain.risk import CoreSettings
from tests.server.executor.rig import holding, opened
from tradeterm.protocol.vocabulary import ErrorCode

D = Decimal


def test_on_a_real_exchange_there_is_one_account_and_its_money_is_there() -> None:
    """Everybody else is refused before anything is opened for them."""
    rig = opened(CoreSettings(only_account="ann", collar_pct=D(0)))
    assert rig.order("bob", "buy", "1", "90.0").code is ErrorCode.FORBIDDEN
    assert rig.do(OpenAccount("bob")).code is ErrorCode.FORBIDDEN
    assert "bob" not in rig.core.ledger.accounts
    for command in (Deposit("ann", D(5)), ResetAccount("ann")):
        assert rig.do(command).code is ErrorCode.CONFLICT
    assert rig.order("ann", "buy", "1", "90.0").status == 201


def test_what_somebody_depends_on_is_followed() -> None:
    """Positions, open orders, and where a price was missing; and what is held is counted by asset."""
    rig = holding("2")
    assert rig.core.followed() == {"BTC/USD"}
    held = rig.core.holdings("ann")
    assert held is not None
    assert held["BTC"] == 2
    assert held["USD"] == rig.core.ledger.accounts["ann"].cash
    assert rig.core.holdings("nobody") is None
