"""A real exchange's public streams in the paper venue: its books are mirrored, its trades go through the queues.

Only public data is read, and no key is needed. ccxt is imported when a feed asks for it, and nowhere else.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

import structlog

from server.domain.markets import Market
from server.lean_ccxt import CcxtMissing, UnknownExchange, exchange_class
from server.marketdata.book_mirror import Mirror, levels_on_tick, nearest_tick, whole_lots
from server.marketdata.candles import Candles
from server.marketdata.outside_tape import OutsideTape
from server.ports import FlowStep, Request
from tradeterm.protocol.vocabulary import Side

log = structlog.get_logger(__name__)

DRAIN_S = 0.05
LEVELS = 20
LARGEST_STEP = 500  # requests
WAITING = 5_000  # requests; when nobody takes them, the streams wait
POLL_S = 2.0
FOLLOW_S = 0.2
RETRY_S = (1.0, 2.0, 5.0, 10.0, 30.0)
SAME_MONEY = ("USD", "USDT", "USDC")


class FeedExchange(Protocol):
    """What is used of a ccxt exchange."""

    @property
    def has(self) -> Mapping[str, Any]: ...

    @property
    def markets(self) -> Mapping[str, Any]: ...

    def milliseconds(self) -> int: ...

    async def load_markets(self) -> Any: ...

    async def close(self) -> Any: ...


Connect = Callable[[], FeedExchange]


def connector(exchange_id: str) -> Connect:
    """What makes the exchange of that ccxt id. Raises ValueError when ccxt is not installed or does not know it."""
    try:
        made: Callable[[dict[str, Any]], FeedExchange] = exchange_class(exchange_id)
    except CcxtMissing:
        raise ValueError("a ccxt feed needs the extra: install tradeterm[ccxt]") from None
    except UnknownExchange:
        raise ValueError(f"ccxt streams no exchange {exchange_id}") from None
    return lambda: made({"enableRateLimit": True, "newUpdates": True})


class CcxtFeed:
    """ports.Feed of the listed markets that the exchange lists too, in USD or a coin that stands for it."""

    def __init__(
        self,
        connect: Connect,
        markets: Mapping[str, Market],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        wanted: Callable[[], set[str]] | None = None,
    ) -> None:
        """`wanted()` says which of the markets are followed by now; None: all."""
        self._connect, self._markets, self._sleep = connect, markets, sleep
        self._wanted = wanted or (lambda: {*markets})
        self._mirrors = {symbol: Mirror(market) for symbol, market in markets.items()}
        self._waiting: deque[Request] = deque()

    def opening(self) -> Mapping[str, Decimal]:
        return {}

    def past(self, symbol: str, candles: Candles, now: int, price: Decimal | None) -> Decimal | None:
        """What the exchange did before is its own: charts begin with the first print."""
        return price

    def state(self, symbol: str) -> bytes:
        """The exchange goes on by itself."""
        return b""

    def steps(self) -> Iterator[tuple[float, FlowStep]]:
        """What came in, for ever."""
        while True:
            count = min(len(self._waiting), LARGEST_STEP)
            yield (
                (0.0 if len(self._waiting) > count else DRAIN_S),
                FlowStep([self._waiting.popleft() for _ in range(count)]),
            )

    async def run(self) -> None:
        """Read the exchange until cancelled; what fails is tried again, less and less often."""
        exchange = self._connect()
        try:
            await self._again("the list of markets", exchange.load_markets, once=True)
            async with asyncio.TaskGroup() as tasks:
                followed: set[str] = set()
                while True:
                    wanted = self._wanted()
                    for symbol in [one for one in self._markets if one in wanted and one not in followed]:
                        self._follow(exchange, symbol, tasks)
                        followed.add(symbol)
                    if followed == self._markets.keys():
                        break
                    await self._sleep(FOLLOW_S)
        finally:
            await exchange.close()

    def _follow(self, exchange: FeedExchange, symbol: str, tasks: asyncio.TaskGroup) -> None:
        outside = outside_symbol(symbol, exchange.markets)
        if outside is None:
            log.warning("the exchange does not list a market", symbol=symbol)
            return
        tasks.create_task(self._again(f"the book of {symbol}", self._books(exchange, symbol, outside)))
        tasks.create_task(self._again(f"the trades of {symbol}", self._trades(exchange, symbol, outside)))

    async def _again(self, what: str, read: Callable[[], Awaitable[Any]], once: bool = False) -> None:
        failed = 0
        while True:
            try:
                await read()
                failed = 0
                if once:
                    return
            except Exception as error:  # whatever an exchange's library raises: the feed is silent, and tries again
                log.warning("the exchange does not answer", what=what, reason=f"{type(error).__name__}: {error}")
                await self._sleep(RETRY_S[min(failed, len(RETRY_S) - 1)])
                failed += 1
            while len(self._waiting) > WAITING:
                await self._sleep(DRAIN_S)

    # ------------------------------------------------------------ streams, or polls where there is no stream

    def _books(self, exchange: Any, symbol: str, outside: str) -> Callable[[], Awaitable[None]]:
        async def read() -> None:
            if exchange.has.get("watchOrderBook"):
                book = await exchange.watch_order_book(outside)
            else:
                book = await exchange.fetch_order_book(outside, LEVELS)
                await self._sleep(POLL_S)
            self._take_book(symbol, book)

        return read

    def _trades(self, exchange: Any, symbol: str, outside: str) -> Callable[[], Awaitable[None]]:
        tape = OutsideTape()

        async def read() -> None:
            is_first = not tape.is_read
            if is_first:
                tape.begin(exchange.milliseconds())
            try:
                if exchange.has.get("watchTrades"):
                    trades = await exchange.watch_trades(outside)
                else:
                    trades = await exchange.fetch_trades(outside)
                    if is_first:
                        tape.pass_over(trades)
                    await self._sleep(POLL_S)
            except Exception:
                tape.lost()
                raise
            self._take_trades(symbol, tape.fresh(trades))

        return read

    def _take_book(self, symbol: str, book: Mapping[str, Any]) -> None:
        mirror, market = self._mirrors[symbol], self._markets[symbol]
        sides = {
            side: levels_on_tick(side, _levels(book[name]), market, LEVELS)
            for side, name in ((Side.BUY, "bids"), (Side.SELL, "asks"))
        }
        for side, levels in sides.items():
            self._waiting.extend(mirror.replace(side, levels))

    def _take_trades(self, symbol: str, trades: Sequence[Mapping[str, Any]]) -> None:
        mirror, market = self._mirrors[symbol], self._markets[symbol]
        for one in trades:
            price, quantity = _decimal(one["price"]), _decimal(one["amount"])
            if price > 0 and quantity > 0:
                on_tick = nearest_tick(price, market.tick)
                self._waiting.extend(mirror.trade(Side(one["side"]), on_tick, whole_lots(quantity, market.lot)))


def outside_symbol(symbol: str, listed: Mapping[str, Any]) -> str | None:
    """The exchange's spot market for one of ours: the same, or in a coin that stands for the dollar."""
    base, quote = symbol.split("/")
    quotes = SAME_MONEY if quote == "USD" else (quote,)
    return next((f"{base}/{other}" for other in quotes if f"{base}/{other}" in listed), None)


def _levels(levels: Sequence[Sequence[Any]]) -> Iterator[tuple[Decimal, Decimal]]:
    return ((_decimal(level[0]), _decimal(level[1])) for level in levels)


def _decimal(value: Any) -> Decimal:
    """ccxt gives floats; their shortest text is the number that the exchange wrote."""
    return Decimal(str(value))
