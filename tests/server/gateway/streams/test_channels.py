"""Names of channels: exactly those that there are, and whatever else is written is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.gateway.streams.channels import MarketChannel, MarketKind, parse_market_channel
from tradeterm.protocol.market import INTERVALS


@pytest.mark.parametrize("kind", [kind for kind in MarketKind if kind is not MarketKind.CANDLES])
def test_a_market_s_channel_is_its_symbol_and_a_kind(kind: MarketKind) -> None:
    name = f"market:BTC/USD:{kind}"
    assert parse_market_channel(name) == MarketChannel(name, "BTC/USD", kind)


@pytest.mark.parametrize("interval", INTERVALS)
def test_candles_have_an_interval(interval: str) -> None:
    name = f"market:BTC/USD:candles:{interval}"
    assert parse_market_channel(name) == MarketChannel(name, "BTC/USD", MarketKind.CANDLES, interval)


@pytest.mark.parametrize(
    "name",
    [
        *("", "market", "market:BTC/USD", "market:BTC/USD:", "market:BTC/USD:candles", "market:BTC/USD:candles:7m"),
        *("market:BTC/USD:ticker:1m", "MARKET:BTC/USD:ticker", "market:BTC/USD:Ticker", "market:BTC:USD:ticker"),
        *("trading", "orders:ann", "market:BTC/USD:ticker ", " market:BTC/USD:ticker", "market:BTC/USD:candles:1m:"),
    ],
)
def test_what_is_nearly_one_is_none(name: str) -> None:
    assert parse_market_channel(name) is None


@given(st.text())
def test_whatever_is_written_is_a_channel_of_that_name_or_none(name: str) -> None:
    found = parse_market_channel(name)
    assert found is None or found.name == name
