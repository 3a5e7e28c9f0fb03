"""The console's sections of the settings file."""

from decimal import Decimal
from pathlib import Path

import pytest

from tradeterm.cli.settings import ConsoleSettings, SettingsFault, keep_setting, keep_watchlist, read_settings
from tradeterm.tui.desk.port import News
from tradeterm.tui.orders.mode import Mode
from tradeterm.tui.orders.soft_limits import SoftLimits
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
        ("a = " + "[" * 5_000, "cannot be read"),
        ("a = " + "1" * 5_000, "cannot be read"),
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


def test_safety_and_bells_are_settled_in_the_file(tmp_path: Path) -> None:
    """Never armed; what is not said is as careful as it can be, and nothing is asked of the server by itself."""
    file = tmp_path / "config.toml"
    file.write_text('[safety]\nstart_mode = "view"\ndisarm_on_blur = false\n[bell]\nfill = false\n')
    known = read_settings(file)
    assert known.safety.modes().mode is Mode.VIEW
    assert (known.bell.bells().rings(News.FILL), known.bell.bells().rings(News.ALERT)) == (0, 3)
    assert not known.notify.desktop({}).names
    assert (ConsoleSettings().safety.modes().mode, ConsoleSettings().safety.dead_man_s) == (Mode.SAFE, 0)
    for wrong in ('start_mode = "armed"', "idle_disarm_s = 1", "dead_man_s = -1", "unknown = 1", "limits = 3"):
        file.write_text(f"[safety]\n{wrong}\n")
        with pytest.raises(SettingsFault):
            read_settings(file)


def test_the_console_s_own_limits_are_settled_in_the_file(tmp_path: Path) -> None:
    """What is not said is as usual, zero is no limit; anything else is named."""
    file = tmp_path / "config.toml"
    file.write_text("[safety.limits]\nleverage = 5\nrisk_pct = 0\nvalue = 25000.50\n")
    soft = read_settings(file).safety.limits.soft()
    assert soft == SoftLimits(leverage=Decimal(5), value=Decimal("25000.5"), risk_pct=Decimal(0))
    assert ConsoleSettings().safety.limits.soft() == SoftLimits()
    for wrong in ("leverage = -1", "value = nan", "risk_pct = inf", 'off_market_pct = "much"', "size = 1"):
        file.write_text(f"[safety.limits]\n{wrong}\n")
        with pytest.raises(SettingsFault, match=r"safety\.limits"):
            read_settings(file)


@pytest.mark.parametrize("spoiled", [b"[ui\n", b"\xff\xfe"])
def test_a_file_that_was_spoiled_meanwhile_is_left_alone(tmp_path: Path, spoiled: bytes) -> None:
    """The console goes on, and says that nothing could be kept."""
    file = tmp_path / "config.toml"
    file.write_bytes(spoiled)
    with pytest.raises(OSError, match="cannot be read"):
        keep_setting(file, "ui", "palette", "mono")
    assert file.read_bytes() == spoiled


def test_the_desktop_is_told_as_the_file_says(tmp_path: Path) -> None:
    """By kind, and in the words of the terminal that there is."""
    file = tmp_path / "config.toml"
    file.write_text('[notify]\nfill = true\nway = "osc777"\n[ui]\nladders = ["", "ETH/USD"]\n')
    known = read_settings(file)
    assert known.notify.desktop({"TMUX": "/tmp/x"}).asks(News.FILL, "a").startswith("\x1bPtmux;\x1b\x1b]777;notify")
    assert known.ui.ladders == ("", "ETH/USD")
    for wrong in ('[notify]\nway = "smoke"', "[notify]\nfills = true", '[ui]\nladders = ["", "", "", ""]'):
        file.write_text(f"{wrong}\n")
        with pytest.raises(SettingsFault):
            read_settings(file)


def test_one_setting_is_kept_and_the_rest_stays(tmp_path: Path) -> None:
    """Comments too."""
    file = tmp_path / "config.toml"
    file.write_text("# mine\n[ui]\nmouse = false  # no\n")
    keep_setting(file, "ui", "palette", "mono")
    assert "# mine" in file.read_text()
    assert "mouse = false  # no" in file.read_text()
    assert read_settings(file).ui.palette == "mono"
