"""ccxt loaded for one exchange, and its markets as ours."""

import threading
from decimal import Decimal
from typing import Any

import pytest

from server.venues.exchange.ccxt import loading
from server.venues.exchange.ccxt.loading import Access, ExchangeUnusable, load, make_client, market_from, merged
from tests.exchange.loopback import KEY, SECRET, loopback
from tradeterm.protocol.vocabulary import MarketState

RAW: dict[str, Any] = {
    "symbol": "BTC/USDT",
    "base": "BTC",
    "quote": "USDT",
    "spot": True,
    "active": True,
    "maker": "0.001",
    "taker": "0.0012",
    "precision": {"price": "0.01", "amount": "0.00001"},
    "limits": {"amount": {"min": "0.0001"}, "cost": {"min": "5"}},
}


async def test_markets_are_those_that_settle_in_one_currency() -> None:
    """With the exchange's own ticks, lots and least values; read in a thread of their own."""
    async with loopback() as one:
        access = Access("binance", KEY, SECRET, more={"urls": one.overridden()["urls"]})
        loaded = await load(access, "USDT")
        assert set(loaded.markets) == {"BTC/USDT", "ETH/USDT"}
        market = loaded.markets["BTC/USDT"]
        assert (market.tick, market.lot, market.min_notional) == (Decimal("0.01"), Decimal("0.00001"), Decimal(5))
        assert loaded.features["timeInForce"]["FOK"] is True
        with pytest.raises(ExchangeUnusable, match="lists no spot market in EUR"):
            await load(access, "EUR")
        await loaded.client.close()


async def test_thousands_of_markets_are_read_beside_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them in another thread; the loop goes on meanwhile."""
    threads = set()

    def read(raw: Any, settle: str) -> Any:
        threads.add(threading.get_ident())
        return market_from(raw, settle)

    monkeypatch.setattr(loading, "market_from", read)
    async with loopback() as one:
        loaded = await load(Access("binance", KEY, SECRET, more={"urls": one.overridden()["urls"]}), "USDT")
        await loaded.client.close()
    assert threads
    assert threading.get_ident() not in threads


def test_a_market_without_a_tick_or_of_another_kind_is_left_out() -> None:
    """One that is paused is listed as such; a market may have no limits at all."""
    market = market_from(RAW, "USDT")
    assert market is not None
    assert (market.taker_fee, market.min_quantity) == (Decimal("0.0012"), Decimal("0.0001"))
    for change in ({"spot": False}, {"quote": "USDC"}, {"precision": {"price": None, "amount": "1"}}):
        assert market_from({**RAW, **change}, "USDT") is None
    bare = market_from({**RAW, "limits": {"amount": None, "cost": {"min": None}}, "active": False}, "USDT")
    assert bare is not None
    assert (bare.min_quantity, bare.min_notional, bare.state) == (Decimal(0), Decimal(0), MarketState.PAUSED)


def test_what_a_user_gives_ccxt_is_laid_over_ours_table_by_table() -> None:
    """And the key is never printed by it."""
    assert merged({"a": {"b": 1, "c": 2}, "d": 1}, {"a": {"c": 3}, "e": 4}) == {"a": {"b": 1, "c": 3}, "d": 1, "e": 4}
    made = make_client(Access("binance", "k", "s", more={"options": {"recvWindow": 777}, "verbose": True}))
    assert (made.options["recvWindow"], made.options["fetchCurrencies"], made.verbose) == (777, False, False)
    assert made.log("secret") is None


def test_own_addresses_are_laid_over_a_test_nets_too() -> None:
    """Else the key would go to the real one; what is not said stays the test net's, and never real money's."""
    own = {"urls": {"api": {"private": "http://127.0.0.1:9/api/v3", "ws": {"spot": "ws://127.0.0.1:9/stream/ws"}}}}
    addresses = make_client(Access("binance", "k", "s", is_sandbox=True, more=own)).urls["api"]
    assert (addresses["private"], addresses["ws"]["spot"]) == (
        "http://127.0.0.1:9/api/v3",
        "ws://127.0.0.1:9/stream/ws",
    )
    assert "testnet" in addresses["public"]
    assert "testnet" in addresses["ws"]["ws-api"]["spot"]


def test_a_secret_is_not_shown_by_what_holds_it() -> None:
    """Whoever prints it, or an error with it."""
    shown = repr(Access("okx", "the-key", "the-secret", more={"password": "the-password"}))
    assert "okx" in shown
    assert "the-" not in shown


def test_a_secret_of_several_lines_is_written_on_one() -> None:
    """As a key in PEM form is kept."""
    made = make_client(Access("coinbase", "k", "-----BEGIN\\nAA==\\n-----END"))
    assert made.secret == "-----BEGIN\nAA==\n-----END"


def test_an_exchange_that_cannot_be_used_says_why() -> None:
    """One that ccxt does not know, one without ticks, and one without a test net."""
    with pytest.raises(ExchangeUnusable, match="knows no exchange nowhere"):
        make_client(Access("nowhere", "k", "s"))
    with pytest.raises(ExchangeUnusable, match="significant digits"):
        make_client(Access("bitfinex", "k", "s"))
    with pytest.raises(ExchangeUnusable, match="no test net"):
        make_client(Access("kraken", "k", "s", is_sandbox=True))
