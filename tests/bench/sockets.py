"""A whole server's sockets: a long absence made good, thousands that only listen, and everybody back at once.

Durable, over TCP, signed in and subscribed to `trading`; the clients are this process's. Limits on numbers are off.
"""

import asyncio
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import orjson
import websockets

from server.ports import Batch
from server.storage.database import open_database
from tests.contracts.journals import event
from tests.e2e.servers import Server, Trader, running

MISSED = 100_000
IDLE = 5_000
STORM = 2_000
AT_ONCE = 200  # handshakes under way: more would only wait in the kernel's queue
ACK_EVERY = 500
LIMITS_OFF = {"TRADETERM_LIMITS__SOCKETS_PER_MIN": "0", "TRADETERM_LIMITS__SOCKETS_PER_USER": "0"}
PAYLOAD = orjson.dumps({"order": {"id": "0192f0c0-0000-7000-8000-000000000001", "text": "x" * 450}})


@contextmanager
def serving(folder: Path) -> Iterator[tuple[Server, Trader]]:
    with running(folder, **LIMITS_OFF) as server:
        yield server, server.sign_in("ann")


def memory_mb(server: Server, what: str = "VmRSS") -> float:
    """Resident memory of the server process; `VmHWM` is the most it ever had."""
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split(f"{what}:")[1].split()[0]) / 1024


async def connect(ann: Trader, place: dict[str, object] | None = None) -> websockets.ClientConnection:
    """A socket that has asked for `trading`, from a place or from now on."""
    headers = {"Authorization": f"Bearer {ann.token}"}
    url = f"{ann.url.replace('http', 'ws', 1)}/ws"
    socket = await websockets.connect(
        url, additional_headers=headers, compression=None, ping_interval=None, open_timeout=60, proxy=None
    )
    start = {} if place is None else {"from": place}
    await socket.send(orjson.dumps({"op": "subscribe", "id": 1, "channel": "trading", **start}).decode())
    return socket


async def live(socket: websockets.ClientConnection) -> int:
    """Read until told that this is all; how many events came."""
    events = 0
    async for message in socket:
        said = orjson.loads(message)
        if said.get("op") == "live":
            return events
        if "seq" in said:
            events += 1
            if events % ACK_EVERY == 0:
                await socket.send(orjson.dumps({"op": "ack", "channel": "trading", "seq": said["seq"]}).decode())
    raise ConnectionError("closed before it was live")


async def resume(server: Server, ann: Trader) -> None:
    async with await connect(ann) as first:
        epoch = ""
        async for message in first:
            said = orjson.loads(message)
            if said.get("op") == "subscribed":
                epoch = said["epoch"]
                break
    before, began = memory_mb(server), time.perf_counter()
    async with await connect(ann, {"epoch": epoch, "seq": 0}) as socket:
        events = await live(socket)
    spent = time.perf_counter() - began
    print(f"{events:,} missed events: {spent:.2f} s, at most {memory_mb(server, 'VmHWM') - before:.0f} MB more memory")


async def many(ann: Trader, count: int) -> AsyncExitStack:
    """So many sockets, each live; closed with the stack."""
    stack, gate = AsyncExitStack(), asyncio.Semaphore(AT_ONCE)

    async def one() -> None:
        async with gate:
            await live(await stack.enter_async_context(await connect(ann)))

    async with asyncio.TaskGroup() as tasks:
        for _ in range(count):
            tasks.create_task(one())
    return stack


async def idle(server: Server, ann: Trader) -> None:
    before = memory_mb(server)
    async with await many(ann, IDLE):
        grown = memory_mb(server) - before
        print(f"{IDLE:,} idle sockets: {grown:.0f} MB, {grown * 1024 / IDLE:.1f} KB each")


async def storm(server: Server, ann: Trader) -> None:
    async with await many(ann, STORM):
        server.kill()
        server.start()
        began = time.perf_counter()
        async with await many(ann, STORM):
            print(
                f"{STORM:,} clients back after a restart: all live {time.perf_counter() - began:.1f} s after it is up"
            )


def fill(folder: Path) -> None:
    """Trade once, so that there is an account, and give its journal as many events as a client will have missed."""
    with serving(folder) as (server, ann):
        ann.order("buy", "0.01", "38000.00")
        server.end()
    database = open_database(f"sqlite:///{folder / 'tradeterm.db'}", "paper")
    (account,) = [row for row in database.journal.load().accounts if row.account == "ann"]
    for head in range(account.seq + ACK_EVERY, account.seq + MISSED + 1, ACK_EVERY):
        events = [event("ann", seq, PAYLOAD) for seq in range(head - ACK_EVERY + 1, head + 1)]
        database.journal.commit(Batch(events=events, accounts={"ann": replace(account, seq=head)}))
    database.close()


def main() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder))
        with running(Path(folder), users=(), **LIMITS_OFF) as server:
            asyncio.run(resume(server, server.sign_in("ann")))
    for part in (idle, storm):
        with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as (server, ann):
            asyncio.run(part(server, ann))


if __name__ == "__main__":
    main()
