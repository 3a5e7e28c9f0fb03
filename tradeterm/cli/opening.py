"""How the console comes to a desk: on a server that is named, by password or token, or on its own private one."""

import asyncio
import contextlib
import getpass
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from tradeterm.cli.exit_codes import CONNECTION, Ending
from tradeterm.cli.named_server import checked_url, named_token
from tradeterm.cli.private_server import PrivateServer
from tradeterm.client.errors import CodeWanted, SignInFailed, TradetermError
from tradeterm.config import LOCAL_USER, Folders
from tradeterm.tui.desk.client_desk import ClientDesk


@contextlib.asynccontextmanager
async def signed_in_on(server: str, user: str | None) -> AsyncIterator[tuple[ClientDesk, str]]:
    """The desk on a running server, and whose it is. Raises Ending."""
    desk = _desk_on(checked_url(server), user)
    async with contextlib.aclosing(desk):
        try:
            account = await _signed_in(desk, user)
        except TradetermError as error:
            raise Ending(CONNECTION, str(error)) from None
        yield desk, account


def _desk_on(url: str, user: str | None) -> ClientDesk:
    token = named_token() if user is None else None
    if token:
        return ClientDesk(url, now, token=token)
    try:
        name = user or input("User: ").strip()
        password = getpass.getpass(f"Password of {name} on {urlsplit(url).netloc}: ")
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
        return getpass.getpass(f"Code of {user}: " if user else "Code: ")
    except EOFError:
        raise SignInFailed("no code was given") from None


class PrivateHouse:
    """The private server for as long as the console runs, and the desk on it."""

    def __init__(self, folders: Folders) -> None:
        self._server = PrivateServer(folders)
        self._keeping: asyncio.Task[None] | None = None

    async def desk(self) -> ClientDesk:
        """Join or start the server, and sign in. Raises PrivateServerFailed, TradetermError."""
        await self._server.open()
        desk = await self._signed_in()
        self._keeping = asyncio.create_task(self._server.keep())
        return desk

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


def now() -> datetime:
    return datetime.now(UTC)
