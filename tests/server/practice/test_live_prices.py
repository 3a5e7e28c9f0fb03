"""Paper on a real exchange's prices, in its terms."""

from decimal import Decimal
from typing import Any

import pytest

from server.config import Settings, SettingsError
from server.practice.live_prices import live_prices
from tests.exchange.loopback import Loopback, loopback
from tests.exchange.matching import Rules


def settings(one: Loopback, **paper: Any) -> Settings:
    section = {"ccxt": {"urls": one.overridden()["urls"], "timeout": 2_000}, "follow": ["XMR/USDC"]}
    return Settings.model_validate({"server": {"feed": "ccxt:binance"}, "paper": paper, "venues": {"binance": section}})


async def test_markets_have_the_exchanges_own_terms() -> None:
    """Those of ours that it lists, in a coin that stands for the dollar, and those to follow; no key goes there."""
    async with loopback() as one:
        one.exchange.rules["XMRUSDC"] = Rules("XMRUSDC", "XMR", "USDC", Decimal("0.1"), Decimal("0.001"), Decimal(7))
        one.exchange.rules["ADAEUR"] = Rules("ADAEUR", "ADA", "EUR", Decimal("0.1"), Decimal("0.001"), Decimal(7))
        prices = await live_prices(settings(one))
        assert prices is not None
        terms = {
            market.symbol: (market.tick, market.lot, market.min_notional, market.maker_fee, market.taker_fee)
            for market in prices.markets.values()
        }
        fees = (Decimal("0.001"), Decimal("0.001"))
        assert terms == {
            "BTC/USD": (Decimal("0.01"), Decimal("0.00001"), Decimal(5), *fees),
            "ETH/USD": (Decimal("0.01"), Decimal("0.0001"), Decimal(5), *fees),
            "XMR/USD": (Decimal("0.1"), Decimal("0.001"), Decimal(7), *fees),
        }
        assert "signature" not in {name for _, _, asked in one.rest.requests for name in asked}
        client = prices.connect()
        assert client.markets["BTC/USDT"]["id"] == "BTCUSDT"
        assert not client.apiKey
        await client.close()


async def test_what_the_settings_say_of_fees_counts_first() -> None:
    """One of the two may be said alone."""
    async with loopback() as one:
        prices = await live_prices(settings(one, maker_fee="0"))
        assert prices is not None
        market = prices.markets["BTC/USD"]
        assert (market.maker_fee, market.taker_fee) == (Decimal(0), Decimal("0.001"))


async def test_an_exchange_that_is_not_there_or_lists_nothing_is_said_in_one_sentence() -> None:
    """Another feed is nobody's prices."""
    async with loopback() as one:
        one.exchange.rules.clear()
        with pytest.raises(SettingsError, match=r"lists none of our markets: name some as venues\.binance\.follow"):
            await live_prices(settings(one))
        gone = settings(one)
    with pytest.raises(SettingsError, match="the feed ccxt:binance cannot be reached: ExchangeNotAvailable"):
        await live_prices(gone)
    with pytest.raises(SettingsError, match="knows no exchange nowhere"):
        await live_prices(Settings.model_validate({"server": {"feed": "ccxt:nowhere"}}))
    assert await live_prices(Settings()) is None
