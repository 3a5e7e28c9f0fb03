"""What others feel while somebody attacks: order to event of a quiet trader, p99 under each attack to p99 without.

Each attack is a process of its own that runs only where nothing else wants the core, so that what is measured is the
server and not this machine's want of cores; quiet and attacked windows alternate. Limits are the defaults. `nothing`
shows how far noise alone goes, `hashing_elsewhere` what the cores have in common.
"""

import asyncio
import contextlib
import os
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from itertools import count
from pathlib import Path
from typing import Any

from server.identity.passwords import verify_password
from tests.e2e.bystanders import memory_kb
from tests.e2e.lines import Line, line
from tests.e2e.rawlines import handshake, masked, raw_line
from tests.e2e.servers import Server, Trader, running
from tests.eventually import PATIENCE_S

WINDOW_S = float(os.environ.get("WINDOW_S", "4"))
PAIRS = int(os.environ.get("PAIRS", "4"))  # of a quiet window and an attacked one
EVERY_S = 1 / 60
HALF_OPEN = 1_000
NEVER_READ = 8
ORDER = b'{"op":"order.create","id":1,"data":{"symbol":"BTC/USD","side":"buy","type":"limit","quantity":"0.001","price":"30000.00"}}'
CANCEL_ALL = b'{"op":"orders.cancelAll","id":2,"data":{}}'
SUBSCRIBE = b'{"op":"subscribe","id":3,"channel":"trading"}'
PING = masked(b"", 0x89)


# ---------------------------------------------------------------- attacks, each until it is ended


async def nothing(port: int, token: str) -> None:
    await asyncio.Event().wait()


async def hashing_elsewhere(port: int, token: str) -> None:
    """No attack: what hashing passwords costs others on this machine when the server has no part in it."""
    while True:
        verify_password(None, "guess")
        await asyncio.sleep(0.05)


