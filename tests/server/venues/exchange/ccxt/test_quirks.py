"""By what name each exchange takes our id, captured from the requests that ccxt builds."""

import asyncio
from decimal import Decimal
from typing import Any

import ccxt
import ccxt.pro
import pytest

from server.clock_and_ids import SystemClock
from server.venues.exchange.ccxt.exchange import CcxtExchange, Clients
from server.venues.exchange.ccxt.loading import Access, make_client
from server.venues.exchange.ccxt.quirks import NO_DEADLINE_S, QUIRKS, quirks_of
from server.venues.exchange.ccxt.weights import Budget
from server.venues.exchange.seen import Ask, Named
from tradeterm.protocol.vocabulary import Side, TimeInForce

SYMBOL, CLIENT_ID = "BTC/USDT", "0123456789abcdef0123456789abcdef"
ASK = Ask(CLIENT_ID, SYMBOL, Side.BUY, Decimal("0.001"), Decimal(50_000), TimeInForce.GTC, post_only=False)
UNNAMED, NAMED = Named(SYMBOL, CLIENT_ID, None), Named(SYMBOL, CLIENT_ID, "0a1b2c")


class Captured:
    """An exchange whose requests are kept instead of sent."""

    def __init__(self, name: str) -> None:
        self.requests: list[str] = []
        self.headers: dict[str, str] = {}
        access = Access(name, "key", "c2VjcmV0c2VjcmV0", more={"password": "p"})
        client = make_client(access)
        outside = {"binance": "BTCUSDT", "kraken": "XBTUSDT", "okx": "BTC-USDT", "bybit": "BTCUSDT"}
        client.set_markets(
            [
                client.safe_market_structure(
                    {
                        "id": outside.get(name, "BTC-USDT"),
                        "symbol": SYMBOL,
                        "base": "BTC",
                        "quote": "USDT",
                        "baseId": "BTC",
                        "quoteId": "USDT",
                        "type": "spot",
                        "spot": True,
                        "contract": False,
                        "active": True,
                        "precision": {"amount": "0.00001", "price": "0.01"},
                        "limits": {"amount": {}, "price": {}, "cost": {}, "leverage": {}},
                        "info": {"altname": "XBTUSDT", "orderTypes": ["LIMIT", "MARKET"]},
                    }
                )
            ]
        )
        client.options.update({"enableUnifiedMargin": False, "enableUnifiedAccount": True})

        async def fetch(url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
            self.requests.append(f"{method} {url} {body or ''}")
            self.headers = {**client.headers, **(headers or {})}
            raise ccxt.OrderNotFound("nothing goes out: what would have is kept")

        client.fetch = fetch
        clock = SystemClock()
        budget = Budget(clock, asyncio.sleep, 1_000)
        self.exchange = CcxtExchange(
            Clients(client, client, lambda: client), access.quirks, budget, "USDT", lambda: 1_767_657_600_000
        )


CREATED = {
    "binance": f"newClientOrderId={CLIENT_ID}",
    "kraken": f"cl_ord_id={CLIENT_ID}",
    "coinbase": f'"client_order_id":"{CLIENT_ID}"',
    "okx": f'"clOrdId":"{CLIENT_ID}"',
    "bybit": f'"orderLinkId":"{CLIENT_ID}"',
}


@pytest.mark.parametrize("name", CREATED)
async def test_an_order_is_sent_with_our_id_once(name: str) -> None:
    """Under the name by which that exchange takes it."""
    one = Captured(name)
    with pytest.raises(ccxt.BaseError):
        await one.exchange.submit(ASK)
    (sent,) = one.requests
    assert CREATED[name] in sent.replace('": ', '":')


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("binance", "recvWindow=10000"),
        ("bybit", "X-BAPI-RECV-WINDOW: 5000"),
        ("kraken", "deadline=2026-01-06T00%3A00%3A15.000Z"),
        ("okx", "expTime: 1767657610000"),
    ],
)
async def test_an_order_says_until_when_it_is_good(name: str, said: str) -> None:
    """By the exchange's clock, as long as its absence is waited for; Coinbase has no word for it."""
    one = Captured(name)
    client = one.exchange._clients.orders
    client.options["timeDifference"], client.milliseconds = 1_000, lambda: 1_767_657_601_000
    with pytest.raises(ccxt.BaseError):
        await one.exchange.submit(ASK)
    headers = " ".join(f"{header}: {value}" for header, value in one.headers.items())
    assert said in f"{one.requests[0]} {headers}"
    assert one.exchange.window_s == {"binance": 10, "bybit": 5, "kraken": 15, "okx": 10}[name]


FOUND = {
    "binance": f"origClientOrderId={CLIENT_ID}",
    "kraken": f"cl_ord_id={CLIENT_ID}",
    "okx": f"clOrdId={CLIENT_ID}",
    "bybit": f"orderLinkId={CLIENT_ID}",
    "coinbase": "orders/historical/batch",
}


@pytest.mark.parametrize("name", FOUND)
async def test_an_order_is_looked_for_by_our_id(name: str) -> None:
    """By the way that works there; where no way takes it, all orders of the market are looked through."""
    one = Captured(name)
    assert await one.exchange.find(UNNAMED) is None
    assert FOUND[name] in one.requests[0]
    one.requests.clear()
    assert await one.exchange.find(NAMED) is None
    assert "0a1b2c" in one.requests[0]


@pytest.mark.parametrize("name", CREATED)
async def test_a_cancel_names_the_order(name: str) -> None:
    """By the exchange's own id where it has one."""
    one = Captured(name)
    with pytest.raises(ccxt.BaseError):
        await one.exchange.cancel(NAMED)
    assert "0a1b2c" in one.requests[0]


def test_an_exchange_that_nobody_has_tried_says_so() -> None:
    """And is waited for long before an order counts as absent."""
    assert "not at all" in quirks_of("somewhere").tried
    assert quirks_of("somewhere").window_s == NO_DEADLINE_S
    assert all(one.tried for one in QUIRKS.values())
