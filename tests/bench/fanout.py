"""Fan-out: CPU per delivery of the hub's path to 1,000 sockets, against a bare loop that writes prebuilt joined frames.

Both write to the same TCP connections, whose other ends a child process reads; the CPU is this process's alone. Beside them
what else one could do: `websockets.broadcast`, and one `send` a client, on as many connections of that library. Each
takes turns with the bare loop, so that a busy moment of the machine is both's.
"""

import asyncio
import os
import resource
import selectors
import signal
import socket
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import cast

import uvloop
import websockets
from websockets.asyncio.server import ServerConnection, serve

from server.gateway.native.dialect import NativeAccount
from server.gateway.streams.journal_stream import Reader
from server.gateway.transport.frames import text_frame
from tests.server.gateway.rig import GatewayRig, MemoryWire, identity

SUBSCRIBERS = 1_000
ROUNDS = 20
TURNS = 9
DATA = b'"%b"' % (b"x" * 450)
PAYLOAD = b'{"event":"order:created","channel":"trading","epoch":"k1","seq":1000,"replay":false,"data":%b}' % DATA
UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
Work = Callable[[], Awaitable[None]]


class TransportWire(MemoryWire):
    """A wire straight on a transport."""

    def __init__(self, transport: asyncio.WriteTransport) -> None:
        super().__init__()
        self.transport = transport

    def write(self, data: bytes) -> bool:
        self.transport.write(data)
        return True


class Accepting(asyncio.Protocol):
    """A connection that is only written to."""

    def __init__(self, wires: list[TransportWire]) -> None:
        self._wires = wires

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._wires.append(TransportWire(cast(asyncio.WriteTransport, transport)))


def reader_process(bare_port: int, library_port: int) -> int:
    """A child that connects to both, reads everything and throws it away; its pid."""
    pid = os.fork()
    if pid:
        return pid
    selector = selectors.DefaultSelector()
    for port, greeting in ((bare_port, b""), (library_port, UPGRADE)):
        for _ in range(SUBSCRIBERS):
            end = socket.create_connection(("127.0.0.1", port))
            end.sendall(greeting)
            selector.register(end, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            os.read(key.fd, 1 << 18)


async def cpu_s(work: Work) -> float:
    """CPU seconds of some rounds, with a turn of the loop after each."""
    start = time.process_time()
    for _ in range(ROUNDS):
        await work()
        await asyncio.sleep(0)
    spent = time.process_time() - start
    await asyncio.sleep(0.05)  # what the reader has not taken yet is not the next one's matter
    return spent


def ways(wires: list[TransportWire], connections: list[ServerConnection], events: int) -> dict[str, Work]:
    """By name, what brings so many events to every subscriber once."""
    rig = GatewayRig()
    feed = rig.hub.account_feed(identity().user, NativeAccount)
    for wire in wires:
        rig.hub.join(Reader(feed, wire, 0, lambda place: b""))
    rig.turns.run()
    joined, message = text_frame(PAYLOAD) * events, PAYLOAD.decode()

    async def bare() -> None:
        for wire in wires:
            wire.transport.write(joined)

    async def hub() -> None:
        for _ in range(events):
            rig.hub.deliver([rig.journal.append("ann", data=DATA)])
        rig.turns.run()

    async def broadcast() -> None:
        for _ in range(events):
            websockets.broadcast(connections, message)

    async def send() -> None:
        for _ in range(events):
            for connection in connections:
                await connection.send(message)

    return {"bare": bare, "hub": hub, "websockets.broadcast": broadcast, "one send a client": send}


async def compare(wires: list[TransportWire], connections: list[ServerConnection], events: int) -> None:
    known = ways(wires, connections, events)
    bare, ratios = known.pop("bare"), []
    for name, work in known.items():
        base, spent = [], []
        for _ in range(TURNS):
            base.append(await cpu_s(bare))
            spent.append(await cpu_s(work))
        ratios.append(f"{name} {statistics.median(spent) / statistics.median(base):.2f}x")
    rate = ROUNDS * SUBSCRIBERS * events / min(base)
    print(f"{events} events a turn, {SUBSCRIBERS:,} subscribers: bare {rate / 1e3:.0f} k/s, {', '.join(ratios)}")


async def run() -> None:
    loop = asyncio.get_running_loop()
    wires: list[TransportWire] = []
    connections: list[ServerConnection] = []
    greeted = asyncio.Event()

    async def keep(connection: ServerConnection) -> None:
        connections.append(connection)
        if len(connections) == SUBSCRIBERS:
            greeted.set()
        await connection.wait_closed()

    plain = await loop.create_server(lambda: Accepting(wires), "127.0.0.1", 0, backlog=SUBSCRIBERS)
    library = await serve(keep, "127.0.0.1", 0, compression=None, ping_interval=None, backlog=SUBSCRIBERS)
    ports = [one.sockets[0].getsockname()[1] for one in (plain, library)]
    reader = reader_process(*ports)
    try:
        await greeted.wait()  # and these connected last
        assert len(wires) == SUBSCRIBERS
        for events in (1, 5):
            await compare(wires, connections, events)
    finally:
        os.kill(reader, signal.SIGKILL)
        os.waitpid(reader, 0)  # noqa: ASYNC222 - it was killed in the line before
        plain.close()
        library.close()


def main() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with suppress(ConnectionError), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


if __name__ == "__main__":
    main()
