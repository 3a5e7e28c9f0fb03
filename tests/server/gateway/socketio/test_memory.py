"""Nothing of a session stays when it has ended, on any transport, however it ends.

Some hundred sessions in all by default; `TRADETERM_SOAK=200` makes that three thousand each way.
"""

import asyncio
import contextlib
import gc
import json
import os
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from websockets.asyncio.client import connect

from server.gateway.limits import GatewayLimits
from server.gateway.socketio import endpoint
from tests.e2e.engines import PATH, Caller, PollingEngine, caller
from tests.e2e.rawlines import raw_line
from tests.eventually import PATIENCE_S
from tests.server.gateway.rest.rig import Rig
from tests.server.gateway.served import Served, served

WINDOWS = 3  # what leaks does so in each; what else this process happens to keep comes once
ROUNDS = 15 * int(os.environ.get("TRADETERM_SOAK", "1"))  # more than may be ending: one object a session would show
STILL_ENDING = 12  # what may be in the middle of its end when we count
LOOK_S = 0.1
LOOKS = int(PATIENCE_S / LOOK_S)
BYTES_A_SESSION = 200
CACHES = 500_000  # of the libraries' own, which fill up once: parsed addresses, patterns, classes
OURS = ("server.gateway", "engineio", "socketio", "uvicorn")

Session = Callable[[Served, str], Awaitable[None]]


async def by_polling(server: Served, token: str) -> None:
    """Opened, signed in, and left with a packet that says so."""
    async with caller(server.url, "polling", verify=False) as client:
        assert "sid" in await client.connect(token)
        await client.engine.send("1")


async def by_websocket(server: Served, token: str) -> None:
    """Opened, signed in, subscribed, closed."""
    async with caller(server.url, "websocket") as client:
        assert "sid" in await client.connect(token)
        await client.ask("subscribe", "trading")


async def by_upgrade(server: Served, token: str) -> None:
    """Begun with polls and carried on over a WebSocket, then cut."""
    async with caller(server.url, "polling", verify=False) as client:
        assert "sid" in await client.connect(token)
        await upgraded(server, client)


async def by_half_an_upgrade(server: Served, token: str) -> None:
    """The WebSocket of the upgrade is dropped in the middle; the polls say good-bye."""
    async with caller(server.url, "polling", verify=False) as client:
        assert "sid" in await client.connect(token)
        assert isinstance(client.engine, PollingEngine)
        async with upgrading(server, client.engine):
            pass
        await client.engine.send("1")


async def by_cut_websocket(server: Served, token: str) -> None:
    """The connection is reset without a word."""
    async with raw_line(server.port) as client:
        await client.say(
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        await client.reader.readuntil(b"\r\n\r\n")


async def by_a_body_that_ends_first(server: Served, token: str) -> None:
    """The end and the sign-in in one body, in that order: nobody is signed in on a session that is over."""
    async with caller(server.url, "polling", verify=False) as client:
        assert (await client.packet()).startswith("0")
        await client.engine.send("1\x1e40" + json.dumps({"token": token}))


async def by_native(server: Served, token: str) -> None:
    """`/ws`: signed in, subscribed, closed."""
    address = f"ws{server.url.removeprefix('http')}/ws"
    async with connect(address, additional_headers={"Authorization": f"Bearer {token}"}, proxy=None) as socket:
        await socket.send('{"op":"subscribe","id":1,"channel":"trading"}')
        while "live" not in str(await socket.recv()):
            pass


async def by_refused_token(server: Served, token: str) -> None:
    async with caller(server.url, "websocket") as client:
        assert "message" in await client.connect("nonsense")


WAYS: tuple[Session, ...] = (
    by_polling,
    by_websocket,
    by_upgrade,
    by_half_an_upgrade,
    by_cut_websocket,
    by_a_body_that_ends_first,
    by_native,
    by_refused_token,
)


@contextlib.asynccontextmanager
async def upgrading(server: Served, engine: PollingEngine) -> AsyncIterator[Callable[[str], Awaitable[None]]]:
    """The second connection of an upgrade, after its probe was answered."""
    address = f"ws{server.url.removeprefix('http')}{PATH}websocket&sid={engine.session}"
    async with connect(address, proxy=None, compression=None) as socket:
        await socket.send("2probe")
        assert await socket.recv() == "3probe"
        yield socket.send


async def upgraded(server: Served, client: Caller) -> None:
    assert isinstance(client.engine, PollingEngine)
    async with upgrading(server, client.engine) as say:
        await say("5")
        await say('42["subscribe",{"channel":"trading"}]')
        await asyncio.sleep(0)


def kept() -> Counter[str]:
    """Every object of ours and of the libraries that carry sockets, by its class."""
    gc.collect()
    kinds = Counter(type(one) for one in gc.get_objects())
    return Counter({kind.__qualname__: count for kind, count in kinds.items() if str(kind.__module__).startswith(OURS)})


async def rounds(count: int, server: Served, token: str) -> None:
    """Every way at once, so many times."""
    for _ in range(count):
        await asyncio.gather(*(way(server, token) for way in WAYS))


async def until_ended(before: Counter[str]) -> None:
    """Wait until the last ends have been carried out, and there is no more of anything than before."""
    for _ in range(LOOKS):
        more = {kind: count for kind, count in (kept() - before).items() if count > STILL_ENDING}
        if not more:
            return
        await asyncio.sleep(LOOK_S)
    raise AssertionError(f"still kept: {more}")


async def growth(server: Served, token: str, objects: Counter[str]) -> int:
    """How many bytes more there are after so many rounds than before them."""
    tracemalloc.start()
    try:
        begun = tracemalloc.get_traced_memory()[0]
        await rounds(ROUNDS, server, token)
        await until_ended(objects)
        return tracemalloc.get_traced_memory()[0] - begun
    finally:
        tracemalloc.stop()


@pytest.mark.no_cover  # what a tracer keeps would be counted
async def test_nothing_of_a_session_stays_when_it_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects are counted, and bytes: both are what they were after the first few sessions."""
    monkeypatch.setattr(endpoint, "PING_S", 1)  # the library lets go of a session with its next ping
    rig = Rig(GatewayLimits(sockets_per_min=0))
    async with served(rig) as server:
        token = (await rig.grant()).access_token
        objects = kept()
        await rounds(3, server, token)
        await until_ended(objects)
        for _ in range(WINDOWS):
            grown = await growth(server, token, objects)
            if grown < ROUNDS * len(WAYS) * BYTES_A_SESSION + CACHES:
                break
        else:
            raise AssertionError(f"{grown} bytes more each time")
        assert all(rig.limits.enter("ann") for _ in range(10)), "a place of the user is still taken"
