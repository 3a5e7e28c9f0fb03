"""The console's composition root: how it looks, which server, and the app on top; it ends what it started.

What draws is imported while the private server starts, and what speaks to it while the desk stands and waits for it: together
that is half of a start.
"""

import asyncio
import contextlib
import os
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, cast

from tradeterm.cli.exit_codes import CONNECTION, USAGE, Ending
from tradeterm.cli.exports import keep_export
from tradeterm.cli.first_frame import FirstFrame
from tradeterm.cli.private_server import PrivateServer, PrivateServerFailed
from tradeterm.cli.settings import ConsoleSettings, SettingsFault, keep_setting, keep_watchlist, read_settings
from tradeterm.config import LOCAL_USER, Folders
from tradeterm.tui.desk.late_desk import ClosableDesk, LateDesk
from tradeterm.tui.desk.port import Desk, Label
from tradeterm.tui.drawing.keymap import Keymap, default_keymap, user_keymap
from tradeterm.tui.habits import Habits, Keep
from tradeterm.tui.orders.intent import Clocks
from tradeterm.tui.palette_names import PaletteName
from tradeterm.tui.pins import Pins
from tradeterm.tui.terminal.plain import has_colours
from tradeterm.tui.watchlist import Watchlist
from tradeterm.tui.young_garbage import look_at_the_young_alone

if TYPE_CHECKING:
    from tradeterm.cli.opening import PrivateHouse
    from tradeterm.tui.app import TradeApp


@dataclass(frozen=True, slots=True)
class Look:
    """How the console is to look and listen."""

    palette: PaletteName
    keymap: Keymap
    mouse: bool
    refresh_hz: int
    watchlist: Watchlist
    known: ConsoleSettings
    keep: Keep
    export: Callable[[str, str], str]


def open_console(
    server: str | None,
    user: str | None,
    palette: str | None,
    mouse: bool,
    venue: str | None = None,
    first: FirstFrame | None = None,
) -> int:
    """Run the desk until the user quits; the exit code. What is wrong is said in one sentence on standard error, once
    `first`, which stands there meanwhile, has given the terminal back."""
    first = first or FirstFrame()
    folders = Folders.of_platform()
    look = _look(folders, palette, mouse)
    if isinstance(look, str):
        first.leave()
        return _say(look, USAGE)
    try:
        if server is not None:
            return _on_server(server, user, look)
        return asyncio.run(
            _on_private_server(folders, look, first) if venue is None else _on_exchange(folders, venue, look)
        )
    except Ending as ending:
        return _say(str(ending), ending.code)


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
        watchlist=Watchlist(known.watch.symbols, partial(keep_watchlist, settings), known.watch.favourites),
        known=known,
        keep=partial(keep_setting, settings),
        export=partial(keep_export, folders.data / "exports"),
    )


# ---------------------------------------------------------------- which server


def _on_server(server: str, user: str | None, look: Look) -> int:
    """Sign in, then the desk."""
    from tradeterm.cli.opening import signed_in_on

    async def session() -> int:
        async with signed_in_on(server, user) as (desk, label):
            return await _run(desk, label, look)

    return asyncio.run(session())


async def _on_private_server(folders: Folders, look: Look, first: FirstFrame) -> int:
    """The desk stands at once; the market behind it is started, or joined, meanwhile."""
    server = PrivateServer(folders)
    started = asyncio.create_task(server.open())
    house: PrivateHouse | None = None

    async def opening() -> ClosableDesk:
        nonlocal house
        house = (await asyncio.to_thread(_house_type))(server, lambda: started)
        return await house.desk()

    late = LateDesk(opening, "starting the paper market", _now)
    try:
        await asyncio.to_thread(_app_type)
        first.hand_over()
        code = await _run(cast("Desk", late), Label(account=LOCAL_USER, is_private=True), look)
    finally:
        await late.aclose()
        started.cancel()
        await asyncio.gather(started, return_exceptions=True)
        await (house or server).close()
    return code if late.failure is None else _say(str(late.failure), CONNECTION)


def _house_type() -> "type[PrivateHouse]":
    from tradeterm.cli.opening import PrivateHouse

    return PrivateHouse


def _app_type() -> "type[TradeApp]":
    from tradeterm.tui.app import TradeApp

    return TradeApp


async def _on_exchange(folders: Folders, venue: str, look: Look) -> int:
    """A private server that trades on a real exchange: no screen before it says whose money it is."""
    from tradeterm.cli.opening import house_on
    from tradeterm.client.errors import TradetermError

    house = house_on(folders, venue)
    sys.stderr.write(f"tradeterm: starting a server on {venue}…\n")
    try:
        async with contextlib.aclosing(await house.desk()) as desk:
            return await _run(desk, await house.label(), look)
    except (TradetermError, PrivateServerFailed) as error:
        raise Ending(CONNECTION, str(error)) from None
    finally:
        await house.close()


# ---------------------------------------------------------------- the app


def _now() -> datetime:
    return datetime.now(UTC)


def _steady() -> timedelta:
    return timedelta(seconds=time.monotonic())


async def _run(desk: Desk, label: Label, look: Look) -> int:
    app = _app_type()(
        desk,
        Clocks(_now, _steady, lambda: uuid.uuid4().hex),
        label,
        keymap=look.keymap,
        palette_name=look.palette,
        refresh_hz=look.refresh_hz,
        watchlist=look.watchlist,
        habits=Habits(
            modes=look.known.safety.modes(),
            limits=look.known.safety.limits.soft(),
            bells=look.known.bell.bells(),
            desktop=look.known.notify.desktop(os.environ),
            keep=look.keep,
            export=look.export,
            dead_man_s=look.known.safety.dead_man_s,
            flashes=look.known.ui.flash,
            pins=Pins(look.known.ui.ladders),
        ),
        colour=has_colours(os.environ),
        when_live=look_at_the_young_alone,
    )
    code = await app.run_async(mouse=look.mouse)
    if (task := asyncio.current_task()) is not None and task.cancelling():
        raise asyncio.CancelledError  # Textual takes a ctrl-c that comes before its own keys for a way to leave
    return (app.return_code or 0) if code is None else code
