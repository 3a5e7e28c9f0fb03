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


def test_no_number_that_money_follows_from_is_shown() -> None:
    """Where it is the only position, the mark at which an account is liquidated is (what it owes) / (quantity · 0.9)."""
    desk = Desk(CoreSettings(paper_cash=Decimal(77_777)))
    desk.open("ann")
    desk.flow("sell", "10", "100.0")
    desk.order("ann", "buy", "10")
    opened = [one for one in desk.events if one.event is EventName.POSITION_OPENED]
    assert len(opened) == 1
    shown = as_monitored(StoredEvent("ann", 1, "position:opened", opened[0].data, 1))
    assert shown is not None
    owners, monitors = (orjson.loads(data)["position"] for data in (opened[0].data, shown.data))
    del owners["liquidationPrice"]
    assert monitors == owners


@pytest.mark.parametrize(
    ("limit", "most", "order"),
    [
        ("maxOrderQuantity", 12_345, ("12346", "1.0")),
        ("maxOrderNotional", 12_345, ("124", "100.0")),
        ("maxPositionNotional", 12_345, ("124", "100.0")),
        ("maxGrossExposure", 12_345, ("124", "100.0")),
        ("collarPct", Decimal("1.2345"), ("1", "120.0")),
    ],
)
def test_what_an_account_may_do_at_most_stands_in_no_words_that_a_monitor_reads(
    limit: str, most: Decimal | int, order: tuple[str, str]
) -> None:
    """Limits are set for one account, and are its own matter."""
    desk = Desk(CoreSettings(paper_cash=Decimal(77_777)))
    desk.open("ann", "bob")
    desk.flow("sell", "1", "100.0")
    desk.order("bob", "buy", "1")
    desk.account("ann").limits[limit] = most
    desk.order("ann", "buy", *order)
    (refusal,) = [one for one in desk.events if one.event is EventName.ORDER_REJECTED]
    assert str(most).encode() in refusal.data
    shown = as_monitored(StoredEvent("ann", 1, refusal.event.value, refusal.data, 1))
    assert shown is not None
    assert str(most).encode() not in shown.data
    assert b"rejectReason" in shown.data


@pytest.mark.parametrize(
    "data",
    [
        b'{"order":{"id":"1","rejectReason":"VENUE_REFUSED","rejectText":"balance 5.00"}}',
        b'{"order":{"id":"1"},"text":"balance 5.00"}',
    ],
)
def test_an_exchange_s_words_are_the_owner_s(data: bytes) -> None:
    """Nobody here knows what stands in them."""
    shown = as_monitored(StoredEvent("ann", 1, "order:unconfirmed", data, 1))
    assert shown is not None
    assert shown.data == data.replace(b"balance 5.00", UNSAID.encode())
