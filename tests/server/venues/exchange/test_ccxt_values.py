"""ccxt's dicts as values of ours, with every oddity that was met in them."""

from decimal import Decimal
from typing import Any

import pytest

from server.venues.exchange.ccxt_values import number, seen_order, seen_trade
from server.venues.exchange.seen import Ending
from tradeterm.protocol.vocabulary import Liquidity, Side

ORDER: dict[str, Any] = {
    "id": "77",
    "clientOrderId": "a" * 32,
    "symbol": "BTC/USDT",
    "side": "buy",
    "type": "limit",
    "amount": "1",
    "price": "100.10",
    "filled": "0.5",
    "status": "open",
}
TRADE: dict[str, Any] = {
    "id": "t1",
    "order": "77",
    "symbol": "BTC/USDT",
    "side": "sell",
    "amount": "0.5",
    "price": "100.1",
    "takerOrMaker": "maker",
    "fee": {"cost": "0.0005", "currency": "BNB"},
}


@pytest.mark.parametrize(
    ("status", "filled", "ending"),
    [
        ("open", "0.5", None),
        (None, "0", None),
        ("canceling", "0", None),
        ("SOMETHING_NEW", "0", None),
        ("closed", "1", Ending.FILLED),
        ("closed", "0.5", Ending.CANCELLED),
        ("canceled", "0.5", Ending.CANCELLED),
        ("expired", "0.5", Ending.EXPIRED),
        ("rejected", "0.5", Ending.REJECTED),
    ],
)
def test_an_end_is_what_says_so(status: str | None, filled: str, ending: Ending | None) -> None:
    """Closed is not always full, and no status is no end."""
    seen = seen_order({**ORDER, "status": status, "filled": filled})
    assert seen is not None
    assert (seen.ending, seen.filled) == (ending, Decimal(filled))


def test_a_market_orders_average_is_no_limit() -> None:
    """ccxt writes it where the price is."""
    seen = seen_order({**ORDER, "type": "market"})
    assert seen is not None
    assert seen.price is None


@pytest.mark.parametrize("lack", ["id", "symbol", "side", "amount"])
def test_what_does_not_say_which_order_it_is_shows_nothing(lack: str) -> None:
    """ccxt makes an order of a broken answer too."""
    assert seen_order({**ORDER, lack: None}) is None


def test_a_trade_says_what_was_paid_for_it() -> None:
    """Exactly, in whatever coin; without a coin nobody knows."""
    seen = seen_trade(TRADE)
    assert seen is not None
    assert (seen.side, seen.liquidity, seen.fee, seen.fee_currency) == (
        *(Side.SELL, Liquidity.MAKER, Decimal("0.0005")),
        "BNB",
    )
    seen = seen_trade({**TRADE, "fee": {"cost": None, "currency": None}, "order": None}, "88")
    assert seen is not None
    assert (seen.fee, seen.venue_order_id) == (None, "88")
    assert seen_trade({**TRADE, "amount": "0"}) is seen_trade({**TRADE, "order": None}) is None


def test_numbers_are_exact_or_none() -> None:
    """Never a float's idea of one."""
    assert number("59000.129") == Decimal("59000.129")
    assert number(0.1) == Decimal("0.1")
    assert number(None) is number("") is number("NaN") is number("x") is number("Infinity") is None
