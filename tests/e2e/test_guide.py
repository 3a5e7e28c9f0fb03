"""What the server's guide shows works as it stands there: each client is cut out of it and run."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.browsers import SOCKETIO
from tests.e2e.guide import PYTHON, REACT, SOCKETIO_OF, UNDICI, block, hook, native, page, program
from tests.e2e.servers import Server, running
from tests.eventually import PATIENCE_S


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("guide"), "--seed", "1") as started:
        started.add_user("boss", "admin")
        yield started


async def until_connected(server: Server, count: int) -> None:
    """Until so many sockets have subscribed, as an admin sees it."""
    admin = server.sign_in("boss")
    async with asyncio.timeout(PATIENCE_S):
        while sum("trading" in one["channels"] for one in admin.items("/admin/sockets")) != count:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_python_client_trades_and_goes_on_from_its_place(server: Server, tmp_path: Path) -> None:
    """Run twice: the order is made once, and what was seen is not seen again."""
    code = block(PYTHON, server).replace("44000.00", "20000.00")
    for wanted in ("order:created", "order:cancelled"):
        async with program(sys.executable, "-u", "-c", code, folder=tmp_path) as client:
            text = await client.line("order:")
            while wanted not in text:
                assert "order:created" not in text or wanted == "order:created"
                text = await client.line("order:")
            if wanted == "order:created":
                await client.line("balance:updated")
        server.sign_in("ann").http.delete("/orders")
    made = [one["clientOrderId"] for one in server.sign_in("ann").items("/orders")]
    assert made.count("first") == 1


async def test_native_client_misses_nothing_over_a_restart(server: Server, tmp_path: Path) -> None:
    """The page is open, the server dies, an order comes before the page is back: each event is seen once."""
    ann = server.sign_in("ann")
    file = page(tmp_path, server, native(server), UNDICI)
    async with program("node", str(file), folder=tmp_path) as client:
        await until_connected(server, 1)
        first = len(ann.events())
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
        ann.order("buy", "0.001", "20000.00")
        ann.order("buy", "0.001")
        head = len(ann.events())
        seqs = [first]
        while seqs[-1] < head:
            seqs.append(int((await client.line(r"^\d+ \w+:\w+")).split()[0]))
        assert seqs == list(range(first, head + 1))


async def test_socketio_client_sees_its_order(server: Server, tmp_path: Path) -> None:
    """The block as it stands."""
    ann = server.sign_in("ann")
    file = page(tmp_path, server, block(SOCKETIO_OF, server), SOCKETIO)
    async with program("node", str(file), folder=tmp_path) as client:
        await until_connected(server, 1)
        made = ann.order("buy", "0.001")
        assert made["id"] in await client.line(made["id"])


async def test_hook_keeps_a_store_and_lets_go(server: Server, tmp_path: Path) -> None:
    """A component that uses it: order, trade, position and balance are told; unmounted, nothing is left that runs."""
    ann = server.sign_in("ann")
    file = page(tmp_path, server, hook(server), *REACT, SOCKETIO)
    async with program("node", str(file), folder=tmp_path) as client:
        await until_connected(server, 1)
        made = ann.order("buy", "0.001")
        told = [json.loads(await client.line('"kind":"order"')) for _ in range(3)]
        assert {one["thing"]["id"] for one in told} == {made["id"]}
        for kind in ("trade", "position", "balance"):
            await client.line(f'"kind":"{kind}"')
        assert client.process.stdin is not None
        client.process.stdin.write(b"leave\n")
        async with asyncio.timeout(PATIENCE_S):
            assert await client.process.wait() == 0
        await until_connected(server, 0)
