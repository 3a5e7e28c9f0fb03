"""The desk over a real server: the SDK's store read as panes need it, and intent handed to its commands.

What is on the screen decides what is subscribed to. Nothing here paints, and no widget sees what is here.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from pydantic import ValidationError

from tradeterm.client import connection
from tradeterm.client.errors import (
    ContractBroken,
    OutcomeUnknown,
    RequestRefused,
    SessionEnded,
    SignInFailed,
    TradetermError,
)
from tradeterm.client.session import TRADING, Event, Fact, Live, Snapshot
from tradeterm.client.trading_client import TradingClient
from tradeterm.protocol.balances import Account
from tradeterm.protocol.market import Candle, Market, Print, Ticker
from tradeterm.protocol.orders import Order, OrderRequest
from tradeterm.protocol.positions import Position
from tradeterm.protocol.times import parse_time
from tradeterm.protocol.trades import Trade
from tradeterm.protocol.vocabulary import Role
from tradeterm.tui.desk.event_log import EventLog
from tradeterm.tui.desk.link_gauge import LineGauge
from tradeterm.tui.desk.port import Answer, Depth, Dirty, Done, EventLine, Link, LinkState, Refused, Unknown, View
from tradeterm.tui.desk.queue_watch import QueueWatch
from tradeterm.tui.desk.valuation import marked, valued

HISTORY = 500  # events and fills that are fetched for the first screen
RETRY_S = 1.0
CLOSES_EVERY_S = 600.0
HOURS = 24

T = TypeVar("T")


class ClientDesk:
    """`Desk` over one TradingClient. `now` is the wall clock; the line's own times are the loop's."""

    def __init__(
        self,
        url: str,
        now: Callable[[], datetime],
        *,
        user: str | None = None,
        password: str | None = None,
        token: str | None = None,
    ) -> None:
        self._client = TradingClient(
            url,
            user=user,
            password=password,
            token=token,
            on_fact=self._fact,
            on_link=self._on_link,
            keeps_events=False,
        )
        self._store = self._client.store
        self._user, self._password = user, password
        self._gauge = LineGauge(now, time.monotonic)
        self._log = EventLog(self._decimals)
        self._is_live = self._was_live = self._wants_history = False
        self._was_reset = True
        self._ended = ""
        self._view: View | None = None
        self._channels: set[str] = set()
        self._filled: set[tuple[str, str]] = set()  # (symbol, interval) with history in the store
        self._closes: dict[str, list[Decimal]] = {}
        self._closes_at = 0.0
        self._wake = asyncio.Event()
        self._linked = True
        self._queue = QueueWatch(self._client.rest.queue, lambda: self._is_live and bool(self._store.orders))

    # -- the line -----------------------------------------------------------------------------------------------------

    async def sign_in(self, code: str | None = None) -> str:
        """Check password, and code where one is wanted, or token before there is a screen; the user's name. Raises
        TradetermError, CodeWanted where there is a second factor and no code.

        Who trades nothing has no desk: a monitor's stream is everybody's, and would be shown as one account.
        """
        rest = self._client.rest
        if self._user is not None and self._password is not None:
            await rest.sign_in(self._user, self._password, code)
        me = await rest.me()
        if me["role"] != Role.TRADER:
            raise SignInFailed(f"{me['user']} is a {me['role']}, and the desk is a trader's")
        return str(me["user"])

    async def aclose(self) -> None:
        """Let go of what sign-in and commands hold open."""
        await self._client.rest.close()

    async def run(self) -> None:
        """Keep the line up, and what is subscribed in step with the screen, until cancelled."""
        tasks = [asyncio.create_task(self._keep_up()), asyncio.create_task(self._queue.run())]
        try:
            await self._stay_connected()
        finally:
            for task in tasks:
                task.cancel()

    async def _stay_connected(self) -> None:
        """A server that was started anew may know no old session: then sign in once more, by itself."""
        while True:
            try:
                await self._client.run()
            except (SessionEnded, SignInFailed) as error:
                if isinstance(error, SignInFailed) or not self._was_live or self._password is None:
                    self._ended, self._linked = str(error), True
                    await asyncio.Event().wait()
                self._was_live, self._client.rest.token = False, None
            except ValidationError as error:
                self._ended, self._linked = f"the server's {error.title} is not what the contract says", True
                await asyncio.Event().wait()
            except RequestRefused as error:
                # The server answers, but takes no sign-in now (it stops, or there were too many).
                await asyncio.sleep(error.retry_after_s or RETRY_S)

    def _on_link(self, link: connection.Link) -> None:
        if link.state is not connection.LinkState.LIVE and self._is_live:
            self._gauge.lost()
            self._is_live = False
            self._filled.clear()
        self._linked = True

    def link(self) -> Link:
        return self._gauge.link(self._link_state(), self._client.link, self._store.seq, self._ended)

    def _link_state(self) -> LinkState:
        if self._ended:
            return LinkState.REFUSED
        if self._is_live and self._store.markets:
            return LinkState.LIVE
        is_down = self._client.link.state is connection.LinkState.DOWN
        return LinkState.DOWN if is_down else LinkState.CONNECTING

    # -- what comes in ------------------------------------------------------------------------------------------------

    def _fact(self, fact: Fact) -> None:
        match fact:
            case Live(channel) if channel == TRADING:
                self._is_live = self._was_live = self._linked = True
                self._wake.set()
            case Snapshot(channel=channel, epoch=epoch) if channel == TRADING:
                self._log.restart(epoch)
                self._wants_history = True
            case Event(channel=channel) if channel == TRADING:
                self._note(fact)
            case Event(data={"ticker": ticker}):
                self._gauge.came(parse_time(ticker["time"]))

    def _note(self, event: Event) -> None:
        if event.seq is not None:
            self._log.put(event.seq, event.name, event.data)
        if event.name.startswith("position"):
            self._wake.set()  # its ticker is needed for its mark

    def _decimals(self, symbol: str) -> int | None:
        market = self._store.markets.get(symbol)
        return None if market is None else market.price_decimals

    # -- keeping up ---------------------------------------------------------------------------------------------------

    async def _keep_up(self) -> None:
        """After each change of the line or the view: fetch what the stream does not carry, and subscribe."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), CLOSES_EVERY_S)
            self._wake.clear()
            try:
                await self._settle()
            except ContractBroken as error:
                self._ended, self._linked = str(error), True
            except TradetermError:
                await asyncio.sleep(RETRY_S)
                self._wake.set()

    async def _settle(self) -> None:
        if not self._is_live:
            return  # going live wakes again
        await self._load()
        await self._subscribe()
        await self._fill_candles()
        await self._fill_closes()

    async def _load(self) -> None:
        if self._store.markets and not self._wants_history:
            return
        with self._gauge.round_trip():
            self._store.set_markets(await self._client.rest.markets())
        self._store.set_trades(await self._newest_trades())
        after = max(0, self._store.seq - HISTORY)
        for item in await self._client.rest.events(after):
            self._log.put(item["seq"], item["event"], item["data"])
        self._wants_history = False
        self._was_reset = True

    async def _newest_trades(self) -> list[Trade]:
        async with contextlib.aclosing(self._client.rest.trades()) as pages:
            return [trade async for trade in _first(pages, HISTORY)]

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
        return tickers | {f"market:{view.symbol}:{kind}" for kind in kinds}

    async def _fill_candles(self) -> None:
        view = self._view
        if view is None or (view.symbol, view.interval) in self._filled:
            return
        candles = await self._client.rest.candles(view.symbol, view.interval)
        self._store.set_candles(view.symbol, view.interval, candles)
        self._filled = {(view.symbol, view.interval)}

    async def _fill_closes(self) -> None:
        """The day of each watched market, hourly, fetched anew every ten minutes."""
        if time.monotonic() - self._closes_at >= CLOSES_EVERY_S:
            self._closes, self._closes_at = {}, time.monotonic()
        for symbol in self._view.watched if self._view is not None else ():
            if symbol not in self._closes:
                candles = await self._client.rest.candles(symbol, "1h", HOURS)
                self._closes[symbol] = [candle.close for candle in candles]

    # -- state for the panes ------------------------------------------------------------------------------------------

    def take_dirty(self) -> Dirty:
        keys = self._store.take_dirty()
        kinds = {key[0] for key in keys}
        tickers = frozenset(key[1] for key in keys if key[0] == "ticker")
        has_moved = not tickers.isdisjoint(self._store.positions)
        was_reset, self._was_reset = self._was_reset or "all" in kinds, False
        was_linked, self._linked = self._linked, False
        return Dirty(
            tickers=tickers,
            books=frozenset(key[1] for key in keys if key[0] == "book"),
            prints=frozenset(key[1] for key in keys if key[0] == "tape"),
            candles=frozenset(key[1] for key in keys if key[0] == "candles"),
            orders="order" in kinds or self._queue.take_moved(),
            positions="position" in kinds or has_moved,
            fills="trades" in kinds,
            events="log" in kinds,
            account="account" in kinds or has_moved,
            markets="markets" in kinds,
            link=was_linked,
            everything=was_reset,
        )

    def markets(self) -> Mapping[str, Market]:
        return self._store.markets

    def ticker(self, symbol: str) -> Ticker | None:
        return self._store.tickers.get(symbol)

    def depth(self, symbol: str) -> Depth | None:
        book = self._store.books.get(symbol)
        return None if book is None else Depth(*book.top(), time=book.time, stale=book.stale)

    def candles(self, symbol: str, interval: str) -> Sequence[Candle]:
        return list(self._store.candles.get((symbol, interval), {}).values())

    def closes(self, symbol: str) -> Sequence[Decimal]:
        closes = self._closes.get(symbol)
        if not closes:
            return ()
        last = self._last(symbol)
        return [*closes[:-1], last] if last is not None else closes

    def prints(self, symbol: str) -> Sequence[Print]:
        return list(self._store.tape.get(symbol, ()))

    def queue(self) -> Mapping[str, Decimal]:
        return self._queue.places

    def open_orders(self) -> Sequence[Order]:
        return sorted(self._store.orders.values(), key=lambda order: (order.created_at, order.id), reverse=True)

    def order(self, order_id: str) -> Order | None:
        return self._store.order(order_id)

    def order_of(self, client_order_id: str) -> Order | None:
        return self._store.order_of(client_order_id)

    def positions(self) -> Sequence[Position]:
        return [marked(self._store.positions[symbol], self._last(symbol)) for symbol in sorted(self._store.positions)]

    def _last(self, symbol: str) -> Decimal | None:
        ticker = self._store.tickers.get(symbol)
        return None if ticker is None else ticker.last

    def fills(self) -> Sequence[Trade]:
        return list(self._store.trades)

    def events(self) -> Sequence[EventLine]:
        return self._log.newest_first()

    def account(self) -> Account | None:
        account = self._store.account
        return None if account is None else valued(account, self.positions())

    # -- intent -------------------------------------------------------------------------------------------------------

    def show(self, view: View) -> None:
        if view != self._view:
            self._view = view
            self._wake.set()

    async def place(self, request: OrderRequest) -> Answer:
        return await self._ask(lambda: self._client.rest.place(request))

    async def look_up(self, request: OrderRequest) -> Answer:
        try:
            async with contextlib.aclosing(self._client.rest.orders(symbol=request.symbol)) as pages:
                newest = [order async for order in _first(pages, HISTORY)]
        except TradetermError as error:
            return Unknown(str(error))
        found = next((order for order in newest if order.client_order_id == request.client_order_id), None)
        return Refused("there is no such order") if found is None else Done(order=found)

    async def cancel(self, order_id: str) -> Answer:
        return await self._ask(lambda: self._client.rest.cancel(order_id))

    async def close_position(self, symbol: str, client_order_id: str) -> Answer:
        return await self._ask(lambda: self._client.rest.close_position(symbol, client_order_id))

    async def close_all(self) -> Answer:
        return await self._ask(self._client.rest.close_all)

    async def reverse(self, symbol: str, client_order_id: str) -> Answer:
        return await self._ask(lambda: self._client.rest.reverse_position(symbol, client_order_id))

    async def cancel_entries(self, symbol: str | None) -> Answer:
        return await self._ask(lambda: self._client.rest.cancel_all(symbol))

    async def kill(self) -> Answer:
        return await self._ask(self._client.rest.kill)

    async def protect(self, symbol: str, stop: Decimal | None, target: Decimal | None) -> Answer:
        return await self._ask(lambda: self._client.rest.protect(symbol, stop, target))

    async def amend(
        self, order_id: str, *, price: Decimal | None, quantity: Decimal | None, stop_price: Decimal | None = None
    ) -> Answer:
        named = (("price", price), ("quantity", quantity), ("stopPrice", stop_price))
        totals = {name: total for name, total in named if total is not None}
        return await self._ask(lambda: self._client.rest.amend(order_id, **totals))

    async def _ask(self, command: Callable[[], Awaitable[object]]) -> Answer:
        try:
            with self._gauge.round_trip():
                answer = await command()
                return Done(order=answer if isinstance(answer, Order) else None)
        except OutcomeUnknown:
            return Unknown("No answer came.")
        except TradetermError as error:
            return Refused(str(error))


async def _first(items: AsyncIterator[T], count: int) -> AsyncIterator[T]:
    """The first `count` items; no page beyond them is asked for."""
    taken = 0
    async for item in items:
        yield item
        taken += 1
        if taken == count:
            return
