"""`tradeterm doctor`: looks at everything that a command needs, says what is wrong, and changes nothing."""

import asyncio
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote

from tradeterm import __version__
from tradeterm.cli.commands.columns import CHECKS
from tradeterm.cli.commands.command_client import find_server, open_client
from tradeterm.cli.commands.options import DEFAULTS, Options
from tradeterm.cli.commands.printing import show_rows
from tradeterm.cli.exit_codes import CONNECTION, DONE, USAGE, Ending
from tradeterm.cli.settings import SettingsFault, read_settings
from tradeterm.client.errors import TradetermError
from tradeterm.client.rest import trusted_by
from tradeterm.config import APP, Folders
from tradeterm.lean_httpx import httpx
from tradeterm.tui.drawing.keymap import user_keymap

TIMEOUT_S = 15.0  # a machine may be busy, and is not ill for it


class State(StrEnum):
    OK = "ok"
    NOTE = "note"  # worth knowing, nothing to mend
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and the exit code that a fault in it ends with."""

    check: str
    state: State
    detail: str
    code: int = DONE


def doctor(*, options: Options = DEFAULTS) -> int:
    """Check settings, folders, database path, server, sign-in and versions. Exit 2 or 3 when something is wrong."""
    checks = [_versions(), *_files(Folders.of_platform()), _database(Folders.of_platform())]
    checks += asyncio.run(_server(options))
    rows = [{"check": one.check, "state": one.state.value, "detail": one.detail} for one in checks]
    show_rows(options.json, CHECKS, rows)
    # What is wrong here comes first: a server cannot be judged by wrong settings.
    return min((one.code for one in checks if one.state is State.FAULT), default=DONE)


def _versions() -> Check:
    return Check("version", State.OK, f"tradeterm {__version__}, Python {platform.python_version()}, {sys.platform}")


def _files(folders: Folders) -> Iterator[Check]:
    settings, keymap = folders.config / "config.toml", folders.config / "keymap.toml"
    try:
        read_settings(settings)
        yield _fine("settings", settings)
    except SettingsFault as fault:
        yield Check("settings", State.FAULT, str(fault), USAGE)
    try:
        found = user_keymap(keymap.read_text("utf-8")) if keymap.exists() else None
    except (OSError, UnicodeDecodeError) as error:
        found = [str(error)]
    if isinstance(found, list):
        yield Check("keymap", State.FAULT, f"{keymap}: {'; '.join(found)}", USAGE)
    else:
        yield _fine("keymap", keymap)
    yield _writable("state folder", folders.state)


def _fine(name: str, path: Path) -> Check:
    return (
        Check(name, State.OK, str(path)) if path.exists() else Check(name, State.NOTE, f"{path} is not there: defaults")
    )


def _writable(name: str, folder: Path) -> Check:
    there = next(one for one in (folder, *folder.parents) if one.exists())
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return Check(name, State.OK, str(folder))
    return Check(name, State.FAULT, f"{folder}: {there} cannot be written to", USAGE)


def _database(folders: Folders) -> Check:
    """Where a server that is started here would keep its database."""
    file, url = folders.data / "tradeterm.db", os.environ.get("TRADETERM_DB")
    if url:
        scheme, _, path = url.partition("://")
        if scheme == "postgresql":
            return Check("database", State.NOTE, "PostgreSQL; the server checks it when it starts")
        if scheme != "sqlite" or not path.startswith("/") or path == "/" or "?" in path:
            return Check("database", State.FAULT, "TRADETERM_DB is neither sqlite:///PATH nor postgresql://…", USAGE)
        file = Path(unquote(path[1:]))
    if file.exists() and not (file.is_file() and os.access(file, os.R_OK | os.W_OK)):
        return Check("database", State.FAULT, f"{file} cannot be read and written", USAGE)
    folder = _writable("database", file.parent)
    if folder.state is State.FAULT:
        return folder
    return Check("database", State.OK, f"{file}{'' if file.exists() else ' (not there yet)'}")


# ---------------------------------------------------------------- the server


async def _server(options: Options) -> list[Check]:
    try:
        url = (await find_server(options)).url
    except Ending as ending:
        return [Check("server", State.FAULT, str(ending), ending.code)]
    checks = await _reached(url)
    if all(one.state is not State.FAULT for one in checks):
        checks.append(await _sign_in(options))
    return checks


async def _reached(url: str) -> list[Check]:
    try:
        async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, trust_env=False, verify=trusted_by(url)) as http:
            health, ready = await http.get("/healthz"), await http.get("/readyz")
            about = health.json()
            there = (await http.get("/openapi.json")).json()["info"]["version"] if about["app"] == APP else None
    except httpx.HTTPError as error:
        return [
            Check("server", State.FAULT, f"{url} cannot be reached: {str(error) or type(error).__name__}", CONNECTION)
        ]
    except (ValueError, KeyError, TypeError):
        there = None
    if there is None:
        return [Check("server", State.FAULT, f"{url} answers, but it is no tradeterm server", CONNECTION)]
    return [
        Check("server", State.OK, f"{url}, version {there}, venue {about.get('venue')}, feed {about.get('feed')}"),
        _is_ready(ready),
        Check("server version", State.OK if there == __version__ else State.NOTE, f"here {__version__}, there {there}"),
    ]


def _is_ready(ready: httpx.Response) -> Check:
    if ready.is_success:
        return Check("ready", State.OK, "orders are taken")
    return Check("ready", State.FAULT, "the server is starting or stopping", CONNECTION)


async def _sign_in(options: Options) -> Check:
    try:
        async with await open_client(options) as client:
            known = await client.me()
    except Ending as ending:
        return Check("sign-in", State.NOTE, str(ending))
    except TradetermError as error:
        return Check("sign-in", State.FAULT, str(error), CONNECTION)
    return Check("sign-in", State.OK, f"{known['user']}, {known['role']}, scope {known['scope']}")
