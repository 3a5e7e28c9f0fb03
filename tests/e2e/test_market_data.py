"""Market data of a real server: what a desk and a script see of synthetic and of recorded markets."""

import zlib
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.lines import Line, Message, line
from tests.e2e.servers import Server, Trader, running
from tests.server.marketdata.recordings.made_files import agg_trades, write

BOOK, TICKER, TRADES = "market:BTC/USD:book", "market:BTC/USD:ticker", "market:BTC/USD:trades"
SECONDS = "market:BTC/USD:candles:1s"
ROWS = 3_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("market"), "--feed", "synthetic", "--seed", "5") as started:
        yield started


@pytest.fixture(scope="module")
def ann(server: Server) -> Trader:
    return server.sign_in("ann")


async def joined(socket: Line, channel: str) -> dict[str, Any]:
    """Subscribe to a market channel: what there was at that moment."""
    assert (await socket.ask("subscribe", channel=channel))["op"] == "subscribed"
    snapshot = await socket.until(lambda message: message.get("op") == "snapshot" and message["channel"] == channel)
    found: dict[str, Any] = snapshot["data"]
    return found


def of(socket: Line, channel: str) -> list[Message]:
    return [one for one in socket.heard if one.get("channel") == channel and "event" in one]


# ---------------------------------------------------------------- synthetic


def test_no_first_screen_is_empty(ann: Trader) -> None:
    """Every market of a fresh server has a price, a day and candles of every interval that end at it."""
    for listed in ann.items("/markets"):
        path = f"/markets/{listed['symbol'].replace('/', '-')}"
        ticker = ann.get(f"{path}/ticker")
        assert None not in (ticker["last"], ticker["change24h"], ticker["high24h"])
        for interval, least in (("1s", 600), ("1m", 1440), ("5m", 280), ("1h", 700), ("1d", 30)):
            found = ann.items(f"{path}/candles", interval=interval, limit=1000)
            assert len(found) >= min(least, 1000)
            assert found[0]["seeded"]
            times = [datetime.fromisoformat(one["time"]).timestamp() for one in found]
            assert len({after - before for before, after in pairwise(times)}) == 1


async def test_a_book_built_from_deltas_keeps_its_checksums(ann: Trader) -> None:
    """From the snapshot on every delta follows the one before, and the book is the server's, three checksums long."""
    async with line(ann.url, ann.token) as socket:
        book = (await joined(socket, BOOK))["book"]
        sides = {side: dict(map(tuple, book[side])) for side in ("bids", "asks")}
        seq, checked = book["seq"], 0
        while checked < 3:
            delta = (await socket.event("book"))["data"]["book"]
            assert delta["prev"] == seq
            seq = delta["seq"]
            for side, levels in sides.items():
                for price, size in delta[side]:
                    levels.pop(price, None)
                    levels.update({price: size} if size != "0" else {})
            if "checksum" in delta:
                checked += 1
                assert delta["checksum"] == checksum(sides)


def checksum(sides: dict[str, dict[str, str]]) -> str:
    bids = sorted(sides["bids"].items(), key=lambda level: -Decimal(level[0]))[:10]
    asks = sorted(sides["asks"].items(), key=lambda level: Decimal(level[0]))[:10]
    return str(zlib.crc32("|".join(f"{price}:{size}" for price, size in [*bids, *asks]).encode()))


async def test_closed_candles_are_what_was_on_the_tape(ann: Trader) -> None:
    """A whole second of prints is the candle that closes it: open, high, low, close, volume and count."""
    async with line(ann.url, ann.token) as socket:
        await joined(socket, TRADES)
        await joined(socket, SECONDS)
        closed: list[dict[str, Any]] = []
        while len(closed) < 5:
            candle = (await socket.event("candle"))["data"]["candle"]
            closed += [candle] if candle["closed"] else []
        prints = [one["data"]["trade"] for one in of(socket, TRADES)]
    assert len({one["id"] for one in prints}) == len(prints)
    # The channels are not in step with each other: prints of the last second may still be on their way.
    for candle in closed[1:-1]:
        within = [one for one in prints if one["time"][:19] == candle["time"][:19]]
        assert candle["trades"] == len(within)
        assert Decimal(candle["volume"]) == sum((Decimal(one["quantity"]) for one in within), Decimal(0))
        if within:
            prices = [Decimal(one["price"]) for one in within]
            shape = [Decimal(candle[key]) for key in ("open", "high", "low", "close")]
            assert shape == [prices[0], max(prices), min(prices), prices[-1]]


async def test_a_market_that_does_not_exist_cannot_be_subscribed_to(ann: Trader) -> None:
    """The socket stays, and the same answer is given for every wrong name."""
    async with line(ann.url, ann.token) as socket:
        refused = [
            await socket.ask("subscribe", channel=name)
            for name in ("market:NO/USD:ticker", "market:BTC/USD:depth", "market:BTC/USD:candles:2m")
        ]
        assert [one["op"] for one in refused] == ["error"] * 3
        assert len({one["code"] for one in refused}) == 1
        await joined(socket, TICKER)


