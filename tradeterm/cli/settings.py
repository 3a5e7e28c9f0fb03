"""The console's sections of the settings file: read strictly, and written so that all else in the file stays as it is."""

import os
from collections.abc import Sequence
from pathlib import Path

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from tomlkit.exceptions import TOMLKitError

from tradeterm.tui.palette_names import PaletteName


class SettingsFault(Exception):
    """The settings file is not usable; the text says where and why."""


class Ui(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    palette: PaletteName = PaletteName.GREEN_RED
    refresh_hz: int = Field(default=10, ge=1, le=30)
    mouse: bool = True


class Watch(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    symbols: tuple[str, ...] = ()


class ConsoleSettings(BaseModel):
    """`[ui]` and `[watch]`; the other sections are not the console's to read."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    ui: Ui = Ui()
    watch: Watch = Watch()


def read_settings(file: Path) -> ConsoleSettings:
    """The settings, defaults where there is no file. Raises SettingsFault."""
    try:
        return ConsoleSettings.model_validate(tomlkit.parse(file.read_text("utf-8")).unwrap())
    except FileNotFoundError:
        return ConsoleSettings()
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise SettingsFault(f"{file} cannot be read: {error}") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise SettingsFault(f"{file}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def keep_watchlist(file: Path, symbols: Sequence[str]) -> None:
    """Write `[watch] symbols` into the file, whole or not at all; a link to it stays one. Raises OSError."""
    file = file.resolve()
    try:
        document = tomlkit.parse(file.read_text("utf-8"))
    except FileNotFoundError:
        document = tomlkit.document()
    document.setdefault("watch", tomlkit.table())["symbols"] = list(symbols)
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    fresh.write_text(tomlkit.dumps(document), "utf-8")
    if file.exists():
        fresh.chmod(file.stat().st_mode & 0o777)  # it may hold a secret of the server
    fresh.replace(file)
