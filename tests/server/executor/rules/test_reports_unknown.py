"""A venue's report about an order that is no longer open, or about a trade that was booked, changes nothing."""

from decimal import Decimal, localcontext

import pytest

from server.domain.risk import CoreSettings
from server.ports import (
    AcceptedReport,
    AgreementReport,
    AmendedReport,
    AmendRejectedReport,
    CancelledReport,
    CancelRejectedReport,
    ExpiredReport,
    FillReport,
    RejectedReport,
    Report,
    UnconfirmedReport,
)
from tests.server.executor.rig import Rig
from tests.server.executor.whole_state import difference, whole_state
from tradeterm.protocol.arithmetic import MONEY
from tradeterm.protocol.vocabulary import Liquidity, Reason, Side

D, GONE = Decimal, "no-such-order"
REPORTS: list[Report] = [
    AcceptedReport(GONE, "v-1"),
    RejectedReport(GONE, Reason.VENUE_REFUSED, "refused"),
    FillReport(GONE, "ann", "BTC/USD", Side.BUY, D(1), D(100), Liquidity.TAKER, "t-1"),
    CancelledReport(GONE, Reason.USER_REQUEST),
    ExpiredReport(GONE, Reason.NO_LIQUIDITY),
    AmendedReport(GONE, D(1), D(100)),
    CancelRejectedReport(GONE, "there is none"),
    AmendRejectedReport(GONE, "there is none"),
    UnconfirmedReport(GONE, "no answer"),
    AgreementReport("nobody", agrees=False, differences=("BTC: 1 there, 0 here",)),
]


def rig() -> Rig:
    found = Rig(CoreSettings(collar_pct=D(0)))
    found.open("ann")
    assert found.order("ann", "buy", "2", "100.0").status == 201
    return found


def take(on: Rig, report: Report) -> None:
    with localcontext(MONEY):
        on.core.reports.take(report)
        on.core.settle()


@pytest.mark.parametrize("report", REPORTS, ids=lambda one: type(one).__name__)
def test_a_report_about_what_is_not_there_changes_nothing(report: Report) -> None:
    """It may have ended while the report was on its way."""
    found, untouched = rig(), rig()
    take(found, report)
    assert difference(whole_state(found.core, found.venue), whole_state(untouched.core, untouched.venue)) is None
    assert not found.core.take_batch()[0].events


def test_a_trade_is_booked_once_however_often_it_is_told() -> None:
    """A stream that begins anew tells the last ones again."""
    found = rig()
    (order,) = found.core.ledger.accounts["ann"].orders.values()
    fills = [
        FillReport(order.id, "ann", "BTC/USD", Side.BUY, D("0.5"), D(100), Liquidity.MAKER, trade)
        for trade in ("t-1", "t-1", "t-2", "t-1", "t-2")
    ]
    for fill in fills:
        take(found, fill)
    assert order.filled == 1
    assert found.core.ledger.accounts["ann"].held("BTC/USD") == 1
