"""A test's own client of `/ws`: says what it is told to, and keeps every message in the order it came."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.e2e.schemas import check_message
from tests.eventually import PATIENCE_S

BEAT_S = 3.0
Message = dict[str, Any]


class Line:
    """One open socket. `heard` holds everything that came so far."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.heard: list[Message] = []
        self._requests = 0

    async def say(self, op: str, **more: Any) -> None:
        await self.socket.send(json.dumps({"op": op, **more}))

    async def next(self) -> Message:
        """The next message, heartbeats too; each is held against its model."""
        async with asyncio.timeout(PATIENCE_S):
            text = await self.socket.recv()
        self.heard.append(json.loads(text))
        check_message(self.heard[-1])
        return self.heard[-1]

    async def until(self, wanted: Callable[[Message], bool]) -> Message:
        """The first message that is wanted; those before it are in `heard`."""
        while not wanted(message := await self.next()):
            pass
        return message

    async def op(self, op: str) -> Message:
        return await self.until(lambda message: message.get("op") == op)

    async def event(self, name: str) -> Message:
        return await self.until(lambda message: message.get("event") == name)

    async def ask(self, op: str, **more: Any) -> Message:
        """Say something and wait for what answers it."""
        self._requests += 1
        number = self._requests
        await self.say(op, id=number, **more)
        return await self.until(lambda message: message.get("id") == number)

    async def subscribe(self, channel: str = "trading", place: Message | None = None) -> Message:
        """Subscribe, from a place, and wait until the stream is live; the `subscribed` message, or the error."""
        answer = await self.ask("subscribe", channel=channel, **({"from": place} if place else {}))
        if answer["op"] == "subscribed" and channel == "trading":
            await self.op("live")
        return answer

    async def create(self, side: str, quantity: str, price: str | None = None, **more: Any) -> Message:
        """Create an order in BTC/USD and wait for its answer."""
        order = {"symbol": "BTC/USD", "side": side, "type": "limit" if price else "market", "quantity": quantity}
        return await self.ask("order.create", data={**order, **({"price": price} if price else {}), **more})

    async def close_code(self) -> int:
        """Wait until the server has closed; the code."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self.next()
        return self.socket.close_code or 0

    def events(self) -> list[Message]:
        """The journaled events of `trading` that came, in order."""
        return [one for one in self.heard if one.get("channel") == "trading" and "event" in one and "seq" in one]

    def seqs(self) -> list[int]:
        return [one["seq"] for one in self.events()]


@contextlib.asynccontextmanager
async def line(
    url: str, token: str | None = None, *, hello: bool = True, headers: dict[str, str] | None = None, **options: Any
) -> AsyncIterator[Line]:
    """An open socket, signed in by the handshake when a token is given."""
    headers = {**(headers or {}), **({"Authorization": f"Bearer {token}"} if token else {})}
    async with connect(
        f"ws{url.removeprefix('http')}/ws",
        additional_headers=headers,
        compression=None,
        ping_interval=None,
        proxy=None,
        open_timeout=PATIENCE_S,
        close_timeout=1,
        max_size=None,
        **options,
    ) as socket:
        opened = Line(socket)
        beating = asyncio.create_task(_beat(socket) if token else asyncio.sleep(0))
        try:
            if token and hello:
                await opened.op("hello")
            yield opened
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)


async def _beat(socket: ClientConnection) -> None:
    """Say now and then that somebody is there: a test may look elsewhere for longer than a server waits for a silent client."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            await asyncio.sleep(BEAT_S)
            await socket.send('{"op":"pong"}')
