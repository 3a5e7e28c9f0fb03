"""`tradeterm config`: where the settings are, and what they say. Secrets are never shown."""

import os
from collections.abc import Iterator, Mapping
from typing import Any

import cyclopts
import tomlkit

from tradeterm.cli.commands.columns import SETTINGS
from tradeterm.cli.commands.options import DEFAULTS, Options
from tradeterm.cli.commands.printing import show_rows, show_value
from tradeterm.cli.exit_codes import DONE, USAGE, Ending
from tradeterm.cli.settings import SettingsFault, read_settings
from tradeterm.config import Folders

app = cyclopts.App(name="config", result_action="return_value", help="Where the settings are and what they say.")

HIDDEN = "(hidden)"
_SECRETS = ("secret", "token", "password", "key", "ccxt")
_PREFIX = "TRADETERM_"


@app.command
def path(*, options: Options = DEFAULTS) -> int:
    """Print where the settings file, the keymap and the other files are, whether they exist or not."""
    folders = Folders.of_platform()
    show_value(
        options.json,
        {
            "settings": str(folders.config / "config.toml"),
            "keymap": str(folders.config / "keymap.toml"),
            "data": str(folders.data),
            "state": str(folders.state),
        },
    )
    return DONE


@app.command
def show(*, options: Options = DEFAULTS) -> int:
    """Print the settings that differ or matter: the console's, the file's, and those of the environment."""
    file = Folders.of_platform().config / "config.toml"
    try:
        console = read_settings(file).model_dump(mode="json")
    except SettingsFault as fault:
        raise Ending(USAGE, str(fault)) from None
    said = dict(_flat(tomlkit.parse(file.read_text("utf-8")).unwrap())) if file.exists() else {}
    rows = [_row(name, value, "file" if name in said else "default") for name, value in _flat(console)]
    shown = {row["setting"] for row in rows}
    rows += [_row(name, value, "file") for name, value in said.items() if name not in shown]
    rows += [_row(name, os.environ[name], "environment") for name in sorted(os.environ) if name.startswith(_PREFIX)]
    show_rows(options.json, SETTINGS, rows)
    return DONE


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping) and not _is_secret(name):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _row(name: str, value: Any, source: str) -> dict[str, Any]:
    shown = value if isinstance(value, bool | int | str | None) else [str(one) for one in _listed(value)]
    return {"setting": name, "value": HIDDEN if _is_secret(name) else _without_password(shown), "source": source}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _is_secret(name: str) -> bool:
    last = name.rsplit(".", 1)[-1].lower()
    return any(word in last for word in _SECRETS)


def _without_password(value: Any) -> Any:
    """The address of a database may hold one: scheme://user:password@host, or behind a question mark."""
    if not isinstance(value, str) or "://" not in value:
        return value
    scheme, _, rest = value.partition("://")
    place, asked, _ = rest.rpartition("@")[2].partition("?")
    user = f"{HIDDEN}@" if "@" in rest else ""
    return f"{scheme}://{user}{place}{asked and asked + HIDDEN}"
