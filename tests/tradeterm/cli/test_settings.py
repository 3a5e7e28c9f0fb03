"""The console's sections of the settings file."""

from pathlib import Path

import pytest

from tradeterm.cli.settings import SettingsFault, keep_watchlist, read_settings
from tradeterm.tui.palette_names import PaletteName


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    """A newcomer writes nothing."""
    settings = read_settings(tmp_path / "config.toml")
    assert (settings.ui.palette, settings.ui.refresh_hz, settings.watch.symbols) == (PaletteName.GREEN_RED, 10, ())


def test_the_servers_sections_are_not_the_consoles_to_judge(tmp_path: Path) -> None:
    """The same file serves both."""
    file = tmp_path / "config.toml"
    file.write_text('[server]\nport = 1\n[ui]\npalette = "mono"\n')
    assert read_settings(file).ui.palette is PaletteName.MONO


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[ui]\npalette = "pink"\n', "ui.palette"),
        ("[ui]\nrefresh_hz = 0\n", "ui.refresh_hz"),
        ("[ui]\ncolour = 1\n", "ui.colour"),
        ("[watch]\nsymbols = 3\n", "watch.symbols"),
        ("[ui\n", "cannot be read"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, text: str, words: str) -> None:
    """With the key that it is in."""
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(SettingsFault, match=words):
        read_settings(file)


def test_keeping_the_watchlist_leaves_the_rest_of_the_file_as_it_is(tmp_path: Path) -> None:
    """Comments, other sections and who may read it."""
    file = tmp_path / "config.toml"
    file.write_text("# mine\n[server]\nport = 1 # the usual\n")
    file.chmod(0o600)
    keep_watchlist(file, ["ETH/USD", "BTC/USD"])
    assert file.read_text().startswith("# mine\n[server]\nport = 1 # the usual\n")
    assert read_settings(file).watch.symbols == ("ETH/USD", "BTC/USD")
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_first_watchlist_makes_the_file(tmp_path: Path) -> None:
    """And its folder."""
    file = tmp_path / "new" / "config.toml"
    keep_watchlist(file, ["BTC/USD"])
    assert read_settings(file).watch.symbols == ("BTC/USD",)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_settings_file_that_is_a_link_stays_one(tmp_path: Path, is_there: bool) -> None:
    """What it points to is changed: a folder of dotfiles keeps its own."""
    target, link = tmp_path / "dotfiles" / "config.toml", tmp_path / "config.toml"
    target.parent.mkdir()
    if is_there:
        target.write_text("[server]\nport = 1\n")
    link.symlink_to(target)
    keep_watchlist(link, ["BTC/USD"])
    assert link.is_symlink()
    assert "BTC/USD" in target.read_text()
    assert ("port = 1" in target.read_text()) == is_there
