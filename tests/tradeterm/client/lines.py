"""A small server on loopback whose every socket is told what to say, for the client's tests."""

import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

from tests.tradeterm.client import wires
from tradeterm.client.session import TRADING

HELLO = {"op": "hello", "sessionId": "s", "user": "ann", "role": "trader", "heartbeatMs": 5000, "deadMs": 15000}

Serving = Callable[["Line"], Awaitable[None]]


class Line:
    """The server's end of one socket."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket
        self.token = ""

    async def hear(self) -> dict[str, Any]:
        """The next message that is no acknowledgement."""
        while True:
            message: dict[str, Any] = json.loads(await self.socket.recv())
            if message["op"] != "ack":
                return message

    async def say(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def welcome(self, mode: str = "replay") -> dict[str, Any]:
        """Take the sign-in and the subscription; what the subscription was."""
        self.token = (await self.hear())["token"]
        await self.say(**HELLO)
        asked = await self.hear()
        await self.say(op="subscribed", id=asked["id"], channel=TRADING, epoch="e", head=0, mode=mode)
        return asked

    async def event(self, seq: int) -> None:
        await self.say(event="order:created", channel=TRADING, epoch="e", seq=seq, data={"order": wires.order(seq)})


@contextlib.asynccontextmanager
async def serving(*lives: Serving) -> AsyncIterator[str]:
    """The address of a server whose first socket is served by the first function, and so on; the last serves the rest."""
    waiting = list(lives)

    async def handle(socket: ServerConnection) -> None:
        served_by = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        await served_by(Line(socket))

    async with serve(handle, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"http://127.0.0.1:{port}"
