"""A server on a real exchange, as a user starts it: its own process, ccxt unmodified, the exchange on a loopback address."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tests.e2e.servers import Server, Trader
from tests.eventually import PATIENCE_S
from tests.exchange.loopback import KEY, SECRET, Loopback, loopback, until

T = TypeVar("T")
SYMBOL = "BTC/USDT"


async def off_loop(work: Callable[[], T]) -> T:
    """The exchange lives in the test's loop, and must go on meanwhile."""
    return await asyncio.to_thread(work)


def written(folder: Path, one: Loopback, **more: Any) -> Path:
    """The settings file."""
    lines = [f"{name} = {json.dumps(value)}" for name, value in more.items()]
    urls = one.overridden()["urls"]["api"]
    ws = urls.pop("ws")
    file = folder / "config.toml"
    file.write_text(
        "\n".join(
            [
                "[venues.binance]",
                'exchange = "binance"',
                *lines,
                "[venues.binance.ccxt.urls.api]",
                *(f'{name} = "{url}"' for name, url in urls.items()),
                "[venues.binance.ccxt.urls.api.ws]",
                f'spot = "{ws["spot"]}"',
                "[venues.binance.ccxt.urls.api.ws.ws-api]",
                f'spot = "{ws["ws-api"]["spot"]}"',
            ]
        )
    )
    return file


@asynccontextmanager
async def live(folder: Path, one: Loopback, **more: Any) -> AsyncIterator[Server]:
    environ = {"TRADETERM_VENUES__BINANCE__API_KEY": KEY, "TRADETERM_VENUES__BINANCE__SECRET": SECRET}
    server = Server(folder, ("--venue", "binance", "--config", str(written(folder, one, **more))), environ)
    server.add_user("ann")
    server.add_user("watch", "monitor")
    try:
        yield await off_loop(server.start)
    finally:
        await off_loop(server.kill)
        for trader in server.traders:
            trader.http.close()


async def settled(trader: Trader, order_id: str, *statuses: str) -> dict[str, Any]:
    """The order, once it has one of the statuses."""
    found: dict[str, Any] = {}

    async with asyncio.timeout(PATIENCE_S):
        while found.get("status") not in statuses:
            found = await off_loop(lambda: trader.get(f"/orders/{order_id}"))
            await asyncio.sleep(0.05)
    return found


async def test_a_desk_trades_on_an_exchange_and_goes_on_after_a_kill(tmp_path: Path) -> None:
    """Markets, money, mode and time are the exchange's; an order fills while the server is dead, and is counted when it is
    back."""
    async with loopback() as one:
        one.skew_ms = -5_000
        await one.make("SELL", "1", "50000")
        await one.make("BUY", "0.5", "50000")
        await one.make("BUY", "1", "49900")
        async with live(tmp_path, one) as server:
            about = (await fetched(server, "/healthz")).json()
            assert (about["venue"], about["mode"]) == ("binance", "live")
            trader = await off_loop(lambda: server.sign_in("ann"))
            markets = await off_loop(lambda: trader.items("/markets"))
            assert [one["symbol"] for one in markets] == ["BTC/USDT", "ETH/USDT"]
            account = await off_loop(lambda: trader.get("/account"))
            assert (account["currency"], account["cash"]) == ("USDT", "100000.00")
            await until_active(trader)
            order = await off_loop(lambda: trader.order("buy", "0.1", "49000", symbol=SYMBOL))
            await settled(trader, order["id"], "accepted")
            venue = await off_loop(lambda: trader.get("/venue"))
            assert (venue["mode"], venue["bannedUntil"]) == ("live", None)
            assert venue["streamUp"] is venue["agrees"] is True
            assert 5_000 < venue["weightLeft"] < venue["weightLimit"] == 6_000
            refused = await off_loop(lambda: trader.http.post("/paper/deposit", json={"amount": "5"}))
            assert refused.status_code == 409
            await off_loop(server.kill)
            await one.make("SELL", "1.1", "49000")
            assert one.exchange.orders[int(float((await position_of(one)).order_id))].status == "FILLED"
            await off_loop(server.start)
            trader = await off_loop(lambda: server.sign_in("ann"))
            filled = await settled(trader, order["id"], "filled")
            assert filled["feesByCurrency"] == {"BTC": "0.0001"}
            (position,) = await off_loop(lambda: trader.items("/positions"))
            assert position["quantity"] == "0.0999"
            assert "tradeterm_exchange_weight_left" in (await fetched(server, "/metrics")).text
            assert KEY not in server.log
            assert SECRET not in server.log


async def position_of(one: Loopback) -> Any:
    """Our own order there."""
    (mine,) = [order for order in one.exchange.orders.values() if order.account == KEY]
    return mine


async def fetched(server: Server, path: str) -> httpx.Response:
    """What anybody may ask for."""
    return await off_loop(lambda: httpx.get(f"{server.url}{path}", trust_env=False, timeout=PATIENCE_S))


async def until_active(trader: Trader) -> None:
    """Entries wait until the exchange was asked for everything."""
    state = ""
    async with asyncio.timeout(PATIENCE_S):
        while state != "active":
            state = (await off_loop(lambda: trader.get("/account")))["tradingState"]
            await asyncio.sleep(0.05)


