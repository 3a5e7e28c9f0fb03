"""What a market takes: steps on the safe side, refusals before anything is sent."""

from decimal import Decimal

import pytest

from server.venues.exchange.seen import Ask
from server.venues.exchange.terms import on_steps, refusal
from tests.builders import market
from tradeterm.protocol.vocabulary import Side, TimeInForce

TERMS = market(
    "BTC/USDT", tick=Decimal("0.01"), lot=Decimal("0.001"), min_quantity=Decimal("0.002"), min_notional=Decimal(5)
)


def ask(side: Side, quantity: str, price: str | None, force: TimeInForce = TimeInForce.GTC, po: bool = False) -> Ask:
    return Ask("a" * 32, TERMS.symbol, side, Decimal(quantity), None if price is None else Decimal(price), force, po)


@pytest.mark.parametrize(
    ("side", "price", "sent"),
    [(Side.BUY, "59000.129", "59000.12"), (Side.SELL, "59000.121", "59000.13"), (Side.BUY, "0.01", "0.01")],
)
def test_a_price_is_never_made_dearer_for_who_asks(side: Side, price: str, sent: str) -> None:
    """ccxt would round it to the nearest step."""
    brought = on_steps(ask(side, "0.0129", price), TERMS)
    assert (brought.quantity, brought.price) == (Decimal("0.012"), Decimal(sent))


def test_at_market_there_is_no_price_to_bring() -> None:
    """Nor is one made up."""
    assert on_steps(ask(Side.BUY, "0.01", None), TERMS).price is None


@pytest.mark.parametrize(
    ("wanted", "features", "word"),
    [
        (ask(Side.BUY, "0.001", "50000"), {}, "least size"),
        (ask(Side.BUY, "0.01", "400"), {}, "least 5.00"),
        (ask(Side.BUY, "0.01", "50000", TimeInForce.FOK), {"timeInForce": {"FOK": False}}, "no FOK"),
        (ask(Side.BUY, "0.01", "50000", po=True), {"timeInForce": {"PO": False}}, "no post-only"),
    ],
)
def test_what_the_exchange_cannot_do_is_refused_with_the_reason(
    wanted: Ask, features: dict[str, object], word: str
) -> None:
    """Before it is sent."""
    refused = refusal("1", wanted, TERMS, features)
    assert refused is not None
    assert word in refused.text


def test_what_it_can_do_is_let_through() -> None:
    """Also where nobody says what it can."""
    for features in ({}, {"timeInForce": None}, {"timeInForce": {"PO": True}}):
        assert refusal("1", ask(Side.BUY, "0.01", "50000", po=True), TERMS, features) is None
