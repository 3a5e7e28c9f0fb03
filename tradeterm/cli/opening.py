"""How the console comes to a desk: on a server that is named, by password or token, or on its own private one."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from tradeterm.cli.exit_codes import CONNECTION, USAGE, Ending
from tradeterm.cli.named_server import checked_url, named_token
from tradeterm.cli.private_server import PrivateServer, has_kept_key
from tradeterm.client.errors import CodeWanted, SignInFailed, TradetermError
from tradeterm.client.rest import trusted_by
from tradeterm.config import LOCAL_USER, Folders
from tradeterm.lean_httpx import httpx
from tradeterm.protocol.foreign_text import printable
from tradeterm.secret_line import typed_secret
from tradeterm.tui.desk.client_desk import ClientDesk
from tradeterm.tui.desk.port import Label

LABEL_TIMEOUT_S = 5.0


@contextlib.asynccontextmanager
async def signed_in_on(server: str, user: str | None) -> AsyncIterator[tuple[ClientDesk, Label]]:
    """The desk on a running server, and what the screens say of it. Raises Ending."""
    url = checked_url(server)
    desk = _desk_on(url, user)
    async with contextlib.aclosing(desk):
        try:
            account = await _signed_in(desk, user)
        except TradetermError as error:
            raise Ending(CONNECTION, str(error)) from None
        yield desk, await label_on(url, account)


def _desk_on(url: str, user: str | None) -> ClientDesk:
    token = named_token() if user is None else None
    if token:
        return ClientDesk(url, now, token=token)
    try:
        name = user or input("User: ").strip()
        password = typed_secret(f"Password of {name} on {urlsplit(url).netloc}: ")
    except EOFError:
        raise Ending(CONNECTION, "no password was given") from None
    return ClientDesk(url, now, user=name, password=password)


async def _signed_in(desk: ClientDesk, user: str | None) -> str:
    """The account's name; a code is asked for where there is a second factor."""
    try:
        return await desk.sign_in()
    except CodeWanted:
        return await desk.sign_in(_asked_code(user))


def _asked_code(user: str | None) -> str:
    try:
        return typed_secret(f"Code of {user}: " if user else "Code: ")
    except EOFError:
        raise SignInFailed("no code was given") from None


def house_on(folders: Folders, venue: str) -> "PrivateHouse":
    """A private server on a real exchange. Asks for the passphrase of its key where that is kept under one; raises Ending."""
    server = PrivateServer(folders, venue=venue, passphrase=_asked_passphrase(folders, venue))
    return PrivateHouse(server, server.open)


class PrivateHouse:
    """The private server for as long as the console runs, and the desk on it."""

    def __init__(self, server: PrivateServer, opened: Callable[[], Awaitable[object]]) -> None:
        """`opened` is over once the server can be spoken to."""
        self._server, self._opened = server, opened
        self._keeping: asyncio.Task[None] | None = None

    async def desk(self) -> ClientDesk:
        """Sign in as soon as the server can be spoken to. Raises PrivateServerFailed, TradetermError."""
        await self._opened()
        desk = await self._signed_in()
        self._keeping = asyncio.create_task(self._server.keep())
        return desk

    @property
    def pid(self) -> int | None:
        """The server's process, None where it is somebody else's."""
        return self._server.pid

    async def label(self) -> Label:
        """The first word on the screen, from the server itself."""
        return await label_on(self._server.note.url, LOCAL_USER, is_private=True)

    async def close(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
        await self._server.close()

    async def _signed_in(self) -> ClientDesk:
        """Whoever sits at the noted place but does not know the secret is another server: then start the own one."""
        for _ in range(2):
            desk = ClientDesk(self._server.note.url, now, user=LOCAL_USER, password=self._server.note.secret)
            try:
                await desk.sign_in()
            except SignInFailed:
                await desk.aclose()
                await self._server.open_elsewhere()
            else:
                return desk
        raise SignInFailed("the private server does not take its own secret")


def _asked_passphrase(folders: Folders, venue: str) -> str:
    if not has_kept_key(folders.data, venue):
        return ""
    try:
        return typed_secret("Passphrase of the exchange keys: ")
    except EOFError:
        raise Ending(USAGE, "no passphrase was given") from None


async def label_on(url: str, account: str, *, is_private: bool = False) -> Label:
    """The first word on the screen: whose money it is, as the server there says."""
    async with httpx.AsyncClient(timeout=LABEL_TIMEOUT_S, trust_env=False, verify=trusted_by(url)) as http:
        try:
            about = (await http.get(f"{url.rstrip('/')}/healthz")).json()
        except (httpx.HTTPError, ValueError):
            about = None
    return label_of(about if isinstance(about, dict) else {}, account, is_private=is_private)


def label_of(about: Mapping[str, Any], account: str, *, is_private: bool = False) -> Label:
    """The same from what the server says of itself; one that does not say is taken for live."""
    mode, venue = about.get("mode", "paper"), str(about.get("venue"))
    if mode == "paper" and venue == "paper":
        prices = " · SIM prices" if about.get("feed") == "synthetic" else ""
        return Label(f"PAPER{prices}", account=account, is_private=is_private)
    word = "TEST" if mode == "test" else "LIVE"
    return Label(f"{word} · {printable(venue)}", is_live=word == "LIVE", account=account, is_private=is_private)


def now() -> datetime:
    return datetime.now(UTC)
