"""The console's sections of the settings file: read strictly, and written so that all else in the file stays as it is."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tradeterm import owner_only
from tradeterm.tui.bells import Bells
from tradeterm.tui.desk.port import News
from tradeterm.tui.desktop import Desktop, Way
from tradeterm.tui.orders.mode import BLUR, Caution, Mode, Modes
from tradeterm.tui.orders.soft_limits import SoftLimits
from tradeterm.tui.palette_names import PaletteName
from tradeterm.tui.pins import FOLLOWS, MOST_LADDERS
from tradeterm.tui.terminal.plain import shows_ascii_alone

MOST_VALUE = Decimal(10) ** 15
_USUAL = SoftLimits()


class SettingsFault(Exception):
    """The settings file is not usable; the text says where and why."""


class Ui(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    palette: PaletteName = PaletteName.GREEN_RED
    refresh_hz: int = Field(default=10, ge=1, le=30)
    mouse: bool = True
    flash: bool = True  # tint a price that turns round
    ladders: tuple[str, ...] = Field(
        default=(FOLLOWS,), max_length=MOST_LADDERS
    )  # the market of each, "" follows the page


class Limits(BaseModel):
    """Beyond which an order's size has to be typed in its review; 0 is no limit. The server has limits of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    leverage: Decimal = Field(default=_USUAL.leverage, ge=0, le=1000)
    value: Decimal = Field(default=_USUAL.value, ge=0, le=MOST_VALUE)
    off_market_pct: Decimal = Field(default=_USUAL.off_market_pct, ge=0, le=1000)
    slippage_pct: Decimal = Field(default=_USUAL.slippage_pct, ge=0, le=1000)
    risk_pct: Decimal = Field(default=_USUAL.risk_pct, ge=0, le=1000)

    def soft(self) -> SoftLimits:
        return SoftLimits(**self.model_dump())


class Safety(BaseModel):
    """How the console begins, and what ends ARMED by itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start_mode: Literal["view", "safe"] = "safe"
    idle_disarm_s: int = Field(default=120, ge=5, le=3600)
    disarm_on_blur: bool = True
    dead_man_s: int = Field(default=0, ge=0, le=3600)  # after so long a silence the server cancels entries; 0 is off
    limits: Limits = Limits()

    def modes(self) -> Modes:
        """The mode that a console starts in, with these cautions."""
        caution = Caution(timedelta(seconds=self.idle_disarm_s), BLUR if self.disarm_on_blur else None)
        return Modes(Mode[self.start_mode.upper()], caution)


class Switches(BaseModel):
    """A switch for each kind of news, by its name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @property
    def on(self) -> list[News]:
        return [kind for kind in News if getattr(self, kind.value)]


class Bell(Switches):
    """Which news the terminal's bell rings for."""

    fill: bool = True
    reject: bool = True
    alert: bool = True
    link: bool = True

    def bells(self) -> Bells:
        return Bells(self.on)


class Notify(Switches):
    """Which news the desktop is told of, and how the terminal is asked to."""

    fill: bool = False
    reject: bool = False
    alert: bool = False
    link: bool = False
    way: Way = Way.OSC_9

    def desktop(self, environ: Mapping[str, str]) -> Desktop:
        return Desktop(self.on, self.way, in_tmux=bool(environ.get("TMUX")), is_plain=shows_ascii_alone(environ))


class Watch(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    symbols: tuple[str, ...] = ()
    favourites: tuple[str, ...] = ()


class ConsoleSettings(BaseModel):
    """`[ui]`, `[safety]`, `[bell]`, `[notify]` and `[watch]`; the other sections are not the console's to read."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    ui: Ui = Ui()
    safety: Safety = Safety()
    bell: Bell = Bell()
    notify: Notify = Notify()
    watch: Watch = Watch()


def read_settings(file: Path) -> ConsoleSettings:
    """The settings, defaults where there is no file. Raises SettingsFault."""
    try:
        return ConsoleSettings.model_validate(tomllib.loads(file.read_text("utf-8")))
    except FileNotFoundError:
        return ConsoleSettings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise SettingsFault(f"{file}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except (OSError, ValueError, RecursionError) as error:
        raise SettingsFault(f"{file} cannot be read: {error}") from None


def keep_watchlist(file: Path, symbols: Sequence[str]) -> None:
    """Write `[watch] symbols` into the file. Raises OSError."""
    keep_setting(file, "watch", "symbols", list(symbols))


def keep_setting(file: Path, section: str, key: str, value: object) -> None:
    """Write one setting into the file, whole or not at all; a link to it stays one. Raises OSError, also for a file that
    was spoiled meanwhile: what stands in it is somebody's work."""
    # Imported here: only who changes something pays for it, and the first frame waits for nothing.
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    file = file.resolve()
    try:
        document = tomlkit.parse(file.read_text("utf-8"))
    except FileNotFoundError:
        document = tomlkit.document()
    except (UnicodeDecodeError, TOMLKitError) as error:
        raise OSError(f"{file} cannot be read: {error}") from None
    document.setdefault(section, tomlkit.table())[key] = value
    # It may hold a secret of the server: whoever could not read it cannot afterwards either.
    owner_only.replace(file, tomlkit.dumps(document), file.stat().st_mode & 0o777 if file.exists() else 0o600)
