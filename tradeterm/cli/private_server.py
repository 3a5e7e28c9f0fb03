"""The private paper server: a child process of the console that lives as long as a console is on it.

The child gets its secret on standard input. When that pipe closes, also because its console was killed, it stops; unless
other consoles are on it: then with the last of them. A note in the state folder, readable by its owner alone, lets a second
console join the first's server, and start one at the same place when the first is gone. Must not import the server: it is a
process, not a library.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from tradeterm import owner_only
from tradeterm.config import APP, Folders

START_TIMEOUT_S = 30.0
HEALTH_TIMEOUT_S = 1.0
STOP_TIMEOUT_S = 10.0
WATCH_INTERVAL_S = 1.0
LOCK_EVERY_S = 0.05
STAYING = b"staying\n"  # what the child says when others are on it


class PrivateServerFailed(Exception):
    """The private server did not start; the text says why in one sentence."""


@dataclass(frozen=True, slots=True)
class Note:
    """Where the private server answers, and the secret that user `local` signs in with."""

    url: str
    secret: str


def has_kept_key(data: Path, venue: str) -> bool:
    """Is the key of an exchange kept under a passphrase?"""
    try:
        return venue in json.loads((data / "venue-keys.json").read_text("utf-8"))
    except (OSError, ValueError, TypeError, RecursionError):
        return False


def read_note(folders: Folders, venue: str | None = None) -> Note | None:
    try:
        return Note(**json.loads(_note_path(folders, venue).read_text("utf-8")))
    except (OSError, ValueError, TypeError, RecursionError):
        return None


def write_note(folders: Folders, note: Note, venue: str | None = None) -> None:
    """Replace the note; it holds the secret of the private server."""
    owner_only.replace(_note_path(folders, venue), json.dumps(asdict(note)))


def _note_path(folders: Folders, venue: str | None) -> Path:
    """One a venue: paper and real money are different servers."""
    return folders.state / (f"private-server-{venue}.json" if venue else "private-server.json")


async def is_alive(url: str) -> bool:
    """Does a tradeterm server answer there?"""
    try:
        async with asyncio.timeout(HEALTH_TIMEOUT_S):
            answer = await _answer(url, "/healthz")
        head, _, body = answer.partition(b"\r\n\r\n")
        return head.startswith(b"HTTP/1.1 200 ") and json.loads(body).get("app") == APP
    except (OSError, ValueError, AttributeError, RecursionError):  # a timeout is an OSError
        return False


async def _answer(url: str, path: str) -> bytes:
    """All that comes back, without the libraries that speak HTTP: they would be loaded before the server can be started."""
    place = urlsplit(url)
    if not place.hostname:
        raise ValueError("no address")
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {place.netloc}\r\nConnection: close\r\n\r\n".encode())
        return await reader.read(-1)
    finally:
        writer.close()


@contextlib.asynccontextmanager
async def _one_starts(folders: Folders, venue: str | None) -> AsyncIterator[None]:
    """Wait until no other console is starting a server here; for as long as a start may take, and not for ever."""
    descriptor = owner_only.opened(_note_path(folders, venue).with_suffix(".lock"), os.O_RDWR)
    try:
        for _ in range(int(START_TIMEOUT_S / LOCK_EVERY_S)):
            if _is_locked(descriptor):
                break
            await asyncio.sleep(LOCK_EVERY_S)
        yield
    finally:
        os.close(descriptor)  # which lets go of the lock


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class PrivateServer:
    """Joins the private server that is there, or starts one; `keep` brings it back when it is gone."""

    def __init__(
        self, folders: Folders, arguments: Sequence[str] = (), *, venue: str | None = None, passphrase: str = ""
    ) -> None:
        """`venue`: a real exchange; `passphrase` is that of its kept key, where it is kept under one."""
        self._folders, self._venue, self._passphrase = folders, venue, passphrase
        self._arguments = (*arguments, *(("--venue", venue) if venue else ()))
        self._child: subprocess.Popen[bytes] | None = None
        self._note: Note | None = None

    @property
    def note(self) -> Note:
        assert self._note is not None, "open() first"
        return self._note

    @property
    def is_ours(self) -> bool:
        """Does it stop when this console quits?"""
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int | None:
        """The process id of the child, None where the server is somebody else's."""
        return self._child.pid if self._child is not None else None

    async def open(self) -> Note:
        """Join or start; of several that open at once one starts, and the others join. Raises PrivateServerFailed."""
        with _said():
            return await self._open()

    async def _open(self) -> Note:
        async with _one_starts(self._folders, self._venue):
            written = read_note(self._folders, self._venue)
            for note in (self._note, written):
                if note is not None and await is_alive(note.url):
                    self._note = note
                    break
            else:
                self._note = await self._start_somewhere(self._note or written)
        return self._note

    async def open_elsewhere(self) -> Note:
        """Start one at a free port, whoever sits at the place that is known. Raises PrivateServerFailed."""
        with _said():
            self._note = await self._start(0, secrets.token_urlsafe(32))
        return self._note

    async def keep(self) -> None:
        """Run for as long as the console does: when the server is gone, start it again at the same place."""
        while True:
            await asyncio.sleep(WATCH_INTERVAL_S)
            if self.is_ours or await is_alive(self.note.url):
                continue
            # Another console may have won the race for the database: then the next look finds its server.
            with contextlib.suppress(PrivateServerFailed):
                await self.open()

    async def close(self) -> None:
        """Close the pipe; the child stops by itself, or stays for other consoles that are on it until the last has gone. One that
        nobody could find yet is told to stop: it would hear of the pipe only when it is ready."""
        child = self._child
        if child is None or child.poll() is not None:
            return
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.close()
        if self._note is None:
            child.terminate()
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                if child.stdout.closed or await asyncio.to_thread(child.stdout.readline) != STAYING:
                    await asyncio.to_thread(child.wait)
        except TimeoutError:
            child.kill()
            await asyncio.to_thread(child.wait)
        finally:
            child.stdout.close()

    async def _start_somewhere(self, known: Note | None) -> Note:
        """At the place that is known, so that open consoles find it again; at a free port when that is taken."""
        if known is None:
            return await self._start(0, secrets.token_urlsafe(32))
        try:
            return await self._start(urlsplit(known.url).port or 0, known.secret)
        except PrivateServerFailed:
            return await self._start(0, secrets.token_urlsafe(32))

    async def _start(self, port: int, secret: str) -> Note:
        log = ServerLog(self._folders.state / "server.log")
        with log.opened() as errors:
            # No child of the event loop's: that one kills what still runs when it goes.
            command = (sys.executable, "-P", "-m", "server", "serve", "--private", "--port", str(port))
            child = subprocess.Popen(  # noqa: ASYNC220, S603
                (*command, *self._arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,  # ctrl+c in the terminal is the console's, not the child's
            )
        self._child = child
        assert child.stdin is not None
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            passphrase = f"{self._passphrase}\n" if self._venue else ""
            child.stdin.write(f"{secret}\n{passphrase}".encode())
            child.stdin.flush()
        note = Note(await self._ready(child, log), secret)
        try:
            write_note(self._folders, note, self._venue)
        except OSError:
            await self.close()  # nobody else would find it, and it holds the database
            raise
        return note

    async def _ready(self, child: "subprocess.Popen[bytes]", log: "ServerLog") -> str:
        assert child.stdout is not None
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                line = (await asyncio.to_thread(child.stdout.readline)).decode()
        except TimeoutError:
            await self.close()
            raise PrivateServerFailed(
                f"the private server was not ready in {START_TIMEOUT_S:.0f} s; see {log.path}"
            ) from None
        if line.startswith("ready "):
            return line.split()[1]
        await asyncio.to_thread(child.wait)
        assert child.stdin is not None
        for pipe in (child.stdin, child.stdout):
            pipe.close()
        raise PrivateServerFailed(f"the private server did not start: {log.last_word()}")


class ServerLog:
    """What private servers say, one after the other, readable by its owner alone; of which this one's is the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._begin = 0

    def opened(self) -> BinaryIO:
        """To be added to. Raises OSError."""
        descriptor = owner_only.opened(self.path, os.O_WRONLY | os.O_APPEND)
        self._begin = os.fstat(descriptor).st_size
        return open(descriptor, "ab")

    def last_word(self) -> str:
        """Of the server that was started: its last line or, where it said nothing, whether it could have."""
        said = self.path.read_bytes()[self._begin :].decode(errors="replace").strip()
        if said:
            return said.splitlines()[-1]
        try:
            with self.opened() as file:
                file.write(b"the private server said nothing\n")
        except OSError as error:
            return f"nothing can be written to {self.path}: {_reason(error)}"
        return f"it said nothing in {self.path}"


@contextlib.contextmanager
def _said() -> Iterator[None]:
    """Files of its own that cannot be written: a disk that is full or read-only."""
    try:
        yield
    except OSError as error:
        raise PrivateServerFailed(f"the private server's files cannot be used: {_reason(error)}") from error


def _reason(error: OSError) -> str:
    return (error.strerror or "it failed").lower()
