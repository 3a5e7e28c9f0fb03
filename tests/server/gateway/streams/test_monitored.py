"""What monitors are shown: orders, positions and trades of all users, and of nobody's money, in no field and in no words."""

from decimal import Decimal

import orjson
import pytest

from server.domain.risk import CoreSettings
from server.gateway.streams.monitored import UNSAID, as_monitored
from server.ports import StoredEvent
from tests.builders import Desk
from tradeterm.protocol.vocabulary import EventName


@pytest.mark.parametrize(
    ("event", "account", "is_seen"),
    [
        (EventName.ORDER_CREATED, "ann", True),
        (EventName.BALANCE_UPDATED, "ann", False),
        (EventName.ORDER_CREATED, ":house", False),
    ],
)
def test_a_monitor_sees_trading_and_nobody_s_money(event: EventName, account: str, is_seen: bool) -> None:
    """Nor what the house's own accounts do."""
    row = StoredEvent(account, 1, event.value, b"{}", 1)
    assert as_monitored(row) == (row if is_seen else None)


@pytest.mark.parametrize("cash_account", [False, True], ids=["margin", "cash"])
def test_what_an_account_has_stands_in_no_words_that_a_monitor_reads(cash_account: bool) -> None:
    """An order that the money does not allow, one beyond its share of the equity: a monitor is told the reason; the owner
    alone reads how much there is."""
    desk = Desk(CoreSettings(paper_cash=Decimal(77_777), cash_account=cash_account))
    desk.open("ann")
    desk.order("ann", "buy", "100000", "100.0")
    desk.account("ann").limits["orderNotionalPct"] = Decimal(100)
    desk.order("ann", "buy", "1000", "100.0")
    refusals = [one for one in desk.events if one.event is EventName.ORDER_REJECTED]
    assert len(refusals) == 2
    for refusal in refusals:
        assert b" 77777.00 " in refusal.data.replace(b"(", b" ")
        shown = as_monitored(StoredEvent("ann", 1, refusal.event.value, refusal.data, 1))
        assert shown is not None
        assert b" 77777.00 " not in shown.data
        owners, monitors = orjson.loads(refusal.data)["order"], orjson.loads(shown.data)["order"]
        assert monitors.pop("rejectText") == UNSAID != owners.pop("rejectText")
        assert monitors == owners


def test_the_words_of_a_refused_amend_are_left_out_too() -> None:
    """They stand beside the order."""
    data = b'{"order":{"id":"1"},"rejectReason":"INSUFFICIENT_FUNDS","rejectText":"5.00 USD is available"}'
    shown = as_monitored(StoredEvent("ann", 1, "order:amend_rejected", data, 1))
    assert shown is not None
    assert orjson.loads(shown.data)["rejectText"] == UNSAID


def test_other_words_are_shown() -> None:
    """Why a self-trade was prevented is trading."""
    data = b'{"order":{"rejectReason":"SELF_TRADE","rejectText":"with the own order"}}'
    shown = as_monitored(StoredEvent("ann", 1, "order:cancelled", data, 1))
    assert shown is not None
    assert orjson.loads(shown.data) == orjson.loads(data)