async def test_symbols_come_and_go_while_running(ann: Trader) -> None:
    """After an unsubscribe nothing more of that channel comes, and the others go on."""
    async with line(ann.url, ann.token) as socket:
        await joined(socket, TICKER)
        await joined(socket, "market:ETH/USD:ticker")
        await socket.event("ticker")
        await socket.ask("unsubscribe", channel=TICKER)
        before = len(socket.heard)
        for _ in range(3):
            await socket.event("ticker")
        later = socket.heard[before:]
        assert {one["channel"] for one in later if one.get("event") == "ticker"} == {"market:ETH/USD:ticker"}


def test_a_restart_goes_on_with_price_and_chart_and_shows_its_hole(tmp_path: Path) -> None:
    """The same history, not another made up; the fair value is the saved one, so the price is near where it was."""
    with running(tmp_path, "--feed", "synthetic", "--seed", "5") as server:
        before = server.sign_in("ann")
        hours = before.items("/markets/BTC-USD/candles", interval="1h", limit=500)
        price = Decimal(before.get("/markets/BTC-USD/ticker")["last"])
        server.end()
        server.start()
        after = server.sign_in("ann")
        again = after.items("/markets/BTC-USD/candles", interval="1h", limit=500)
        known = {one["time"]: one for one in again}
        assert [known[one["time"]] for one in hours[:300]] == hours[:300]
        now = Decimal(after.get("/markets/BTC-USD/ticker")["last"])
        assert abs(now / price - 1) < Decimal("0.01")


# ---------------------------------------------------------------- recorded


@pytest.mark.slow
def test_a_recording_end_to_end_is_on_the_tape_and_in_the_candles(tmp_path: Path) -> None:
    """As fast as it goes: the last print is the file's last row, and the candles hold all that it traded."""
    path = write(tmp_path / "trades.csv.gz", agg_trades(ROWS))
    rows = [row.split(",") for row in agg_trades(ROWS)]
    with running(tmp_path, "--feed", f"recorded:{path}?speed=max") as server:
        ann = server.sign_in("ann")
        volume, wanted = Decimal(0), sum((Decimal(row[2]) for row in rows), Decimal(0))
        while volume < wanted:
            found = ann.items("/markets/BTC-USD/candles", interval="1m", limit=10)
            volume = sum((Decimal(one["volume"]) for one in found), Decimal(0))
        assert volume == wanted
        assert Decimal(ann.items("/markets/BTC-USD/trades", limit=1)[0]["price"]) == Decimal(rows[-1][1])


@pytest.mark.slow
async def test_a_feed_that_ended_is_told_stale_and_prices_are_refused(tmp_path: Path) -> None:
    """Ticker and book say so, and an order that needs a price is rejected with that reason."""
    path = write(tmp_path / "trades.csv", agg_trades(20))
    with running(tmp_path, "--feed", f"recorded:{path}") as server:
        ann = server.sign_in("ann")
        async with line(ann.url, ann.token) as socket:
            await joined(socket, TICKER)
            while not [one for one in of(socket, TICKER) if one["data"]["ticker"]["stale"]]:
                if (await socket.next()).get("op") == "heartbeat":
                    await socket.say("pong")
        assert ann.get("/markets/BTC-USD/ticker")["stale"]
        refused = ann.order("buy", "0.01")
        assert (refused["status"], refused["rejectReason"]) == ("rejected", "PRICE_STALE")


def test_a_user_fills_in_a_recorded_market(tmp_path: Path) -> None:
    """A market order takes the ladder that stands round the recorded trades."""
    path = write(tmp_path / "trades.csv", agg_trades(2_000))
    with running(tmp_path, "--feed", f"recorded:{path}?loop=1") as server:
        ann = server.sign_in("ann")
        while ann.get("/markets/BTC-USD/ticker")["ask"] is None:
            pass
        assert ann.order("buy", "0.5")["status"] == "filled"


@pytest.mark.parametrize("feed", ["recorded:/nowhere.csv", "recorded:FILE?speed=fast"])
def test_a_feed_that_cannot_be_had_ends_the_start_with_a_word(feed: str, tmp_path: Path) -> None:
    """Exit 2, one line on standard error that names the setting, nothing on standard output."""
    path = write(tmp_path / "trades.csv", agg_trades(20))
    done = Server(tmp_path).run("serve", "--port", "0", "--feed", feed.replace("FILE", str(path)))
    assert done.returncode == 2
    assert done.stdout == ""
    assert "server.feed" in done.stderr
    assert "Traceback" not in done.stderr
