"""What the server's guide shows works as it stands there: each client is cut out of it and run."""

import asyncio
import contextlib
import json
import re
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.e2e.browsers import SOCKETIO, npm_folder
from tests.e2e.servers import PASSWORD, Server, running

GUIDE = (Path(__file__).parents[2] / "server" / "README.md").read_text()
UNDICI = "undici@7.16.0"
REACT = ("react@18.3.1", "react-test-renderer@18.3.1")
PATIENCE_S = 20.0
HOOK = """
import { createElement, useEffect } from "react";
import renderer from "react-test-renderer";
import { io } from "socket.io-client";
const tell = (kind) => (thing) => console.log(JSON.stringify({ kind, thing }));
const useTradingStore = () => ({ upsertOrder: tell("order"), upsertPosition: tell("position"), addTrade: tell("trade"),
                                 setBalance: tell("balance") });
%s
const Desk = () => { useTradingEvents("%s"); return null; };
let desk;
await renderer.act(() => { desk = renderer.create(createElement(Desk)); });
process.stdin.on("data", () => { renderer.act(() => desk.unmount()); process.stdin.destroy(); });
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path, "--seed", "1") as started:
        yield started


def block(heading: str, server: Server) -> str:
    """The first block of code under a heading, with this server's address."""
    code = GUIDE[GUIDE.index(heading) :]
    (found,) = re.findall(r"```\w+\n(.*?)```", code, re.DOTALL)[:1]
    return str(found).replace("http://127.0.0.1:8787", server.url).replace("127.0.0.1:8787", server.url[7:])


class Program:
    """A running client, and the lines that it writes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def line(self, wanted: str) -> str:
        """The next line that a pattern is found in."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while not re.search(wanted, text := (await self.process.stdout.readline()).decode()):
                assert text, f"the program ended before it said {wanted!r}"
        return text


@contextlib.asynccontextmanager
async def program(*command: str, folder: Path) -> AsyncIterator[Program]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, cwd=folder, stdin=pipe, stdout=pipe)
    try:
        yield Program(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


def page(folder: Path, code: str, *packages: str) -> Path:
    """A module of JavaScript beside the packages it imports."""
    if packages:
        (folder / "node_modules").symlink_to(npm_folder(*packages) / "node_modules")
    file = folder / "client.mjs"
    file.write_text(code)
    return file


async def until_connected(server: Server, count: int) -> None:
    """Until so many sockets have subscribed, as an admin sees it."""
    admin = server.sign_in("boss")
    async with asyncio.timeout(PATIENCE_S):
        while sum("trading" in one["channels"] for one in admin.items("/admin/sockets")) != count:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_python_client_trades_and_goes_on_from_its_place(server: Server, tmp_path: Path) -> None:
    """Run twice: the order is made once, and what was seen is not seen again."""
    code = block("## A client in Python", server).replace("…", PASSWORD).replace("44000.00", "20000.00")
    for wanted in ("order:created", "order:cancelled"):
        async with program(sys.executable, "-u", "-c", code, folder=tmp_path) as client:
            text = await client.line("order:")
            while wanted not in text:
                assert "order:created" not in text or wanted == "order:created"
                text = await client.line("order:")
            if wanted == "order:created":
                await client.line("balance:updated")
        server.sign_in("ann").http.delete("/orders")
    assert [one["clientOrderId"] for one in server.sign_in("ann").items("/orders")] == ["first"]


async def test_native_client_misses_nothing_over_a_restart(server: Server, tmp_path: Path) -> None:
    """The page is open, the server dies, an order comes before the page is back: each event is seen once."""
    server.add_user("boss", "admin")
    ann = server.sign_in("ann")
    code = block("## A client in JavaScript, native WebSocket", server)
    # What a browser has built in, and node only from 22 on.
    file = page(tmp_path, f'import {{ WebSocket }} from "undici";\n{code}\nopen({ann.token!r});\n', UNDICI)
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
    """The block with a token."""
    server.add_user("boss", "admin")
    ann = server.sign_in("ann")
    code = block("## A client in JavaScript, socket.io", server)
    file = page(tmp_path, f"const token = {ann.token!r};\n{code}", SOCKETIO)
    async with program("node", str(file), folder=tmp_path) as client:
        await until_connected(server, 1)
        made = ann.order("buy", "0.001")
        assert made["id"] in await client.line(made["id"])


async def test_hook_keeps_a_store_and_lets_go(server: Server, tmp_path: Path) -> None:
    """A component that uses it: order, trade, position and balance are told; unmounted, nothing is left that runs."""
    server.add_user("boss", "admin")
    ann = server.sign_in("ann")
    hook = block("As a React hook", server).replace(": string", "")
    file = page(tmp_path, HOOK % (hook, ann.token), *REACT, SOCKETIO)
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
