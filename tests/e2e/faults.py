"""A TCP proxy that breaks lines: cuts them at a byte, swallows or delays what is sent, or takes nobody."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from random import Random

from tests.eventually import PATIENCE_S

CHUNK = 65_536


@dataclass(eq=False)
class _Pair:
    """Both ends of one proxied line."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    delay_s: float
    flowing: asyncio.Event
    is_swallowed: bool = False

    def cut(self) -> None:
        self.client.transport.abort()
        self.server.transport.abort()


@dataclass
class FaultProxy:
    """Stands between a client and the server on `target_port`."""

    target_port: int
    port: int = 0
    refuses: bool = False
    cut_after: int | None = None  # bytes from the server, on the next line that is opened
    delay_s: float = 0.0  # how long everything is held, both ways, on lines that are opened from now on
    cut_before: bytes | None = None  # the next answer with this in it is not passed on: every line is cut instead
    opened: int = 0
    pairs: set[_Pair] = field(default_factory=set)
    _more: asyncio.Event = field(default_factory=asyncio.Event)
    _flowing: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.thaw()

    def freeze(self) -> None:
        """From now on nothing moves, new lines neither, and nothing is lost: as when a machine stands still."""
        self._flowing.clear()

    def thaw(self) -> None:
        self._flowing.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Break every line, as when a cable is pulled and the ends notice."""
        for pair in list(self.pairs):
            pair.cut()

    def abandon(self) -> None:
        """Break every line at the client's end alone: the server believes in them still."""
        for pair in list(self.pairs):
            pair.is_swallowed = True
            pair.client.transport.abort()

    async def next_line(self) -> None:
        """Wait until a line is opened."""
        self._more.clear()
        await self._more.wait()

    def swallow(self) -> None:
        """From now on nothing passes on the lines that are open, and nobody is told."""
        for pair in self.pairs:
            pair.is_swallowed = True

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        budget, self.cut_after = self.cut_after, None
        if self.refuses:
            self._count()
            writer.transport.abort()
            return
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            writer.transport.abort()
            return
        pair = _Pair(writer, server_writer, self.delay_s, self._flowing)
        self.pairs.add(pair)
        self._count()
        up = asyncio.create_task(_pass_on(pair, reader, server_writer, None))
        try:
            await _pass_on(pair, server_reader, writer, budget, self._is_cut)
        finally:
            up.cancel()
            pair.cut()
            self.pairs.discard(pair)

    def _is_cut(self, answer: bytes) -> bool:
        if self.cut_before is None or self.cut_before not in answer:
            return False
        self.cut_before = None
        self.cut()
        return True

    def _count(self) -> None:
        self.opened += 1
        self._more.set()


async def _pass_on(
    pair: _Pair,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    budget: int | None,
    is_cut: Callable[[bytes], bool] = lambda _: False,
) -> None:
    """Pass bytes on until either end is gone; with a budget, cut both after so many."""
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            if pair.delay_s:
                await asyncio.sleep(pair.delay_s)
            await pair.flowing.wait()
            if is_cut(data):
                return
            if pair.is_swallowed:
                continue
            if budget is not None and len(data) >= budget:
                writer.write(data[:budget])
                await writer.drain()
                # A FIN, not an abort: what was passed on before the cut arrives.
                writer.close()
                return
            budget = None if budget is None else budget - len(data)
            writer.write(data)
            await writer.drain()
    if not pair.is_swallowed:
        pair.cut()


@contextlib.asynccontextmanager
async def fault_proxy(target_port: int) -> AsyncIterator[FaultProxy]:
    """A running proxy in front of a port; every line is cut at the end."""
    proxy = FaultProxy(target_port)
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(proxy.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        # Also of a line that was cancelled before it was served.
        task.add_done_callback(lambda _: writer.transport.abort())

    listener = await asyncio.start_server(accept, "127.0.0.1", 0)
    proxy.port = listener.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        listener.close()
        proxy.cut()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # what was aborted closes in the loop's next turn


async def cut_each(proxy: FaultProxy, budgets: range) -> None:
    """Cut one line after each of these numbers of bytes, and wait each time until the next line is there."""
    for budget in budgets:
        proxy.cut_after = budget
        opened = proxy.opened
        proxy.cut()
        async with asyncio.timeout(PATIENCE_S):
            while proxy.opened < opened + 2:
                await proxy.next_line()


async def next_line_of(proxy: FaultProxy) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await proxy.next_line()


async def break_line(proxy: FaultProxy, draw: Random) -> None:
    """One way of breaking what is open, and wait until the client has opened the next line."""
    match draw.randrange(8):
        case 0:
            proxy.cut()
            await next_line_of(proxy)
        case 1:  # the server believes in the old line still
            proxy.abandon()
            await next_line_of(proxy)
        case 2:  # nobody is there for a moment
            proxy.refuses = True
            proxy.cut()
            await next_line_of(proxy)
            proxy.refuses = False
            await next_line_of(proxy)
        case 3:  # what is on the way is late, and lost with the line
            proxy.delay_s = 0.003
            await cut_each(proxy, range(1500, 1501))
            proxy.delay_s = 0.0
        case _:  # from the first byte of the handshake's answer to the middle of a long replay
            budget = int(10 ** draw.uniform(0, 5))
            await cut_each(proxy, range(budget, budget + 1))
