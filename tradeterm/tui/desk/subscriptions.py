"""What the stream does not carry is fetched, and what the screen shows is subscribed to: after each change of either."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import TypeVar

from tradeterm.client.errors import RequestRefused
from tradeterm.client.session import TRADING
from tradeterm.client.trading_client import TradingClient
from tradeterm.protocol.alerts import Alert
from tradeterm.protocol.trades import Trade
from tradeterm.tui.desk.event_log import EventLog
from tradeterm.tui.desk.link_gauge import LineGauge
from tradeterm.tui.desk.port import View

HISTORY = 500  # events and fills that are fetched for the first screen
CLOSES_EVERY_S = 600.0
HOURS = 24

T = TypeVar("T")


class Upkeep:
    """`changed` is set when there is something to do; `settle` does it, over a line that is up."""

    def __init__(self, client: TradingClient, log: EventLog, gauge: LineGauge) -> None:
        self._client, self._store = client, client.store
        self._log, self._gauge = log, gauge
        self._view: View | None = None
        self._channels: set[str] = set()
        self._filled: tuple[str, str, int] | None = None  # symbol, interval and number of candles that the store has
        self._closes_at = 0.0
        self._wants_history = self._wants_alerts = self._wants_anew = False
        self.changed = asyncio.Event()
        self.closes: dict[str, list[Decimal]] = {}  # by market, the day's, hourly
        self.alerts: list[Alert] = []
        self.is_fresh = True  # what was shown is void

    def show(self, view: View) -> None:
        """The screen shows something else."""
        if view != self._view:
            self._view = view
            self.changed.set()

    def lost(self) -> None:
        """What came by the line has holes from now on."""
        self._filled = None

    def began_anew(self) -> None:
        """A snapshot came: the history before it has to be fetched."""
        self._wants_history = True

    def alerts_changed(self) -> None:
        """Some alert was set, rang or was taken away."""
        self._wants_alerts = True
        self.changed.set()

    def renew(self) -> None:
        """What is known may be wrong: all of it is asked for again."""
        self._wants_anew = True
        self.changed.set()

    async def settle(self) -> None:
        """Bring everything up to date. Raises TradetermError, and is to be called again then."""
        await self._ask_anew()
        await self._load()
        await self._load_alerts()
        await self._subscribe()
        await self._fill_candles()
        await self._fill_closes()

    async def _ask_anew(self) -> None:
        if not self._wants_anew:
            return
        self._wants_anew, self._wants_history, self._filled, self._closes_at = False, True, None, float("-inf")
        for channel in (TRADING, *sorted(self._channels)):
            await self._client.connection.resubscribe(channel)

    async def _load(self) -> None:
        if self._store.markets and not self._wants_history:
            return
        with self._gauge.round_trip():
            self._store.set_markets(await self._client.rest.markets())
        self._store.set_trades(await self._newest_trades())
        after = max(0, self._store.seq - HISTORY)
        for item in await self._client.rest.events(after):
            self._log.put(item["seq"], item["event"], item["data"])
        self._wants_history, self._wants_alerts = False, True
        self.is_fresh = True

    async def _newest_trades(self) -> list[Trade]:
        async with contextlib.aclosing(self._client.rest.trades()) as pages:
            return [trade async for trade in first(pages, HISTORY)]

    async def _load_alerts(self) -> None:
        if self._wants_alerts:
            self._wants_alerts = False
            with contextlib.suppress(RequestRefused):  # an older server has none
                self.alerts = await self._client.rest.alerts()
            self.is_fresh = True

    async def _subscribe(self) -> None:
        wanted = self._wanted()
        gone, fresh = self._channels - wanted, wanted - self._channels
        await self._client.unwatch(*sorted(gone))
        self._store.forget(gone)
        self._channels = wanted
        await self._client.watch(*sorted(fresh))

    def _wanted(self) -> set[str]:
        view = self._view
        held = set(self._store.positions)
        if view is None:
            return {f"market:{symbol}:ticker" for symbol in held}
        tickers = {f"market:{symbol}:ticker" for symbol in {*view.watched, view.symbol, *held}}
        kinds = ("book", "trades", f"candles:{view.interval}")
        ladders = {f"market:{symbol}:{kind}" for symbol in view.beside for kind in ("ticker", "book", "trades")}
        return tickers | ladders | {f"market:{view.symbol}:{kind}" for kind in kinds}

    async def _fill_candles(self) -> None:
        view = self._view
        if view is None:
            return
        wanted = (view.symbol, view.interval, view.candles)
        if wanted != self._filled:
            self._store.set_candles(view.symbol, view.interval, await self._client.rest.candles(*wanted))
            self._filled = wanted

    async def _fill_closes(self) -> None:
        """The day of each watched market, hourly, fetched anew every ten minutes."""
        if time.monotonic() - self._closes_at >= CLOSES_EVERY_S:
            self.closes, self._closes_at = {}, time.monotonic()
        for symbol in self._view.watched if self._view is not None else ():
            if symbol not in self.closes:
                candles = await self._client.rest.candles(symbol, "1h", HOURS)
                self.closes[symbol] = [candle.close for candle in candles]


async def first(items: AsyncIterator[T], count: int) -> AsyncIterator[T]:
    """The first `count` items; no page beyond them is asked for."""
    taken = 0
    async for item in items:
        yield item
        taken += 1
        if taken == count:
            return
