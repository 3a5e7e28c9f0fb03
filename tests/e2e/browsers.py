"""A real socket.io-client in a Node process, as a web page would run it; skipped where it cannot be had."""

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.eventually import PATIENCE_S

SOCKETIO = "socket.io-client@4.8.4"
SCRIPT = Path(__file__).with_name("socketio_client.js")
CACHE = Path(sys.prefix) / "cache"
NPM_S = 60
Seen = dict[str, Any]


def npm_folder(*packages: str) -> Path:
    """The folder that these packages, `name@version`, are installed in; skips the test when there is no way to get them."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip(f"{packages[0]} is not tried: node and npm are not installed")
    folder = CACHE / "-".join(packages).replace("@", "-")
    if not (folder / "done").exists():
        if not _installed(folder, packages):
            pytest.skip(f"{packages[0]} is not tried: npm cannot get {', '.join(packages)}")
        (folder / "done").touch()
    return folder


@cache  # where nobody answers, one test waits for that and not each
def _installed(folder: Path, packages: tuple[str, ...]) -> bool:
    folder.mkdir(parents=True, exist_ok=True)
    quiet = ("--no-package-lock", "--no-audit", "--no-fund", "--silent")
    command = ["npm", "install", *quiet, "--prefix", str(folder), *packages]
    try:
        return not subprocess.run(command, capture_output=True, timeout=NPM_S).returncode
    except subprocess.TimeoutExpired:
        return False


class Page:
    """One running client. `seen` holds everything it told."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.seen: list[Seen] = []
        self._told = asyncio.Event()
        self._seqs: list[int] = []

    async def next(self) -> Seen:
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            line = await self._process.stdout.readline()
        assert line, "the client has ended"
        seen: Seen = json.loads(line)
        self.seen.append(seen)
        if seen["kind"] == "event" and isinstance(offset := seen["args"][-1], str):
            self._seqs.append(int(offset.rpartition(":")[2]))
        self._told.set()
        return seen

    async def heard(self, events: int) -> None:
        """Wait, while another task reads, until that many journaled events have come."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self._seqs) < events:
                self._told.clear()
                await self._told.wait()

    def forget(self) -> None:
        """Begin anew with what is seen."""
        self.seen.clear()
        self._seqs.clear()

    async def until(self, wanted: Callable[[Seen], bool]) -> Seen:
        while not wanted(seen := await self.next()):
            pass
        return seen

    async def kind(self, kind: str) -> Seen:
        return await self.until(lambda seen: seen["kind"] == kind)

    async def event(self, name: str) -> list[Any]:
        """The arguments of the next event of that name."""
        found: list[Any] = (await self.until(lambda seen: seen.get("name") == name))["args"]
        return found

    async def say(self, **said: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(said).encode() + b"\n")
        await self._process.stdin.drain()

    async def emit(self, name: str, *arguments: Any) -> None:
        await self.say(emit=name, args=arguments)

    def seqs(self) -> list[int]:
        """The places of the journaled events that came, in order."""
        return self._seqs.copy()

    async def until_seq(self, seq: int) -> None:
        while not self._seqs or self._seqs[-1] < seq:
            await self.next()


@contextlib.asynccontextmanager
async def page(
    url: str, token: str | None, *, transports: tuple[str, ...] = ("polling", "websocket"), **options: Any
) -> AsyncIterator[Page]:
    """A started client; ended by its own process."""
    said = {"url": url, "token": token, "transports": transports, **options}
    folder = await asyncio.to_thread(npm_folder, SOCKETIO)
    process = await asyncio.create_subprocess_exec(
        "node",
        str(SCRIPT),
        str(folder),
        json.dumps(said),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ},
    )
    try:
        yield Page(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        assert process.stdin is not None
        process.stdin.close()
