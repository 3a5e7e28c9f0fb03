"""An account's stream through ccxt.pro, one client a connection.

Its ways, each met here: a handler that fails or a frame that is broken ends its receive loop without a word, so that a
clock of our own watches pongs and frames; what it hands out changes while it is held, so that it is copied at once and
the loop never waits; its closing looks like a cancellation.
"""

import asyncio
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from server.venues.exchange.ccxt.values import seen_order, seen_trade
from server.venues.exchange.seen import Listeners

PING_MS = 2_000
SILENT_MS = 7_000
WATCH_S = 0.5
LAST_WORDS = ("eventStreamTerminated", "listenKeyExpired", "serverShutdown")
SOON_S = 0.05
SUBSCRIBED_S = 2.0


class StreamDead(Exception):
    """No frame and no pong for too long, or the library's own loop has failed."""


async def follow(client: Any, listening: Listeners, listed: str, now_ms: Callable[[], int]) -> None:
    """Tell what the stream says of markets whose symbol ends in `listed`, until it breaks; raises then."""
    client.streaming = {**client.streaming, "keepAlive": PING_MS, "maxPingPongMisses": 3}
    failed: list[Exception] = []
    _guard(client, failed)
    # Where this is not there, ccxt's handler of positions fails, and takes its loop with it.
    client.balance.setdefault("spot", {})
    try:
        if client.id == "binance":
            await client.authenticate({"type": "spot"})  # returns after the exchange has acknowledged
            listening.connected()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_watch(client, failed, now_ms))
            tasks.create_task(_orders(client, listening, listed))
            if client.has.get("watchMyTrades"):  # else the orders say how much has filled, and its trades are asked for
                tasks.create_task(_trades(client, listening, listed))
            if client.id != "binance":
                tasks.create_task(_say_connected(client, listening))
    finally:
        await client.close()


async def _say_connected(client: Any, listening: Listeners) -> None:
    """Of an acknowledgement ccxt says nothing here: when the socket has said something, and once more when it must have
    subscribed, so that what happened between is asked for."""
    while not any(one.last_message_at for one in client.clients.values()):  # noqa: ASYNC110 - nothing sets an event
        await asyncio.sleep(SOON_S)
    listening.connected()
    await asyncio.sleep(SUBSCRIBED_S)
    listening.connected()


async def _orders(client: Any, listening: Listeners, listed: str) -> None:
    while True:
        for raw in deepcopy(await client.watch_orders()):
            seen = seen_order(raw)
            if seen is None and raw.get("id"):
                listening.touched(str(raw["id"]))
            elif seen is not None and seen.symbol.endswith(listed):
                listening.order(seen)


async def _trades(client: Any, listening: Listeners, listed: str) -> None:
    while True:
        for raw in deepcopy(await client.watch_my_trades()):
            seen = seen_trade(raw)
            if seen is not None and seen.symbol.endswith(listed):
                listening.trade(seen)


def _guard(client: Any, failed: list[Exception]) -> None:
    """What a handler raises is kept, instead of ending the receive loop unseen."""
    handle = client.handle_message

    def handle_guarded(socket: Any, message: Any) -> None:
        if _ends_it(message):
            failed.append(StreamDead("the exchange has ended it"))
        try:
            handle(socket, message)
        except Exception as error:
            failed.append(error)

    client.handle_message = handle_guarded


def _ends_it(message: Any) -> bool:
    """Binance's last word of a stream: the socket stays open, and ccxt tells nobody who waits."""
    event = message.get("event", message) if isinstance(message, dict) else None
    return isinstance(event, dict) and event.get("e") in LAST_WORDS


async def _watch(client: Any, failed: list[Exception], now_ms: Callable[[], int]) -> None:
    began = now_ms()
    while True:
        await asyncio.sleep(WATCH_S)
        if failed:
            raise StreamDead(f"{type(failed[0]).__name__}: {failed[0]}")
        sockets = list(client.clients.values())
        heard = max((max(one.last_message_at or 0, one.lastPong or 0) for one in sockets), default=0)
        if not sockets or now_ms() - max(heard, began) > SILENT_MS:
            raise StreamDead("nothing was heard of it")