async def half_open(port: int, token: str) -> None:
    """A thousand handshakes that stop in the middle; who is ended comes again."""

    async def one() -> None:
        while True:
            with contextlib.suppress(OSError):
                async with raw_line(port) as client:
                    await client.say(b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n")
                    await client.reader.read()

    await asyncio.gather(*(one() for _ in range(HALF_OPEN)))


async def never_read(port: int, token: str) -> None:
    """Eight readers of a busy account that read nothing, or next to nothing."""
    loop = asyncio.get_running_loop()
    for _ in range(NEVER_READ):
        reader = socket.socket()
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.connect(("127.0.0.1", port))
        reader.setblocking(False)
        await loop.sock_sendall(reader, handshake(token) + masked(SUBSCRIBE))
        _HELD.append(reader)
    async with raw_line(port) as client:
        await client.upgrade(token)
        while True:
            await client.say(masked(ORDER) * 5 + masked(CANCEL_ALL))
            await asyncio.sleep(0.1)


_HELD: list[socket.socket] = []


async def _again(port: int, token: str, data: bytes, times: int) -> None:
    """Connect, send the same over and over until the server closes, come again ten times a second."""
    while True:
        with contextlib.suppress(OSError, AssertionError, asyncio.IncompleteReadError):
            async with raw_line(port) as client:
                await client.upgrade(token)
                for _ in range(times):
                    await client.say(data)
                await client.until_end()
        await asyncio.sleep(0.1)


async def oversize_frames(port: int, token: str) -> None:
    await _again(port, token, masked(b"x" * 65_535) + masked(b"x" * 65_535, 0x80), 1)


async def garbage(port: int, token: str) -> None:
    await _again(port, token, b"\xff" * 2_000, 1)


async def ping_flood(port: int, token: str) -> None:
    await _again(port, token, PING * 100, 50)


async def command_flood(port: int, token: str) -> None:
    """Four times what may be commanded, for ever: just under what would close the socket."""
    async with raw_line(port) as client:
        await client.upgrade(token)
        reading = asyncio.create_task(client.reader.read(-1))
        while not reading.done():
            await client.say(masked(ORDER) * 20 + masked(CANCEL_ALL))
            await asyncio.sleep(1 / 18)


async def sign_in_guessing(port: int, token: str) -> None:
    """Twenty guesses a second, from many addresses, for many users."""
    for number in count():
        source = f"127.0.{number // 250 % 250}.{1 + number % 250}"
        form = f"username=user{number % 40}&password=guess{number}".encode()
        head = f"POST /api/v1/auth/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(form)}\r\n"
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
            writer.write(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\n".encode() + form)
            await reader.read()
            writer.close()
        await asyncio.sleep(0.05)


async def _flood(port: int, request: bytes, lines: int) -> None:
    """The same request on so many connections, each again as soon as it is answered; who is closed comes again."""

    async def one() -> None:
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                async with raw_line(port) as client:
                    while True:
                        await client.say(request)
                        head = await client.reader.readuntil(b"\r\n\r\n")
                        size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                        await client.reader.readexactly(size)

    await asyncio.gather(*(one() for _ in range(lines)))


def _get(path: str, token: str = "") -> bytes:
    signed_in = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n{signed_in}\r\n".encode()


async def candles_flood(port: int, token: str) -> None:
    """The largest page of the market, on eight connections."""
    await _flood(port, _get("/api/v1/markets/BTC-USD/candles?interval=1s&limit=2000", token), 8)


async def events_flood(port: int, token: str) -> None:
    """The largest page of the journal, on four connections."""
    await _flood(port, _get("/api/v1/events?limit=500", token), 4)


async def book_flood(port: int, token: str) -> None:
    await _flood(port, _get("/api/v1/markets/BTC-USD/book?depth=1000", token), 8)


async def documents_flood(port: int, token: str) -> None:
    """Without sign-in."""
    await _flood(port, _get("/openapi.json"), 8)


async def metrics_flood(port: int, token: str) -> None:
    await _flood(port, _get("/metrics"), 8)


async def health_flood(port: int, token: str) -> None:
    await _flood(port, _get("/healthz"), 32)


async def unsigned_flood(port: int, token: str) -> None:
    """A token that is none."""
    await _flood(port, _get("/api/v1/account", "x.y.z"), 16)


async def binary_flood(port: int, token: str) -> None:
    """Three Socket.IO clients that announce attachments without end; who is ended comes again."""
    start = handshake(None).replace(b"GET /ws ", b"GET /socket.io/?EIO=4&transport=websocket ")
    packet = masked(b'459999999999-["subscribe",{"_placeholder":true,"num":0}]')

    async def one() -> None:
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                async with raw_line(port) as client:
                    await client.say(start)
                    await client.reader.readuntil(b"\r\n\r\n")
                    await client.say(masked(b'40{"token":"%b"}' % token.encode()) + packet)
                    for _ in range(100):
                        await client.say(masked(b"x" * 60_000, 0x82))
            await asyncio.sleep(0.1)

    await asyncio.gather(*(one() for _ in range(3)))


async def idle_connections(port: int, token: str) -> None:
    """Two thousand that have asked once and stay."""
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(2_000):
            with contextlib.suppress(OSError):
                client = await stack.enter_async_context(raw_line(port))
                await client.say(_get("/healthz"))
        await asyncio.Event().wait()


ATTACKS: tuple[Callable[[int, str], Coroutine[Any, Any, None]], ...] = (
    nothing,
    half_open,
    never_read,
    oversize_frames,
    garbage,
    ping_flood,
    command_flood,
    sign_in_guessing,
    candles_flood,
    events_flood,
    book_flood,
    documents_flood,
    metrics_flood,
    health_flood,
    unsigned_flood,
    binary_flood,
    idle_connections,
    hashing_elsewhere,
)


# ---------------------------------------------------------------- what the other one feels


async def order_to_event(client: Line, seconds: float) -> list[float]:
    """Orders and their cancels, sixty pairs a second: seconds from sending to the event of it, in order."""
    latencies: list[float] = []
    end = time.perf_counter() + seconds
    while (began := time.perf_counter()) < end:
        try:
            async with asyncio.timeout(PATIENCE_S):
                latencies += await order_and_cancel(client)
        except TimeoutError:  # heartbeats go on coming, so that waiting for an event alone would never end
            sys.exit(f"an order or its cancel brought no event; what came last: {client.heard[-3:]}")
        await client.say("ack", channel="trading", seq=client.events()[-1]["seq"])
        client.heard.clear()
        await asyncio.sleep(max(0.0, EVERY_S - (time.perf_counter() - began)))
    return latencies


async def order_and_cancel(client: Line) -> tuple[float, float]:
    began = time.perf_counter()
    await client.say("order.create", id=1, data={**BUY, "clientOrderId": f"o{time.monotonic_ns()}"})
    made = await client.event("order:accepted")
    again = time.perf_counter()
    await client.say("order.cancel", id=2, data={"id": made["data"]["order"]["id"]})
    await client.event("order:cancelled")
    return again - began, time.perf_counter() - again


BUY = {"symbol": "BTC/USD", "side": "buy", "type": "limit", "quantity": "0.001", "price": "30000.00"}


@contextlib.asynccontextmanager
async def attacked(name: str, server: Server, token: str) -> AsyncIterator[None]:
    command = (sys.executable, "-m", "tests.bench.hostile", name, str(server.port), token)
    process = await asyncio.create_subprocess_exec(*command)
    await asyncio.sleep(1.5)  # its start is not what is measured
    try:
        yield
        if process.returncode is not None:
            sys.exit(f"{name} was over before what it does was measured: exit code {process.returncode}")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def compare(name: str, server: Server, ann: Trader, eve: Trader) -> None:
    quiet: list[float] = []
    loud: list[float] = []
    before = memory_kb(server)
    async with line(server.url, ann.token) as client:
        await client.subscribe()
        await order_to_event(client, 1)
        for _ in range(PAIRS):
            quiet += await order_to_event(client, WINDOW_S)
            async with attacked(name, server, eve.token):
                loud += await order_to_event(client, WINDOW_S)
    (calm, calm99), (hurt, hurt99) = figures(quiet), figures(loud)
    grown = (memory_kb(server) - before) / 1024
    print(
        f"{name:>17}: p50 {calm:.2f} → {hurt:.2f} ms ({hurt / calm:.2f}x), p99 {calm99:.2f} → {hurt99:.2f} ms "
        f"({hurt99 / calm99:.2f}x), {grown:+.0f} MB",
        flush=True,
    )


def figures(latencies: list[float]) -> tuple[float, float]:
    """p50 and p99 in milliseconds."""
    return statistics.median(latencies) * 1000, statistics.quantiles(latencies, n=100)[98] * 1000


def main() -> None:
    wanted = os.environ.get("ATTACKS", "").split()
    for attack in ATTACKS:
        if wanted and attack.__name__ not in wanted:
            continue
        with tempfile.TemporaryDirectory() as folder, running(Path(folder), users=("ann", "eve")) as server:
            asyncio.run(compare(attack.__name__, server, server.sign_in("ann"), server.sign_in("eve")))


def attack(name: str, port: str, token: str) -> None:
    if hasattr(os, "SCHED_IDLE"):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    asyncio.run({one.__name__: one for one in ATTACKS}[name](int(port), token))


if __name__ == "__main__":
    attack(*sys.argv[1:4]) if len(sys.argv) > 1 else main()
