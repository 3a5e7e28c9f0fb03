"""The journal's events in words."""

from decimal import Decimal
from typing import Any

import pytest

from tradeterm.tui.desk.event_text import event_line

STAMP = {"timestamp": "2026-01-05T12:31:07.000Z"}
ORDER = {
    "side": "buy",
    "quantity": "0.5",
    "symbol": "BTC/USD",
    "price": "45010.50",
    "filledQuantity": "0",
    "averagePrice": None,
}
POSITION = {"side": "long", "symbol": "BTC/USD", "quantity": "0.5", "entryPrice": "45010.5", "netTotalPnL": "-58.20"}


def words(name: str, **data: Any) -> str | None:
    line = event_line("7", name, {**data, **STAMP}, lambda symbol: 2)
    return None if line is None else line.text


@pytest.mark.parametrize(
    ("name", "change", "text"),
    [
        ("order:accepted", {}, "BUY 0.5 BTC/USD @ 45,010.50 is working"),
        (
            "order:accepted",
            {"type": "stop", "price": None, "stopPrice": "44400"},
            "BUY 0.5 BTC/USD stop 44,400.00 is set",
        ),
        (
            "order:triggered",
            {"type": "take_profit_limit", "stopPrice": "46000", "price": "46010"},
            "BUY 0.5 BTC/USD take profit 46,000.00 @ 46,010.00 was triggered",
        ),
        (
            "order:partially_filled",
            {"filledQuantity": "0.1", "averagePrice": "45010.123456789012"},
            "BUY 0.5 BTC/USD @ 45,010.50: 0.1 filled @ 45,010.12",
        ),
        ("order:filled", {"price": None, "averagePrice": "45011"}, "BUY 0.5 BTC/USD filled @ 45,011.00"),
        ("order:cancelled", {"rejectReason": "USER_REQUEST"}, "BUY 0.5 BTC/USD @ 45,010.50 cancelled"),
        (
            "order:cancelled",
            {"filledQuantity": "0.2", "rejectReason": "SELF_TRADE"},
            "BUY 0.5 BTC/USD @ 45,010.50 cancelled, 0.2 had filled: self trade",
        ),
        (
            "order:rejected",
            {"rejectText": "not enough margin"},
            "BUY 0.5 BTC/USD @ 45,010.50 rejected: not enough margin",
        ),
        ("order:expired", {"price": None}, "BUY 0.5 BTC/USD expired"),
        ("order:amended", {}, "Amended to BUY 0.5 BTC/USD @ 45,010.50"),
        (
            "order:cancelled",
            {"rejectReason": "TRIMMED"},
            "BUY 0.5 BTC/USD @ 45,010.50 cancelled: other exits close all of the position already",
        ),
        (
            "order:rejected",
            {
                "rejectReason": "NOTIONAL_ABOVE_LIMIT",
                "rejectText": "value 4546150.00 is above 99879.960928 (orderNotional)",
            },
            "BUY 0.5 BTC/USD @ 45,010.50 rejected: value 4,546,150.00 is above 99,879.96",
        ),
    ],
)
def test_an_order_event_is_a_sentence(name: str, change: dict[str, Any], text: str) -> None:
    """Side, size, symbol, price, and what came of it."""
    assert words(name, order={**ORDER, **change}) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("position:opened", "LONG 0.5 BTC/USD opened @ 45,010.50"),
        ("position:closed", "LONG BTC/USD closed, net -58.20"),
        ("position:updated", None),
    ],
)
def test_a_position_is_told_when_it_opens_and_closes(name: str, text: str | None) -> None:
    """What moves with every fill is in the pane, not in the list of events."""
    assert words(name, position=POSITION) == text


@pytest.mark.parametrize(
    "name", ["order:created", "order:submitted", "trade:executed", "balance:updated", "account:updated"]
)
def test_what_others_say_already_is_left_out(name: str) -> None:
    """One thing that happened is one line."""
    assert words(name, order=ORDER, balance={}, trade={}) is None


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("deposit", "Deposit: 100,005.00 USD in all"),
        ("reset", "The account begins anew: 100,005.00 USD in all"),
        ("funding", "Funding is settled: 100,005.00 USD in all"),
        ("trade", None),
        ("order", None),
    ],
)
def test_money_that_no_order_moved_has_a_line(reason: str, text: str | None) -> None:
    """What orders and trades move is told by them."""
    assert words("balance:updated", balance={"asset": "USD", "total": "100005"}, reason=reason, causeId="t-1") == text


def test_refusals_are_alerts_and_fills_are_not() -> None:
    """An alert is toasted; the rest is read when it is looked for."""
    refused = event_line("1", "order:rejected", {"order": ORDER, **STAMP}, lambda symbol: 2)
    accepted = event_line("2", "order:accepted", {"order": ORDER, **STAMP}, lambda symbol: 2)
    assert refused is not None
    assert refused.is_alert
    assert accepted is not None
    assert not accepted.is_alert


def test_a_price_of_an_unknown_market_is_written_as_it_came() -> None:
    """No decimals are made up."""
    line = event_line("1", "order:accepted", {"order": ORDER, **STAMP}, lambda symbol: None)
    assert line is not None
    assert f"{Decimal('45010.50'):,}" in line.text


@pytest.mark.parametrize(
    ("state", "reason", "text"),
    [
        ("reducing", "DAY_LOSS_LIMIT", "DAY LOSS LIMIT: only reducing orders until 00:00Z"),
        ("halted", "KILL", "KILL: halted, only cancels are taken: :unlock ends it"),
        ("active", None, "Trading is on: every order is taken again"),
    ],
)
def test_a_change_of_what_may_be_traded_is_named_with_its_reason(state: str, reason: str | None, text: str) -> None:
    """As the server tells it."""
    assert words("trading:state", trading={"state": state, "reason": reason}) == text
