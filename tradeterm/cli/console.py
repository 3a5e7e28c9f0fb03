"""The console's composition root: which server, who signs in, and the app on top; it ends what it started."""

import asyncio
import contextlib
import getpass
import os
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

from tradeterm.cli.exit_codes import CONNECTION, USAGE, Ending
from tradeterm.cli.named_server import checked_url, named_token
from tradeterm.cli.private_server import LOCAL_USER, PrivateServer, PrivateServerFailed
from tradeterm.cli.settings import SettingsFault, keep_watchlist, read_settings
from tradeterm.client.errors import CodeWanted, SignInFailed, TradetermError
from tradeterm.client.rest import new_client_order_id
from tradeterm.config import Folders
from tradeterm.tui.app import TradeApp
from tradeterm.tui.desk.client_desk import ClientDesk
from tradeterm.tui.desk.port import Label
from tradeterm.tui.drawing.keymap import Keymap, default_keymap, user_keymap
from tradeterm.tui.orders.intent import Clocks
from tradeterm.tui.palette_names import PaletteName
from tradeterm.tui.watchlist import Watchlist


@dataclass(frozen=True, slots=True)
class Look:
    """How the console is to look and listen."""

    palette: PaletteName
    keymap: Keymap
    mouse: bool
    refresh_hz: int
    watchlist: Watchlist


def open_console(server: str | None, user: str | None, palette: str | None, mouse: bool) -> int:
    """Run the desk until the user quits; the exit code. What is wrong is said in one sentence on standard error."""
    folders = Folders.of_platform()
    look = _look(folders, palette, mouse)
    if isinstance(look, str):
        return _say(look, USAGE)
    try:
        if server is None:
            return asyncio.run(_on_private_server(folders, look))
        return _on_server(checked_url(server), user, look)
    except Ending as ending:
        return _say(str(ending), ending.code)
    except (TradetermError, PrivateServerFailed) as error:
        return _say(str(error), CONNECTION)


def _say(sentence: str, code: int) -> int:
    sys.stderr.write(f"tradeterm: {sentence}\n")
    return code


def _look(folders: Folders, palette: str | None, mouse: bool) -> Look | str:
    """The look, or what is wrong with what was asked for."""
    names = [name.value for name in PaletteName]
    if palette is not None and palette not in names:
        return f"there is no palette {palette!r}; there are {', '.join(names)}"
    file = folders.config / "keymap.toml"
    try:
        keymap = user_keymap(file.read_text("utf-8"))
    except FileNotFoundError:
        keymap = default_keymap()
    except (OSError, UnicodeDecodeError) as error:
        return f"{file} cannot be read: {error}"
    if isinstance(keymap, list):
        return f"{file}: {'; '.join(keymap)}"
    settings = folders.config / "config.toml"
    try:
        known = read_settings(settings)
    except SettingsFault as fault:
        return str(fault)
    return Look(
        palette=PaletteName(palette or known.ui.palette),
        keymap=keymap,
        mouse=mouse and known.ui.mouse,
        refresh_hz=known.ui.refresh_hz,
        watchlist=Watchlist(known.watch.symbols, partial(keep_watchlist, settings)),
    )


# ---------------------------------------------------------------- a server that runs somewhere


def _on_server(url: str, user: str | None, look: Look) -> int:
    token = named_token() if user is None else None
    if token:
        return asyncio.run(_with_token(url, token, look))
    try:
        name = user or input("User: ").strip()
        password = getpass.getpass(f"Password of {name} on {urlsplit(url).netloc}: ")
    except EOFError:
        return _say("no password was given", CONNECTION)
    return asyncio.run(_with_password(url, name, password, look))


async def _with_token(url: str, token: str, look: Look) -> int:
    async with contextlib.aclosing(ClientDesk(url, _now, token=token)) as desk:
        return await _run(desk, Label("PAPER", account=await desk.sign_in()), look)


async def _with_password(url: str, user: str, password: str, look: Look) -> int:
    desk = ClientDesk(url, _now, user=user, password=password)
    async with contextlib.aclosing(desk):
        try:
            account = await desk.sign_in()
        except CodeWanted:
            account = await desk.sign_in(_asked_code(user))
        return await _run(desk, Label("PAPER", account=account), look)


def _asked_code(user: str) -> str:
    """The code of the second factor. Raises SignInFailed."""
    try:
        return getpass.getpass(f"Code of {user}: ")
    except EOFError:
        raise SignInFailed("no code was given") from None


# ---------------------------------------------------------------- the private one


async def _on_private_server(folders: Folders, look: Look) -> int:
    if sys.stderr.isatty():
        sys.stderr.write("tradeterm: starting the paper market…\n")
    async with _private_server(folders) as house, contextlib.aclosing(await _signed_in(house)) as desk:
        keeping = asyncio.create_task(house.keep())
        try:
            return await _run(desk, Label(account=LOCAL_USER, is_private=True), look)
        finally:
            keeping.cancel()


@contextlib.asynccontextmanager
async def _private_server(folders: Folders) -> AsyncIterator[PrivateServer]:
    house = PrivateServer(folders)
    try:
        await house.open()
        yield house
    finally:
        await house.close()


async def _signed_in(house: PrivateServer) -> ClientDesk:
    """Whoever sits at the noted place but does not know the secret is another server: then start the own one."""
    for _ in range(2):
        desk = ClientDesk(house.note.url, _now, user=LOCAL_USER, password=house.note.secret)
        try:
            await desk.sign_in()
        except SignInFailed:
            await desk.aclose()
            await house.open_elsewhere()
        else:
            return desk
    raise SignInFailed("the private server does not take its own secret")


# ---------------------------------------------------------------- the app


def _now() -> datetime:
    return datetime.now(UTC)


def _steady() -> timedelta:
    return timedelta(seconds=time.monotonic())


async def _run(desk: ClientDesk, label: Label, look: Look) -> int:
    app = TradeApp(
        desk,
        Clocks(_now, _steady, new_client_order_id),
        label,
        keymap=look.keymap,
        palette_name=look.palette,
        refresh_hz=look.refresh_hz,
        watchlist=look.watchlist,
        colour=not os.environ.get("NO_COLOR"),
    )
    code = await app.run_async(mouse=look.mouse)
    return (app.return_code or 0) if code is None else code
