"""Every event of the journal as a sentence."""

from typing import Any

import pytest

from tradeterm.cli.commands.event_words import sentence
from tradeterm.protocol.vocabulary import EventName

STAMP = {"timestamp": "2026-01-05T12:31:07.000Z"}
ORDER = {
    "side": "buy",
    "quantity": "0.5",
    "symbol": "BTC/USD",
    "type": "limit",
    "timeInForce": "gtc",
    "price": "45010.50",
    "filledQuantity": "0",
    "averagePrice": None,
}
POSITION = {
    "side": "long",
    "symbol": "BTC/USD",
    "quantity": "0.5",
    "entryPrice": "44965.938804507594",
    "netTotalPnL": "-58.20",
}
TRADE = {
    "side": "sell",
    "quantity": "0.25",
    "symbol": "BTC/USD",
    "price": "45015.50",
    "fee": "4.50155",
    "feeCurrency": "USD",
}


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("order:created", {"order": ORDER}, "BUY 0.5 BTC/USD is asked for: limit, gtc"),
        ("order:submitted", {"order": ORDER}, "BUY 0.5 BTC/USD is on its way"),
        ("order:accepted", {"order": ORDER}, "BUY 0.5 BTC/USD @ 45,010.50 is working"),
        ("trade:executed", {"trade": TRADE}, "SELL 0.25 BTC/USD traded @ 45,015.50, fee 4.50155 USD"),
        (
            "position:updated",
            {"position": POSITION},
            "LONG 0.5 BTC/USD is held, entry 44,965.93880451, net -58.20",
        ),
        (
            "balance:updated",
            {"balance": {"asset": "USD", "total": "89984.883702049", "available": "97981.10"}},
            "USD: 89,984.88370205 in all, 97,981.10 available",
        ),
        (
            "balance:updated",
            {"balance": {"asset": "USD", "total": "10", "available": "9"}, "reason": "trade", "causeId": "t-1"},
            "USD: 10 in all, 9 available (trade)",
        ),
        (
            "balance:updated",
            {"balance": {"asset": "USD", "total": "10", "available": "9"}, "reason": "withdrawal", "causeId": "t-1"},
            "Withdrawal: 10.00 USD in all",
        ),
        (
            "account:updated",
            {"account": {"equity": "99980.17", "available": "97981.10", "currency": "USD"}},
            "The account: equity 99,980.17, available 97,981.10 USD",
        ),
    ],
)
def test_what_happened_is_a_sentence(name: str, data: dict[str, Any], text: str) -> None:
    """With the figures that a person asks for."""
    assert sentence(name, {**data, **STAMP}) == text


def test_every_event_that_there_is_has_words() -> None:
    """None of them is told by its name; what is not known, as from a newer server, is."""
    alert = {"symbol": "BTC/USD", "condition": ">", "price": "46000", "lastPrice": "46001"}
    data = {
        "order": {**ORDER, "averagePrice": "45010.50"},
        "position": POSITION,
        "trade": TRADE,
        "alert": alert,
        "balance": {"asset": "USD", "total": "1", "available": "1"},
        "account": {"equity": "1", "available": "1"},
        "trading": {"state": "halted", "reason": "kill_switch"},
        "deadMan": {"seconds": 60},
    }
    assert [name for name in EventName if sentence(name, {**data, **STAMP}) == name] == []
    assert sentence("moon:full", STAMP) == "moon:full"
    assert sentence("trade:executed", STAMP) == "trade:executed"
