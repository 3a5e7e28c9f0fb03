"""What every wire must do that a socket writes to: the WebSocket's, that of a Socket.IO session which polls, and the one in
memory on which the gateway's other tests rely."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from engineio import AsyncServer
from engineio.async_socket import AsyncSocket
from uvicorn.config import Config
from uvicorn.server import ServerState
from websockets.asyncio.client import connect

from server.gateway.socketio.engineio_wire import EngineIoWire
from server.gateway.streams.journal_stream import Wire
from server.gateway.transport.asgi import Receive, Scope, Send
from server.gateway.transport.connections import Connections
from server.gateway.transport.frames import text_frame
from server.gateway.transport.websocket_protocol import EXTENSION, GatewaySocket
from tests.eventually import in_time
from tests.server.gateway.rig import MemoryWire
from tests.server.gateway.socketio.polls import HERE
from tradeterm.protocol.vocabulary import CloseCode

PIECE = text_frame(b"4" + b"x" * 60_000)
TOO_MANY = 1_000  # pieces: no kernel keeps as much for a reader that does not read


@dataclass
class Held:
    """A wire, and its reader: who reads nothing until asked, and gives the payloads in the order in which they came."""

    wire: Wire
    read: Callable[[int], Awaitable[list[bytes]]]
    fall_behind: Callable[[], int]
    """How many pieces were taken before one was refused."""


def until_refused(wire: Wire) -> int:
    for taken in range(TOO_MANY):
        if not wire.write(PIECE):
            return taken
    raise AssertionError("it takes whatever comes, and nobody reads")


@asynccontextmanager
async def websocket() -> AsyncIterator[Held]:
    """A connection on the loopback."""
    wires: list[GatewaySocket] = []

    async def accept(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        wires.append(scope["extensions"][EXTENSION]["wire"])
        while (await receive())["type"] != "websocket.disconnect":
            pass

    config, state = Config(accept, ws_ping_interval=None, log_config=None), ServerState()
    config.load()

    def made() -> GatewaySocket:
        return GatewaySocket(config, state, {}, connections=Connections(0, 0, 1_000))

    async with await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}/", proxy=None, max_queue=1, ping_interval=None) as client:
            await in_time(lambda: wires)

            async def read(count: int) -> list[bytes]:
                return [await client.recv(decode=False) for _ in range(count)]

            yield Held(wires[0], read, lambda: until_refused(wires[0]))
            wires[0].transport.abort()


@asynccontextmanager
async def polling() -> AsyncIterator[Held]:
    """A session that has not been upgraded: its client asks when it likes."""
    session = AsyncSocket(AsyncServer(async_mode="asgi"), "a session")
    wire = EngineIoWire(session, HERE, lambda: None, lambda: None)

    async def read(count: int) -> list[bytes]:
        found: list[bytes] = []
        while len(found) < count:
            found += [packet.encode(b64=True).encode() for packet in await session.poll()]
        return found

    yield Held(wire, read, lambda: until_refused(wire))


@asynccontextmanager
async def memory() -> AsyncIterator[Held]:
    """It refuses when it is told to, and takes more when it was read."""
    wire = MemoryWire()

    async def read(count: int) -> list[bytes]:
        taken, wire.written = wire.written[:count], wire.written[count:]
        wire.ready = wire.closed is None
        return taken

    def fall_behind() -> int:
        assert wire.write(PIECE)
        wire.ready = False
        return 1

    yield Held(wire, read, fall_behind)


@pytest.fixture(params=[websocket, polling, memory], ids=["websocket", "polling", "memory"])
async def held(request: pytest.FixtureRequest) -> AsyncIterator[Held]:
    async with request.param() as made:
        yield made


async def test_what_is_written_is_read_in_its_order(held: Held) -> None:
    """A write of several frames is taken whole."""
    assert held.wire.ready
    assert held.wire.write(text_frame(b"41") + text_frame(b"4" + b"2" * 200))
    assert held.wire.write(PIECE + text_frame(b"43"))
    assert await held.read(4) == [b"41", b"4" + b"2" * 200, b"4" + b"x" * 60_000, b"43"]


async def test_who_does_not_read_is_refused_and_misses_nothing_that_was_taken(held: Held) -> None:
    """Nothing of what was refused is ever read; once all else is, there is room again."""
    taken = held.fall_behind()
    assert taken > 0
    assert not held.wire.ready
    assert not held.wire.write(text_frame(b"4refused"))
    assert await held.read(taken) == [b"4" + b"x" * 60_000] * taken
    await in_time(lambda: held.wire.ready)
    assert held.wire.write(text_frame(b"4later"))
    assert await held.read(1) == [b"4later"]


@pytest.mark.parametrize("is_behind", [False, True])
async def test_a_wire_that_is_closed_takes_nothing(held: Held, is_behind: bool) -> None:
    """Also where its reader is behind nobody waits for them; and to close it again is nothing."""
    if is_behind:
        held.fall_behind()
    for code in (CloseCode.SLOW, CloseCode.STOPPING):
        held.wire.close(code, "the reader is behind")
    await in_time(lambda: not held.wire.ready)
    assert not held.wire.write(text_frame(b"4late"))


@pytest.mark.parametrize("held", [websocket, memory], indirect=True, ids=["websocket", "memory"])
async def test_the_last_word_is_read_by_who_was_behind(held: Held) -> None:
    """Before a close it is written none the less; after it nothing is."""
    taken = held.fall_behind()
    held.wire.write_last(text_frame(b"4last"))  # type: ignore[attr-defined]
    held.wire.close(CloseCode.SLOW, "the reader is behind")
    held.wire.write_last(text_frame(b"4after"))  # type: ignore[attr-defined]
    assert (await held.read(taken + 1))[-1] == b"4last"
    assert not held.wire.ready


async def test_the_address_is_that_of_who_reads(held: Held) -> None:
    assert held.wire.address in (HERE, "127.0.0.1")
