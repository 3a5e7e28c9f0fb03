"""The ticket's draft: what is typed becomes a request, or one sentence about what is wrong."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tradeterm.tui.desks import market, ticker
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.vocabulary import OrderType, Side, TimeInForce
from tradeterm.tui.orders.draft import (
    Draft,
    FieldFault,
    checked,
    checked_price,
    default_quantity,
    distance,
    reference_price,
    stepped_price,
    stepped_quantity,
)

D = Decimal
BTC = market("BTC", "0.5", "0.00001", 2)
ID = "0" * 32


def test_a_market_draft_becomes_an_ioc_order_with_its_id() -> None:
    """The id is made before the send, and the time in force is always said."""
    request = checked(Draft("BTC/USD", Side.BUY, quantity="0.5"), BTC, ID)
    assert isinstance(request, OrderRequest)
    assert (request.client_order_id, request.time_in_force, request.price) == (ID, TimeInForce.IOC, None)


def test_a_size_is_rounded_down_to_the_lot() -> None:
    """Never more than was typed."""
    request = checked(Draft("BTC/USD", Side.BUY, quantity="0.123456789"), BTC, ID)
    assert isinstance(request, OrderRequest)
    assert request.quantity == D("0.12345")


@pytest.mark.parametrize("text", ["", "0", "-1", "1e5", "0.000001", ".", "1,000", "٣"])
def test_what_is_no_size_is_refused_in_words(text: str) -> None:
    """The fault names the field, so that the cursor can go there."""
    fault = checked(Draft("BTC/USD", Side.BUY, quantity=text), BTC, ID)
    assert isinstance(fault, FieldFault)
    assert fault.field == "quantity"


def test_a_price_off_the_tick_is_refused_with_the_two_nearest() -> None:
    """It is never rounded silently."""
    fault = checked_price("45000.3", BTC)
    assert isinstance(fault, FieldFault)
    assert "45,000.00" in fault.text or "45000.00" in fault.text
    assert "45000.50" in fault.text.replace(",", "")


@given(st.integers(1, 10**8), st.integers(-20, 20))
def test_a_stepped_price_stays_on_the_tick_and_above_zero(ticks: int, steps: int) -> None:
    """Arrows cannot make a price that the market refuses."""
    text = stepped_price(str(BTC.tick * ticks), BTC, steps)
    assert D(text) > 0
    assert D(text) % BTC.tick == 0


def test_a_stepped_size_stays_a_multiple_of_the_lot() -> None:
    """So do sizes."""
    assert D(stepped_quantity("0.5", BTC, -1)) % BTC.lot == 0
    assert D(stepped_quantity("", BTC, 1)) > 0


def test_the_first_size_is_a_twentieth_of_equity_in_whole_lots() -> None:
    """A newcomer's first order is neither dust nor the whole account."""
    assert D(default_quantity(D(100_000), D(45_000), BTC)) == D("0.11111")


def test_a_buy_is_measured_at_the_ask_and_a_sell_at_the_bid() -> None:
    """The reference is the price that a market order meets."""
    quotes = ticker("BTC/USD", "45012.5", "0", "0.5")
    assert reference_price(Draft("BTC/USD", Side.BUY), quotes) == D(45013)
    assert reference_price(Draft("BTC/USD", Side.SELL), quotes) == D("45012.5")


@pytest.mark.parametrize(
    ("at", "words"),
    [("45012.5", "at bid"), ("45010.5", "4 ticks below bid"), ("45013", "at ask"), ("45013.5", "1 tick above ask")],
)
def test_a_price_says_where_it_stands_to_the_market(at: str, words: str) -> None:
    """In ticks, from the nearer touch."""
    assert distance(D(at), ticker("BTC/USD", "45012.5", "0", "0.5"), BTC.tick) == words


def test_a_post_only_order_is_no_longer_one_when_it_may_not_rest() -> None:
    """Switching to ioc or fok takes post-only off."""
    draft = Draft("BTC/USD", Side.BUY, OrderType.LIMIT, post_only=True)
    assert not draft.next_time_in_force().post_only


NOW = datetime(2026, 1, 5, 12, 31, 7, tzinfo=UTC)
TILL = Draft("BTC/USD", Side.BUY, OrderType.LIMIT, "0.5", "45000", TimeInForce.GTD, until="18:00")


def test_an_order_that_is_good_till_a_time_ends_then() -> None:
    """A limit may, and what waits for a trigger; a market order may not."""
    request = checked(TILL, BTC, ID, now=NOW)
    assert isinstance(request, OrderRequest)
    assert (request.time_in_force, request.expire_at) == (TimeInForce.GTD, datetime(2026, 1, 5, 18, 0, tzinfo=UTC))
    at_once = checked(replace(TILL, type=OrderType.MARKET), BTC, ID, now=NOW)
    assert isinstance(at_once, OrderRequest)
    assert (at_once.time_in_force, at_once.expire_at) == (TimeInForce.IOC, None)


def test_an_end_that_is_no_time_is_a_fault_in_its_field() -> None:
    """The cursor goes there."""
    fault = checked(replace(TILL, until="later"), BTC, ID, now=NOW)
    assert isinstance(fault, FieldFault)
    assert fault.field == "until"


def test_the_key_for_time_comes_to_an_end_that_can_be_stepped() -> None:
    """Its field is there only then, and begins with an hour."""
    draft = Draft("BTC/USD", Side.BUY, OrderType.LIMIT, "0.5", "45000")
    while draft.works_for is not TimeInForce.GTD:
        assert "until" not in draft.fields
        draft = draft.next_time_in_force()
    assert (draft.until, draft.fields[:3]) == ("1h", ("quantity", "price", "until"))
