"""What every wire model shares: its names outside, and how strict it is about what comes in."""

import pytest
from pydantic import ValidationError

from tradeterm.protocol.market import Ticker
from tradeterm.protocol.wire import WireIn, WireOut, wire_name


class Body(WireIn):
    client_order_id: str | None = None
    """What it is called by its owner."""


class Value(WireOut):
    net_total_pnl: str = "0"
    """What was made of it, in the quote currency."""


@pytest.mark.parametrize(
    ("name", "outside"),
    [
        ("client_order_id", "clientOrderId"),
        ("unrealized_pnl", "unrealizedPnL"),
        ("unrealized_pnl_percent", "unrealizedPnLPercent"),
        ("pnl", "pnL"),
        ("only", "only"),
        ("is_inlined", "isInlined"),
    ],
)
def test_names_are_those_of_the_contract(name: str, outside: str) -> None:
    """Profit and loss are written as the contract writes them, and no other word is."""
    assert wire_name(name) == outside


def test_a_body_with_a_key_that_there_is_not_is_refused() -> None:
    """A word that was mistyped is not left out in silence."""
    assert Body.model_validate({"clientOrderId": "a"}).client_order_id == "a"
    with pytest.raises(ValidationError, match="clientOrderID"):
        Body.model_validate({"clientOrderID": "a"})


def test_a_value_with_a_newer_key_is_read_all_the_same() -> None:
    assert Value.model_validate({"netTotalPnL": "1", "newer": 1}) == Value(net_total_pnl="1")


def test_a_value_is_not_changed_once_it_is_there() -> None:
    with pytest.raises(ValidationError):
        Value().net_total_pnl = "2"  # type: ignore[misc]


def test_the_schema_says_of_each_field_what_the_source_says() -> None:
    fields = Value.model_json_schema(by_alias=True)["properties"]
    assert fields["netTotalPnL"]["description"] == "What was made of it, in the quote currency."


def test_a_value_tells_its_fields_as_on_the_wire() -> None:
    """By their names there; numbers are texts, and no digit is lost."""
    assert Value(net_total_pnl="-0.10").fields() == {"netTotalPnL": "-0.10"}
    told = {"symbol": "BTC/USD", "last": "45000.50", "time": "2026-01-05T12:00:00.000Z"}
    found = Ticker.model_validate(told).fields()
    assert told.items() <= found.items()
    assert found["bid"] is None