async def bought(one: Loopback, trader: Trader, symbol: str = SYMBOL) -> dict[str, Any]:
    """An order that fills at market, as soon as the market's prices have come."""
    await until(lambda: one.streams.subscriptions >= 2)
    order: dict[str, Any] = {"status": "rejected"}
    async with asyncio.timeout(PATIENCE_S):
        while order["status"] == "rejected":
            await one.make("BUY", "0.01", "49800")
            await asyncio.sleep(0.3)
            order = await off_loop(lambda: trader.order("buy", "0.1", symbol=symbol))
    return await settled(trader, order["id"], "filled")


async def test_market_data_comes_for_what_somebody_looks_at(tmp_path: Path) -> None:
    """An order at market is refused while there is no price; the market is followed from then on, and it fills."""
    async with loopback() as one:
        await one.make("SELL", "1", "50000")
        await one.make("BUY", "1", "49900")
        async with live(tmp_path, one) as server:
            trader = await off_loop(lambda: server.sign_in("ann"))
            await until_active(trader)
            order = await off_loop(lambda: trader.order("buy", "0.1", symbol=SYMBOL))
            assert order["rejectReason"] == "PRICE_STALE"
            await bought(one, trader)
            ticker = await off_loop(lambda: trader.get("/markets/BTC-USDT/ticker"))
            assert (ticker["bid"], ticker["ask"]) == ("49900.00", "50000.00")


async def test_an_order_is_shown_beside_its_twin_on_paper(tmp_path: Path) -> None:
    """Price, fee and time of both, and their sum; nobody else's business."""
    async with loopback() as one:
        await one.make("SELL", "1", "50000")
        await one.make("BUY", "1", "49900")
        async with live(tmp_path, one, shadow=True, follow=[SYMBOL]) as server:
            trader = await off_loop(lambda: server.sign_in("ann"))
            await until_active(trader)
            order = await bought(one, trader)
            shadow = await off_loop(lambda: trader.get("/venue/shadow"))
            (pair,) = [item for item in shadow["items"] if item["orderId"] == order["id"]]
            assert shadow["on"] is True
            assert (pair["exchange"]["averagePrice"], pair["paper"]["averagePrice"]) == ("50000.00", "50000.00")
            assert (pair["priceDifference"], pair["feeDifference"]) == ("0.00", "0.00")
            assert pair["timeDifferenceMs"] > 0
            assert shadow["sum"]["compared"] == 1


async def test_paper_trades_on_an_exchanges_prices_in_its_terms(tmp_path: Path) -> None:
    """Its markets, ticks and fees; an order fills at its price, and nothing of it goes there."""
    async with loopback() as one:
        await one.make("SELL", "1", "50000.01")
        await one.make("BUY", "1", "49900")
        server = Server(tmp_path, ("--feed", "ccxt:binance", "--config", str(written(tmp_path, one))))
        server.add_user("ann")
        try:
            await off_loop(server.start)
            trader = await off_loop(lambda: server.sign_in("ann"))
            markets = {market["symbol"]: market for market in await off_loop(lambda: trader.items("/markets"))}
            assert {*markets} == {"BTC/USD", "ETH/USD"}
            terms = [markets["BTC/USD"][name] for name in ("tick", "lot", "minNotional", "takerFee")]
            assert terms == ["0.01", "0.00001", "5.00", "0.001"]
            filled = await bought(one, trader, "BTC/USD")
            assert filled["averagePrice"] == "50000.01"
            assert {order.account for order in one.exchange.orders.values()} == {"loopback-maker"}
        finally:
            await off_loop(server.kill)
            for each in server.traders:
                each.http.close()


async def test_what_cannot_start_says_why_in_one_line(tmp_path: Path) -> None:
    """No key, a wrong one, an account of nobody; and paper never meets its database."""
    async with loopback() as one:
        file = written(tmp_path, one)
        server = Server(tmp_path)
        server.add_user("ann")
        serve = ("serve", "--venue", "binance", "--port", "0", "--config", str(file))
        without = await off_loop(lambda: server.run(*serve))
        assert (without.returncode, "tradeterm keys add binance" in without.stderr) == (2, True)
        server.environ = {"TRADETERM_VENUES__BINANCE__API_KEY": KEY, "TRADETERM_VENUES__BINANCE__SECRET": "wrong"}
        wrong = await off_loop(lambda: server.run(*serve))
        assert (wrong.returncode, "cannot be reached" in wrong.stderr, "wrong" in wrong.stderr) == (2, True, False)
        server.environ = {**server.environ, "TRADETERM_VENUES__BINANCE__SECRET": SECRET}
        server.add_user("bob")
        two = await off_loop(lambda: server.run(*serve))
        assert (two.returncode, "there are 2 traders" in two.stderr) == (2, True)
        paper = await off_loop(lambda: server.run("serve", "--port", "0", "--feed", "none"))
        assert (paper.returncode, "belongs to the venue" in paper.stderr) == (2, True)
