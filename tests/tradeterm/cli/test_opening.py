"""How the console comes to its desk."""

import os
from pathlib import Path

import pytest

from server.venue_keys import KeyFile, VenueKey
from tests.e2e.test_live import written
from tests.exchange.loopback import KEY, SECRET, loopback
from tradeterm.cli.exit_codes import CONNECTION, USAGE, Ending
from tradeterm.cli.opening import PrivateHouse, house_on, now, signed_in_on
from tradeterm.cli.private_server import PrivateServer, read_note
from tradeterm.config import Folders


async def test_a_server_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the way the console ends."""
    monkeypatch.setattr("getpass.getpass", lambda prompt: "password")
    with pytest.raises(Ending, match="cannot be reached") as ended:
        async with signed_in_on("http://127.0.0.1:9", "ann"):
            pass
    assert ended.value.code == CONNECTION


async def test_an_address_that_is_none_is_said_before_a_password_is_asked_for() -> None:
    """Exit code 2."""
    with pytest.raises(Ending) as ended:
        async with signed_in_on("nonsense", "ann"):
            pass
    assert ended.value.code == USAGE


async def test_a_house_that_was_never_opened_closes(tmp_path: Path) -> None:
    """Who leaves before the market is there leaves nothing behind."""
    server = PrivateServer(Folders(tmp_path / "config", tmp_path / "data", tmp_path / "state"))
    house = PrivateHouse(server, server.open)
    await house.close()
    assert not os.listdir(tmp_path)
    assert now().tzinfo is not None


def readable_of(pid: int | None) -> str:
    """What anybody may list of a process: its words, and its environment."""
    return "".join(Path(f"/proc/{pid}/{name}").read_text() for name in ("cmdline", "environ"))


@pytest.mark.blocks("nobody looks at a screen yet, and its files are a line each in the own folder")
async def test_a_private_server_on_an_exchange_is_another_one_than_on_paper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own note and database; its screens say LIVE; the key is opened with the passphrase that is asked for once, which
    nobody can read of the process."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("TRADETERM_DB", raising=False)
    folders = Folders(tmp_path / "config" / "tradeterm", tmp_path / "data" / "tradeterm", tmp_path / "state")
    async with loopback() as one:
        folders.config.mkdir(parents=True)
        written(folders.config, one)
        KeyFile(folders.data / "venue-keys.json", lambda: "a passphrase").put("binance", VenueKey(KEY, SECRET))
        monkeypatch.setattr("getpass.getpass", lambda prompt: "a passphrase")
        house = house_on(folders, "binance")
        try:
            desk = await house.desk()
            label = await house.label()
            assert (label.text, label.is_live, label.is_paper) == ("LIVE · binance", True, False)
            assert read_note(folders) is None
            assert read_note(folders, "binance") is not None
            assert (folders.data / "tradeterm-binance.db").exists()
            said = readable_of(house.pid)
            assert not [part for part in (KEY, SECRET, "a passphrase") if part in said]
            await desk.aclose()
        finally:
            await house.close()
