"""The clients that the server's guide shows, cut out of it and run as they stand there."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

from tests.e2e.browsers import npm_folder
from tests.e2e.servers import PASSWORD, Server
from tests.eventually import PATIENCE_S

GUIDE = (Path(__file__).parents[2] / "server" / "README.md").read_text()
UNDICI = "undici@7.16.0"
REACT = ("react@18.3.1", "react-test-renderer@18.3.1")
SESSION, PYTHON = "In JavaScript that is", "## A client in Python"
NATIVE, SOCKETIO_OF = "## A client in JavaScript, native WebSocket", "## A client in JavaScript, socket.io"
HOOK_OF = "As a React hook"
HOOK = """
import { createElement, useEffect } from "react";
import renderer from "react-test-renderer";
import { io } from "socket.io-client";
import { signIn } from "./session.js";
const tell = (kind) => (thing) => console.log(JSON.stringify({ kind, thing }));
const useTradingStore = () => ({ upsertOrder: tell("order"), upsertPosition: tell("position"), addTrade: tell("trade"),
                                 setBalance: tell("balance") });
%s
const token = await signIn("%s", "ann", "%s");
const Desk = () => { useTradingEvents(token); return null; };
let desk;
await renderer.act(() => { desk = renderer.create(createElement(Desk)); });
process.stdin.on("data", () => { renderer.act(() => desk.unmount()); process.stdin.destroy(); });
"""


def block(heading: str, server: Server) -> str:
    """The first block of code under a heading, with this server's address."""
    code = GUIDE[GUIDE.index(heading) :]
    (found,) = re.findall(r"```\w+\n(.*?)```", code, re.DOTALL)[:1]
    found = str(found).replace("http://127.0.0.1:8787", server.url).replace("127.0.0.1:8787", server.url[7:])
    return found.replace('"…"', f'"{PASSWORD}"')


def hook(server: Server) -> str:
    """The React hook without its types, in a page that signs in and uses it."""
    code = re.sub(
        r": (any|string( \| undefined)?|\(refused\?: string\) => Promise<string>)(?=[,;) ])", "", block(HOOK_OF, server)
    )
    return HOOK % (code, server.url, PASSWORD)


def native(server: Server) -> str:
    """The client of `/ws` with what a browser has built in, and node only from 22 on."""
    return f'import {{ WebSocket }} from "undici";\n{block(NATIVE, server)}'


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
async def program(*command: str, folder: Path, environ: dict[str, str] | None = None) -> AsyncIterator[Program]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdin=pipe, stdout=pipe, env=environ, limit=1 << 20
    )
    try:
        yield Program(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


def page(folder: Path, server: Server, code: str, *packages: str) -> Path:
    """A module of JavaScript beside the packages it imports, and the guide's own that signs in."""
    folder.mkdir(exist_ok=True)
    (folder / "node_modules").symlink_to(npm_folder(*packages) / "node_modules")
    (folder / "package.json").write_text('{"type":"module"}')
    (folder / "session.js").write_text(block(SESSION, server))
    file = folder / "client.mjs"
    file.write_text(code)
    return file
