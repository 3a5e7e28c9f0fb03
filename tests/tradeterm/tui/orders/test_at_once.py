"""What ARMED sends at one press: limits within the cap that neither flip nor cross, amends of the kind, and closes."""

from decimal import Decimal

import pytest

from tests.tradeterm.tui.desks import market, order, ticker
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.vocabulary import OrderType, Side
from tradeterm.tui.orders.at_once import why_reviewed
from tradeterm.tui.orders.sendable import Amend, CancelEntries, Close, CloseAll, Kill, Protect, Reverse, Sendable

D = Decimal
BTC = market("BTC", "0.5", "0.00001", 2)
QUOTES = ticker("BTC/USD", "45012.5", "0", "0.5")  # ask 45,013
WORKING = order(1, Side.BUY, "0.5", "45000", filled="0.4")


def request(price: str | None = "45000", quantity: str = "0.1", side: Side = Side.BUY) -> OrderRequest:
    kind = OrderType.LIMIT if price else OrderType.MARKET
    return OrderRequest(symbol="BTC/USD", side=side, type=kind, quantity=D(quantity), price=D(price) if price else None)


def why(thing: Sendable, held: str = "0", cap: str = "5000") -> str | None:
    return why_reviewed(thing, BTC, QUOTES, D(held), D(cap))


@pytest.mark.parametrize(
    ("thing", "held"),
    [
        (request(), "0"),
        (request("45014.5"), "0"),
        (request("45020", side=Side.SELL), "0.1"),
        (Close("BTC/USD", "id"), "100"),
        (Amend(WORKING, price=D(45_001)), "0"),
    ],
    ids=["limit", "three ticks past the ask", "closes", "flatten", "what is left of an amended order"],
)
def test_within_its_bounds_it_goes(thing: Sendable, held: str) -> None:
    """Without a review."""
    assert why(thing, held) is None


@pytest.mark.parametrize(
    ("thing", "held", "words"),
    [
        (request(None), "0", "only limits"),
        (request(quantity="0.12"), "0", "worth more than 5,000.00"),
        (Amend(WORKING, quantity=D("0.6")), "0", "worth more"),
        (request("45015"), "0", "crosses"),
        (Amend(WORKING, price=D(45_100)), "0", "crosses"),
        (request(side=Side.SELL), "0.05", "turns the position"),
        (CloseAll(), "1", "every mode"),
        (Reverse("BTC/USD", "id"), "1", "every mode"),
        (CancelEntries(), "1", "every mode"),
        (Kill(), "1", "every mode"),
        (Protect("BTC/USD", D(1), None), "1", "every mode"),
    ],
)
def test_beyond_them_it_is_reviewed(thing: Sendable, held: str, words: str) -> None:
    """And one can say why."""
    assert words in (why(thing, held) or "")
