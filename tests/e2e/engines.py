"""Socket.IO spoken by hand, without the client's library: over a WebSocket, and over polls."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any, Protocol

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.eventually import PATIENCE_S

PATH = "/socket.io/?EIO=4&transport="


class Ended(Exception):
    """The server ended the session; `code` where the transport has one."""

    def __init__(self, code: int | None = None) -> None:
        super().__init__(str(code))
        self.code = code


class Engine(Protocol):
    """One session: packets as text, without Engine.IO's framing of a transport."""

    async def send(self, packet: str) -> None: ...

    async def next(self) -> str: ...


class SocketEngine:
    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def send(self, packet: str) -> None:
        await self._socket.send(packet)

    async def next(self) -> str:
        try:
            return str(await self._socket.recv())
        except ConnectionClosed:
            raise Ended(self._socket.close_code) from None


class PollingEngine:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self.session = ""
        self._came: list[str] = []

    async def send(self, packet: str) -> None:
        assert await self.post(packet) == 200

    async def post(self, packet: str) -> int:
        """Post a packet, or some; the status."""
        return (await self._http.post(f"{PATH}polling&sid={self.session}", content=packet)).status_code

    async def next(self) -> str:
        while not self._came:
            more = f"&sid={self.session}" if self.session else ""
            answer = await self._http.get(f"{PATH}polling{more}")
            if answer.status_code != 200:
                raise Ended
            self._came = answer.text.split("\x1e")
        packet = self._came.pop(0)
        if packet.startswith("0"):
            self.session = json.loads(packet[1:])["sid"]
        return packet


class Caller:
    """A Socket.IO client on an engine. `heard` holds the events: name and arguments."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.heard: list[list[Any]] = []

    async def packet(self) -> str:
        """The next packet that is not Engine.IO's own; a ping is answered."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                packet = await self.engine.next()
                if packet == "1":
                    raise Ended
                if packet == "2":
                    await self.engine.send("3")
                elif packet != "6":
                    return packet

    async def connect(self, token: str | None, **more: str) -> dict[str, Any]:
        """Open the session and sign in: what the CONNECT is answered with, or the error."""
        assert (await self.packet()).startswith("0")
        await self.engine.send("40" + json.dumps({**({"token": token} if token else {}), **more}))
        answer: dict[str, Any] = json.loads((await self.packet())[2:])
        return answer

    async def emit(self, *said: Any) -> None:
        await self.engine.send("42" + json.dumps(said))

    async def event(self, *names: str) -> list[Any]:
        """The next event of one of these names."""
        while True:
            packet = await self.packet()
            assert packet.startswith("42"), packet
            self.heard.append(json.loads(packet[2:]))
            if self.heard[-1][0] in names:
                return self.heard[-1]

    async def ask(self, op: str, channel: str) -> list[Any]:
        await self.emit(op, {"channel": channel})
        return await self.event(f"{op}d", "error")


@contextlib.asynccontextmanager
async def caller(url: str, transport: str, **options: Any) -> AsyncIterator[Caller]:
    """A client that has sent nothing yet."""
    if transport == "polling":
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=PATIENCE_S, **options) as http:
            yield Caller(PollingEngine(http))
    else:
        address = f"ws{url.removeprefix('http')}{PATH}websocket"
        async with connect(
            address,
            compression=None,
            proxy=None,
            ping_interval=None,
            open_timeout=PATIENCE_S,
            close_timeout=1,
            **options,
        ) as ws:
            yield Caller(SocketEngine(ws))
