"""What is asked of an account: refused whole, or done and shown as it stands then."""

from decimal import Decimal

from server.domain.commands import DeleteAlert, Deposit, OpenAccount, ResetAccount, Resume, SetDeadMan, SetLimits
from server.domain.risk import CoreSettings
from tests.server.executor.rig import Rig, opened
from tradeterm.protocol.vocabulary import ErrorCode

D = Decimal


def test_limits_are_taken_whole_or_not_at_all() -> None:
    """One without sense beside a good one changes neither."""
    rig = opened()
    assert rig.do(SetLimits("ann", {"maxOpenOrders": 1, "collarPct": D(-1)})).code is ErrorCode.VALIDATION_FAILED
    assert rig.core.ledger.accounts["ann"].limits == {}
    assert rig.body(rig.do(SetLimits("ann", {"maxOpenOrders": 1})))["limits"] == {"maxOpenOrders": 1}


def test_an_account_is_opened_once() -> None:
    """Who comes again has what they had."""
    rig = opened()
    rig.do(Deposit("ann", D(5)))
    before = rig.core.ledger.accounts["ann"].cash
    assert rig.do(OpenAccount("ann")).status == 200
    assert rig.core.ledger.accounts["ann"].cash == before


def test_a_reset_waits_for_what_is_with_a_venue_that_is_far_off() -> None:
    """It may have filled: money that nobody counted would be there afterwards."""
    rig = Rig(CoreSettings(collar_pct=D(0)), latency="50")
    rig.open("ann")
    rig.order("ann", "buy", "1", "90.0")
    assert rig.do(ResetAccount("ann")).status == 409
    assert len(rig.core.ledger.orders) == 1


def test_what_is_not_there_cannot_be_ended() -> None:
    """No alert of that id; nothing that keeps the account from trading."""
    rig = opened()
    assert rig.do(DeleteAlert("ann", "none")).status == 404
    assert rig.do(Resume("ann")).status == 200
    assert rig.body(rig.do(SetDeadMan("ann", 5)))["seconds"] == 5
